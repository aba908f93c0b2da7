//! The bounds of what is set and stored for a tenant.

/// What one tenant may have set and stored.
#[derive(Clone, Debug)]
pub struct DataLimits {
    /// Settings of a tenant, configuration values and secrets included.
    pub settings: usize,
    /// Bytes of one setting.
    pub setting_bytes: usize,
    /// Rules and patterns in one document of grants, all capabilities together.
    pub grants: usize,
    /// Bytes of one text in grants: a host, a path, a pattern.
    pub grant_text_bytes: usize,
}

impl Default for DataLimits {
    fn default() -> Self {
        Self {
            settings: 1_000,
            setting_bytes: 64 << 10,
            grants: 1_000,
            grant_text_bytes: 1_024,
        }
    }
}
