//! Integers out of the text of JSON numbers, exactly.

/// The value of a JSON number that is an integer, however it is written: `5`, `5.0`, `0.5e1`.
/// `None` where it is none, or far beyond 64 bits.
pub(super) fn integer(text: &str) -> Option<i128> {
    /// Longer ones are beyond 64 bits.
    const DIGITS: usize = 30;
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = || whole.bytes().chain(fraction.bytes());
    if digits().all(|digit| digit == b'0') {
        return Some(0);
    }
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    // An exponent past 64 bits is no number of these types either way.
    let shift = exponent.parse::<i64>().ok()? - i64::try_from(fraction.len()).ok()?;
    let mut significant: Vec<u8> = digits().skip_while(|digit| *digit == b'0').collect();
    let mut shift = shift;
    while shift < 0 {
        if significant.pop() != Some(b'0') {
            return None;
        }
        shift += 1;
    }
    let zeros = usize::try_from(shift).ok()?;
    if significant.len().saturating_add(zeros) > DIGITS {
        return None;
    }
    significant.resize(significant.len() + zeros, b'0');
    let value: i128 = std::str::from_utf8(&significant).ok()?.parse().ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::integer;

    #[test]
    fn integers_are_exact_however_they_are_written() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("0.000", 0),
            ("0e999999999999999999999", 0),
            ("5", 5),
            ("5.0", 5),
            ("0.5e1", 5),
            ("500E-2", 5),
            ("1e+3", 1000),
            ("-12.50e1", -125),
            ("18446744073709551615", 18_446_744_073_709_551_615),
            ("18446744073709551615.00", 18_446_744_073_709_551_615),
            ("1844674407370955161.5e1", 18_446_744_073_709_551_615),
            ("-9223372036854775808", -9_223_372_036_854_775_808),
        ] {
            assert_eq!(integer(text), Some(value), "{text}");
        }
    }

    #[test]
    fn fractions_and_giants_are_none() {
        for text in [
            "0.5",
            "1e-1",
            "55e-2",
            "1e31",
            "1e999999999999999999999",
            "-1e-9223372036854775808",
        ] {
            assert_eq!(integer(text), None, "{text}");
        }
        assert_eq!(integer(&"9".repeat(100_000)), None);
    }
}
