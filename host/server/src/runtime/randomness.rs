//! Where the runtime takes random bytes.

/// The source of randomness for everything that is stored or handed to steps.
pub trait Randomness: Send + Sync + 'static {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness of the system nothing on it is safe.
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}
