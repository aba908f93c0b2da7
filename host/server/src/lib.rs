//! The Anyam server.
