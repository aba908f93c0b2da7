//! anyam-feel
