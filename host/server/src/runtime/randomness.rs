//! Where the runtime takes random bytes.

use std::cell::RefCell;

/// The source of randomness for everything that is stored or handed to steps.
pub trait Randomness: Send + Sync + 'static {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

/// Bytes that a thread asks of the system at once: each command takes eight, and asking costs more
/// than the command.
const AHEAD: usize = 512;

thread_local! {
    /// Random bytes, and how many of them are left at their end.
    static DRAWN: RefCell<([u8; AHEAD], usize)> = const { RefCell::new(([0; AHEAD], 0)) };
}

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > AHEAD / 4 {
            return draw(bytes);
        }
        DRAWN.with_borrow_mut(|(drawn, left)| {
            if *left < bytes.len() {
                draw(drawn);
                *left = AHEAD;
            }
            let taken = &mut drawn[AHEAD - *left..][..bytes.len()];
            bytes.copy_from_slice(taken);
            // What was given away is nobody else's.
            taken.fill(0);
            *left -= bytes.len();
        });
    }
}

fn draw(bytes: &mut [u8]) {
    // Without randomness of the system nothing on it is safe.
    getrandom::fill(bytes).expect("the system gives random bytes");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_is_given_twice() {
        let mut seen = HashSet::new();
        for _ in 0..AHEAD {
            for length in [8, 24, 200] {
                let mut bytes = vec![0; length];
                SystemRandomness.fill(&mut bytes);
                bytes
                    .chunks(8)
                    .for_each(|piece| assert!(seen.insert(piece.to_vec())));
            }
        }
    }
}
