//! Order-preserving byte keys: encoded keys compare as the values they stand for.

/// Something that can stand in a key.
///
/// Encodings are prefix-free part by part (fixed width, or terminated), so a tuple sorts by its
/// first part, then its second, and no text can run into the part behind it.
pub trait KeyBytes {
    /// Appends the encoding.
    fn encode(&self, out: &mut Vec<u8>);
}

impl KeyBytes for u8 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
}

impl KeyBytes for u32 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }
}

impl KeyBytes for u64 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }
}

// Flipping the sign bit puts negative numbers in front of positive ones.
impl KeyBytes for i32 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self ^ i32::MIN).to_be_bytes());
    }
}

impl KeyBytes for i64 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self ^ i64::MIN).to_be_bytes());
    }
}

impl KeyBytes for [u8; 32] {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
}

// A zero byte ends the text; 0 and 1 inside it become 1 1 and 1 2, which keeps the order.
impl KeyBytes for &str {
    fn encode(&self, out: &mut Vec<u8>) {
        for &byte in self.as_bytes() {
            match byte {
                0 | 1 => out.extend_from_slice(&[1, byte + 1]),
                _ => out.push(byte),
            }
        }
        out.push(0);
    }
}

/// The leading parts of a key of type `K`: `()`, `(first,)`, `(first, second)` ... or the whole key.
pub trait PrefixOf<K> {
    /// Appends the encoding.
    fn encode_prefix(&self, out: &mut Vec<u8>);
}

impl<K: KeyBytes> PrefixOf<K> for K {
    fn encode_prefix(&self, out: &mut Vec<u8>) {
        self.encode(out);
    }
}

impl<K: KeyBytes> PrefixOf<K> for () {
    fn encode_prefix(&self, _: &mut Vec<u8>) {}
}

macro_rules! tuples {
    ($($part:ident)+) => {
        impl<$($part: KeyBytes),+> KeyBytes for ($($part,)+) {
            #[allow(non_snake_case)]
            fn encode(&self, out: &mut Vec<u8>) {
                let ($($part,)+) = self;
                $($part.encode(out);)+
            }
        }
    };
}

macro_rules! prefixes {
    ($($part:ident)+ => $($rest:ident)+) => {
        impl<$($part: KeyBytes,)+ $($rest: KeyBytes),+> PrefixOf<($($part,)+ $($rest,)+)> for ($($part,)+) {
            fn encode_prefix(&self, out: &mut Vec<u8>) {
                self.encode(out);
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
prefixes!(A => B);
prefixes!(A => B C);
prefixes!(A B => C);
prefixes!(A B => C D);

/// The smallest key above every key that starts with `prefix`; `None` if there is no such key.
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(of: impl KeyBytes) -> Vec<u8> {
        let mut out = Vec::new();
        of.encode(&mut out);
        out
    }

    #[test]
    fn integers_sort_as_numbers() {
        let numbers = [i64::MIN, -256, -1, 0, 1, 255, 256, i64::MAX];
        assert!(numbers.map(key).is_sorted());
        let numbers = [i32::MIN, -256, -1, 0, 1, 255, 256, i32::MAX];
        assert!(numbers.map(key).is_sorted());
        assert!([0u64, 1, 255, 256, u64::MAX].map(key).is_sorted());
    }

    #[test]
    fn texts_sort_as_texts_and_do_not_run_into_the_next_part() {
        let texts = [
            "", "\0", "\0\0", "\0\u{1}", "\0a", "\u{1}", "\u{2}", "a", "a\0", "a\u{1}", "ab", "b",
            "é",
        ];
        let keys = texts.map(key);
        assert!(keys.is_sorted());
        assert!(keys.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(key(("a", "z")) < key(("ab", "a")));
        assert_ne!(key(("a", "b")), key(("ab", "")));
        for (i, one) in keys.iter().enumerate() {
            for (j, other) in keys.iter().enumerate() {
                assert!(i == j || !other.starts_with(one), "{i} is a prefix of {j}");
            }
        }
    }

    #[test]
    fn the_end_of_a_prefix_is_above_all_its_keys() {
        assert_eq!(after_prefix(&[1, 2]), Some(vec![1, 3]));
        assert_eq!(after_prefix(&[1, 255]), Some(vec![2]));
        assert_eq!(after_prefix(&[255, 255]), None);
        assert_eq!(after_prefix(&[]), None);
    }
}
