//! anyam-sandbox
