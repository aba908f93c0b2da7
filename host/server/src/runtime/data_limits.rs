//! The bounds of what is set and stored for a tenant.

use anyam_sandbox::Space;

/// What one tenant may have set and stored.
#[derive(Clone, Debug)]
pub struct DataLimits {
    /// Settings of a tenant, configuration values and secrets included.
    pub settings: usize,
    /// Bytes of one setting.
    pub setting_bytes: usize,
    /// Bytes of the key of a configuration value, or of the name of a secret.
    pub config_key_bytes: usize,
    /// Bytes of a configuration value or a secret.
    pub config_value_bytes: usize,
    /// The key-value stores of a tenant, all together.
    pub key_value: SpaceLimits,
    /// The blob containers of a tenant, all together.
    pub blob_store: SpaceLimits,
    /// Bytes of the name of a store or container.
    pub bucket_bytes: usize,
    /// Bytes of a key in a store, or of the name of a blob.
    pub key_bytes: usize,
    /// How often a step is called again because what it read was changed by others before its
    /// result was stored; then the attempt has failed.
    pub conflicts: u32,
}

/// What may be stored in one of a tenant's spaces.
#[derive(Clone, Copy, Debug)]
pub struct SpaceLimits {
    /// Bytes of all names, keys and values.
    pub bytes: u64,
    /// Keys.
    pub keys: u64,
    /// Bytes of one value.
    pub value_bytes: u64,
}

impl DataLimits {
    /// The limits of a space.
    pub fn space(&self, space: Space) -> &SpaceLimits {
        match space {
            Space::KeyValue => &self.key_value,
            Space::Blob => &self.blob_store,
        }
    }
}

impl Default for DataLimits {
    fn default() -> Self {
        Self {
            settings: 1_000,
            setting_bytes: 64 << 10,
            config_key_bytes: 128,
            config_value_bytes: 16 << 10,
            key_value: SpaceLimits {
                bytes: 256 << 20,
                keys: 1_000_000,
                value_bytes: 1 << 20,
            },
            blob_store: SpaceLimits {
                bytes: 1 << 30,
                keys: 100_000,
                value_bytes: 16 << 20,
            },
            bucket_bytes: 256,
            key_bytes: 1_024,
            conflicts: 1_000,
        }
    }
}
