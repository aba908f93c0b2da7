//! Changes to a component that leave much of it valid.
//!
//! Most of what a component is made of are numbers of one byte: opcodes, indices, types, lengths. So
//! most changes put another byte in the place of one, which leaves the lengths of all sections true.

/// Numbers that look random and are the same for the same seed (xorshift).
pub struct Random(u64);

impl Random {
    /// Any seed will do.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`; 0 where that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 16).unwrap_or(0) % end.max(1)
    }
}

/// The bytes at which numbers, opcodes and types change their meaning.
const TELLING: [u8; 24] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x0b, 0x0c, 0x0e, 0x10, 0x11, 0x20, 0x21, 0x36, 0x40, 0x41, 0x60,
    0x6f, 0x70, 0x7b, 0x7c, 0x7e, 0x7f, 0x80, 0xff,
];
/// Numbers at their ends, as LEB128.
const ENDS: [&[u8]; 5] = [
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0x07],
    &[0x80, 0x80, 0x80, 0x80, 0x78],
    &[0x80, 0x80, 0x04],
    &[0x7f],
];
/// The longest stretch that is moved, removed or repeated.
const STRETCH: usize = 24;
/// The bytes before which nothing is changed: without them it is no component.
const PREAMBLE: usize = 8;

/// Changes a component in one to three places; `other` lends what is copied into it.
pub fn mutate(component: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    for _ in 0..=random.below(3) {
        if component.len() <= PREAMBLE {
            return;
        }
        let at = PREAMBLE + random.below(component.len() - PREAMBLE);
        let end = component.len().min(at + 1 + random.below(STRETCH));
        match random.below(16) {
            0..=4 => component[at] ^= 1 << random.below(8),
            5..=8 => component[at] = TELLING[random.below(TELLING.len())],
            9 => component[at] = component[at].wrapping_add(1),
            10 => component[at] = component[at].wrapping_sub(1),
            11 => overwrite(component, at, ENDS[random.below(ENDS.len())]),
            12 => {
                let from = random.below(other.len());
                let until = other.len().min(from + 1 + random.below(STRETCH));
                overwrite(component, at, &other[from..until]);
            }
            13 => {
                let second = PREAMBLE + random.below(component.len() - PREAMBLE);
                component.swap(at, second);
            }
            14 => {
                component.drain(at..end);
            }
            _ => {
                let stretch = component[at..end].to_vec();
                component.splice(at..at, stretch);
            }
        }
    }
}

fn overwrite(component: &mut [u8], at: usize, with: &[u8]) {
    for (byte, new) in component[at..].iter_mut().zip(with) {
        *byte = *new;
    }
}
