//! ISO 8601 durations. FEEL has two kinds: days and time, years and months.

use std::fmt::{self, Write};

use super::SECOND;
use crate::value::Value;

/// `P1DT2H`, `-PT0.5S`, `P1Y2M`. Texts that mix the two kinds are none.
pub(crate) fn parse_duration(text: &str) -> Option<Value> {
    if text.len() > super::MAX_TEXT {
        return None;
    }
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let rest = rest.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    if let Some(months) = year_month(date)
        && time.is_empty()
    {
        return Some(Value::YearMonth(sign * months));
    }
    let days = if date.is_empty() {
        0
    } else {
        units(date, &[('W', 7 * 86_400), ('D', 86_400)])?
    };
    let nanos = if time.is_empty() {
        0
    } else {
        units(time, &[('H', 3600), ('M', 60), ('S', 1)])?
    };
    Some(Value::DayTime(i128::from(sign) * days.checked_add(nanos)?))
}

fn year_month(text: &str) -> Option<i64> {
    let months = units(text, &[('Y', 12), ('M', 1)])?;
    i64::try_from(months / SECOND).ok()
}

/// Adds up `<number><unit>` pairs, whose units must come in the given order. In nanoseconds when
/// a unit's size is in seconds; only the last unit of a time may have a fraction.
fn units(text: &str, sizes: &[(char, i128)]) -> Option<i128> {
    let mut sizes = sizes.iter();
    let mut rest = text;
    let mut total = 0_i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let unit = rest[end..].chars().next()?;
        let (_, size) = sizes.find(|(name, _)| *name == unit)?;
        let (whole, fraction) = rest[..end].split_once('.').unwrap_or((&rest[..end], ""));
        if whole.is_empty()
            || whole.len() > 15
            || fraction.len() > 9
            || (!fraction.is_empty() && unit != 'S')
        {
            return None;
        }
        let nanos: i128 = format!("{whole}{fraction:0<9}").parse().ok()?;
        total = total.checked_add(nanos.checked_mul(*size)?)?;
        rest = &rest[end + 1..];
    }
    Some(total)
}

/// `P1DT2H30M`, zero is `P0D`.
pub(crate) fn write_day_time(out: &mut impl Write, nanos: i128) -> fmt::Result {
    let magnitude = nanos.unsigned_abs();
    let (seconds, fraction) = (
        magnitude / SECOND.unsigned_abs(),
        magnitude % SECOND.unsigned_abs(),
    );
    if nanos == 0 {
        return out.write_str("P0D");
    }
    out.write_str(if nanos < 0 { "-P" } else { "P" })?;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    if days > 0 {
        write!(out, "{days}D")?;
    }
    if rest == 0 && fraction == 0 {
        return Ok(());
    }
    out.write_char('T')?;
    for (count, unit) in [(rest / 3600, 'H'), (rest / 60 % 60, 'M')] {
        if count > 0 {
            write!(out, "{count}{unit}")?;
        }
    }
    match (rest % 60, fraction) {
        (0, 0) => Ok(()),
        (seconds, 0) => write!(out, "{seconds}S"),
        (seconds, fraction) => {
            let digits = format!("{fraction:09}");
            write!(out, "{seconds}.{}S", digits.trim_end_matches('0'))
        }
    }
}

/// `P1Y2M`, zero is `P0M`.
pub(crate) fn write_year_month(out: &mut impl Write, months: i64) -> fmt::Result {
    if months == 0 {
        return out.write_str("P0M");
    }
    out.write_str(if months < 0 { "-P" } else { "P" })?;
    let magnitude = months.unsigned_abs();
    if magnitude / 12 > 0 {
        write!(out, "{}Y", magnitude / 12)?;
    }
    if !magnitude.is_multiple_of(12) {
        write!(out, "{}M", magnitude % 12)?;
    }
    Ok(())
}
