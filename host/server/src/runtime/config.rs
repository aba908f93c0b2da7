//! How a runtime is set up.

use std::sync::Arc;

use super::clock::{Clock, SystemClock};
use super::randomness::{Randomness, SystemRandomness};
use super::secrets::SecretsKey;
use super::step_runner::StepRunner;
use crate::limits::Limits;

/// What a runtime is started with.
#[derive(Clone)]
pub struct RuntimeConfig {
    /// Its bounds.
    pub limits: Limits,
    /// Where it reads the time.
    pub clock: Arc<dyn Clock>,
    /// Where it takes random bytes.
    pub randomness: Arc<dyn Randomness>,
    /// What seals the secrets of tenants; by default a key that ends with the process.
    pub secrets: SecretsKey,
    /// How many shards instances are spread over; the number of cores is a good choice.
    pub shards: usize,
    /// Who carries out calls of steps; by default the sandbox.
    pub step_runner: Option<Arc<dyn StepRunner>>,
    /// The folder for uploads in pieces; without one there are none.
    pub uploads: Option<std::path::PathBuf>,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            secrets: SecretsKey::passing(&SystemRandomness),
            shards: cores,
            step_runner: None,
            uploads: None,
        }
    }
}
