//! anyam-store
