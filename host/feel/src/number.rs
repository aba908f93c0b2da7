//! FEEL numbers: IEEE 754 decimal128, 34 significant digits, half-even rounding.

use std::cmp::Ordering;
use std::fmt;

use dfp_number_sys::bid128_000::*;
use dfp_number_sys::*;

/// Significant digits a number holds.
const DIGITS: usize = 34;
/// Longest run of zeros written before or after the digits; beyond it the exponent form is used.
const PLAIN_ZEROS: i64 = 40;

/// A finite decimal number. Never infinite, never NaN.
#[derive(Clone, Copy)]
pub(crate) struct Number(BID128);

/// The way a number is cut to fewer digits.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rounding {
    HalfEven,
    Floor,
    Ceiling,
    Down,
    Up,
    HalfUp,
    HalfDown,
    /// No digit may be lost.
    Unnecessary,
}

impl Number {
    pub(crate) const ZERO: Self = Self(BID128_ZERO);

    /// Parses JSON or FEEL number text. `None` when it has more than 34 significant digits or an
    /// exponent out of range: digits are never dropped silently.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() <= 18
            && let Ok(small) = text.parse::<i64>()
        {
            return Some(Self::from(small));
        }
        let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
        let digits = || {
            mantissa
                .bytes()
                .filter(u8::is_ascii_digit)
                .skip_while(|d| *d == b'0')
        };
        let trailing = mantissa
            .bytes()
            .rev()
            .filter(u8::is_ascii_digit)
            .take_while(|d| *d == b'0')
            .count();
        if digits().next().is_none() {
            return Some(Self::ZERO);
        }
        if digits().count().saturating_sub(trailing) > DIGITS {
            return None;
        }
        Self::finite(bid128_from_string(text, RND_NEAREST_EVEN, &mut 0)).filter(|n| !n.is_zero())
    }

    fn finite(value: BID128) -> Option<Self> {
        bid128_is_finite(value).then_some(Self(value))
    }

    pub(crate) fn is_zero(self) -> bool {
        bid128_is_zero(self.0)
    }

    pub(crate) fn is_negative(self) -> bool {
        self < Self::ZERO
    }

    pub(crate) fn is_integer(self) -> bool {
        bid128_quiet_equal(self.0, bid128_round_integral_zero(self.0, &mut 0), &mut 0)
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        Self::finite(bid128_add(self.0, other.0, RND_NEAREST_EVEN, &mut 0))
    }

    pub(crate) fn subtract(self, other: Self) -> Option<Self> {
        Self::finite(bid128_sub(self.0, other.0, RND_NEAREST_EVEN, &mut 0))
    }

    pub(crate) fn multiply(self, other: Self) -> Option<Self> {
        Self::finite(bid128_mul(self.0, other.0, RND_NEAREST_EVEN, &mut 0))
    }

    pub(crate) fn divide(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        Self::finite(bid128_div(self.0, other.0, RND_NEAREST_EVEN, &mut 0))
    }

    pub(crate) fn power(self, other: Self) -> Option<Self> {
        Self::finite(bid128_pow(self.0, other.0, RND_NEAREST_EVEN, &mut 0))
    }

    pub(crate) fn square_root(self) -> Option<Self> {
        Self::finite(bid128_sqrt(self.0, RND_NEAREST_EVEN, &mut 0))
    }

    pub(crate) fn logarithm(self) -> Option<Self> {
        Self::finite(bid128_log(self.0, RND_NEAREST_EVEN, &mut 0))
    }

    pub(crate) fn exponential(self) -> Option<Self> {
        Self::finite(bid128_exp(self.0, RND_NEAREST_EVEN, &mut 0))
    }

    pub(crate) fn negate(self) -> Self {
        if self.is_zero() {
            self
        } else {
            Self(bid128_negate(self.0))
        }
    }

    pub(crate) fn absolute(self) -> Self {
        if self.is_negative() {
            self.negate()
        } else {
            self
        }
    }

    /// `self - other * floor(self / other)`, DMN's modulo: the sign is the divisor's.
    pub(crate) fn modulo(self, other: Self) -> Option<Self> {
        let quotient = self.divide(other)?.round(Rounding::Floor, 0)?;
        self.subtract(other.multiply(quotient)?)
    }

    /// Cuts to `scale` digits after the point (negative: before it).
    pub(crate) fn round(self, rounding: Rounding, scale: i32) -> Option<Self> {
        if !(-6111..=6176).contains(&scale) {
            return None;
        }
        // No digit lies that far behind the point, and the shift below would leave the range.
        if usize::try_from(scale).is_ok_and(|scale| scale > DIGITS)
            && self.parts().2 >= -i64::from(scale)
        {
            return Some(self);
        }
        let shifted = bid128_scalbn(self.0, scale);
        let whole = match rounding {
            Rounding::HalfEven => bid128_round_integral_nearest_even(shifted, &mut 0),
            Rounding::Floor => bid128_round_integral_negative(shifted, &mut 0),
            Rounding::Ceiling => bid128_round_integral_positive(shifted, &mut 0),
            Rounding::Down => bid128_round_integral_zero(shifted, &mut 0),
            Rounding::Up if self.is_negative() => bid128_round_integral_negative(shifted, &mut 0),
            Rounding::Up => bid128_round_integral_positive(shifted, &mut 0),
            Rounding::HalfUp => bid128_round_integral_nearest_away(shifted, &mut 0),
            Rounding::HalfDown => half_down(Self(shifted))?,
            Rounding::Unnecessary if !Self(shifted).is_integer() => return None,
            Rounding::Unnecessary => shifted,
        };
        Self::finite(bid128_scalbn(whole, -scale))
    }

    /// The number as an integer, when it is one and fits.
    pub(crate) fn to_i64(self) -> Option<i64> {
        if !self.is_integer() || self.absolute() > Self::from(i64::MAX) {
            return None;
        }
        self.plain().parse().ok()
    }

    /// The integer towards zero, where it fits.
    pub(crate) fn truncated(self) -> Option<i64> {
        self.round(Rounding::Down, 0)?.to_i64()
    }

    /// Digits and exponent: the value is `digits * 10^exponent`, trailing zeros removed.
    fn parts(self) -> (bool, String, i64) {
        let text = bid128_to_string(self.0, &mut 0);
        let (mantissa, exponent) = text.split_once('E').unwrap_or((&text, "0"));
        let negative = mantissa.starts_with('-');
        let digits = mantissa
            .trim_start_matches(['+', '-'])
            .trim_start_matches('0');
        let trimmed = digits.trim_end_matches('0');
        let exponent = exponent.parse::<i64>().unwrap_or(0) + (digits.len() - trimmed.len()) as i64;
        (negative, trimmed.to_owned(), exponent)
    }

    fn plain(self) -> String {
        let (negative, digits, exponent) = self.parts();
        if digits.is_empty() {
            return "0".to_owned();
        }
        let sign = if negative { "-" } else { "" };
        let length = digits.len() as i64;
        if exponent > PLAIN_ZEROS || length + exponent < -PLAIN_ZEROS {
            return format!("{sign}{digits}E{exponent:+}");
        }
        if exponent >= 0 {
            return format!("{sign}{digits}{}", "0".repeat(exponent as usize));
        }
        match usize::try_from(length + exponent) {
            Ok(point) if point > 0 => format!("{sign}{}.{}", &digits[..point], &digits[point..]),
            _ => format!(
                "{sign}0.{}{digits}",
                "0".repeat((-length - exponent) as usize)
            ),
        }
    }
}

/// Rounds to the nearest integer, ties towards zero.
fn half_down(number: Number) -> Option<BID128> {
    let whole = Number(bid128_round_integral_zero(number.0, &mut 0));
    let rest = number.subtract(whole)?.absolute();
    let half = Number::from(1).divide(Number::from(2))?;
    Some(if rest > half {
        number.round(Rounding::Up, 0)?.0
    } else {
        whole.0
    })
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(bid128_from_int64(value))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        bid128_quiet_equal(self.0, other.0, &mut 0)
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other {
            Ordering::Equal
        } else if bid128_quiet_less(self.0, other.0, &mut 0) {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plain())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
