//! Components that nobody wrote: small ones of the catalogue, changed at random.
