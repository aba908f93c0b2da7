//! End-to-end tests of Anyam.
