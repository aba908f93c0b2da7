//! The randomness of WASI, all of which comes from the source that the host lends to the call.

use std::convert::Infallible;
use std::sync::Arc;

use rand_core::TryRng;

use crate::outside::Outside;

/// The secure source, and the insecure one as well.
pub(crate) struct Random(pub(crate) Arc<dyn Outside>);

impl Random {
    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.random(&mut bytes);
        bytes
    }

    /// For hash maps and the like.
    pub(crate) fn seed(&self) -> u128 {
        u128::from_le_bytes(self.bytes())
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.random(bytes);
        Ok(())
    }
}
