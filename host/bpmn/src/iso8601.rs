//! The form of ISO 8601 times. Whether a date exists in the calendar is left to the engine, which
//! meets the same question in values of expressions.

/// A date and time, with an offset or in UTC, and possibly a zone: `2030-01-31T12:00:00Z`,
/// `2030-01-31T12:00:00.5+01:00[Europe/Berlin]`.
pub(crate) fn is_instant(text: &str) -> bool {
    let plain = match text.split_once('[') {
        Some((plain, zone)) if zone.len() > 1 && zone.find(']') == Some(zone.len() - 1) => plain,
        Some(_) => return false,
        None => text,
    };
    let Some((date, time)) = plain.split_once('T') else {
        return false;
    };
    let (time, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, "Z"),
    };
    is_date(date) && is_time(time) && is_offset(offset)
}

/// A duration: `P1Y2M3W4DT5H6M7.5S` with at least one part, possibly negative.
pub(crate) fn is_duration(text: &str) -> bool {
    let Some(parts) = text.strip_prefix('-').unwrap_or(text).strip_prefix('P') else {
        return false;
    };
    match parts.split_once('T') {
        Some((days, time)) => {
            (days.is_empty() || has_units(days, "YMWD")) && has_units(time, "HMS")
        }
        None => has_units(parts, "YMWD"),
    }
}

/// A repeating interval: `R/PT1H`, `R3/P1D`, `R3/2030-01-31T12:00:00Z/P1D`.
pub(crate) fn is_cycle(text: &str) -> bool {
    let mut parts = text.split('/');
    let Some(count) = parts.next().and_then(|part| part.strip_prefix('R')) else {
        return false;
    };
    let repeats = count.is_empty()
        || count == "-1"
        || (is_digits(count) && count.parse::<u32>().is_ok_and(|count| count > 0));
    let is_interval = |text: &str| !text.starts_with('-') && is_duration(text);
    let interval = match (parts.next(), parts.next(), parts.next()) {
        (Some(interval), None, None) => is_interval(interval),
        (Some(start), Some(interval), None) => is_instant(start) && is_interval(interval),
        _ => false,
    };
    repeats && interval
}

fn is_date(date: &str) -> bool {
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    year.len() == 4 && is_digits(year) && within(month, 1, 12) && within(day, 1, 31)
}

fn is_time(time: &str) -> bool {
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let parts: Vec<&str> = time.split(':').collect();
    let (hour, minute, second) = match parts[..] {
        [hour, minute] => (hour, minute, "00"),
        [hour, minute, second] => (hour, minute, second),
        _ => return false,
    };
    let fraction_fits = is_digits(fraction) && fraction.len() <= 9;
    within(hour, 0, 23) && within(minute, 0, 59) && within(second, 0, 59) && fraction_fits
}

fn is_offset(offset: &str) -> bool {
    if offset == "Z" {
        return true;
    }
    let hours_minutes = offset.get(1..).unwrap_or_default();
    let (hours, minutes) = hours_minutes
        .split_once(':')
        .unwrap_or((hours_minutes, "00"));
    within(hours, 0, 23) && within(minutes, 0, 59)
}

/// Two digits with a value in the range.
fn within(text: &str, min: u8, max: u8) -> bool {
    let value = text.parse::<u8>();
    text.len() == 2 && is_digits(text) && value.is_ok_and(|value| (min..=max).contains(&value))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// One or more numbers, each followed by a unit, in the order of `units`. Seconds may have a
/// fraction.
fn has_units(mut text: &str, units: &str) -> bool {
    let mut units = units.chars();
    if text.is_empty() {
        return false;
    }
    while !text.is_empty() {
        let Some(end) = text.find(|c: char| c.is_ascii_alphabetic()) else {
            return false;
        };
        let (number, rest) = text.split_at(end);
        let unit = rest.chars().next();
        if !units.any(|known| Some(known) == unit) {
            return false;
        }
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let fraction_fits = unit == Some('S') || !number.contains('.');
        if !is_digits(whole) || !is_digits(fraction) || !fraction_fits || number.len() > 18 {
            return false;
        }
        text = &rest[1..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        for right in [
            "2030-01-31T12:00:00Z",
            "2030-01-31T12:00Z",
            "2030-01-31T12:00:00",
            "2030-01-31T12:00:00.123456789-03:30",
            "2030-01-31T12:00:00+01:00[Europe/Berlin]",
        ] {
            assert!(is_instant(right), "{right}");
        }
        for wrong in [
            "",
            "T",
            "tomorrow",
            "2030-01-31",
            "2030-13-01T00:00:00Z",
            "2030-01-32T00:00:00Z",
            "30-01-31T12:00:00Z",
            "2030-01-31T24:00:00Z",
            "2030-01-31T12:60:00Z",
            "2030-01-31T12:00:00+1",
            "2030-01-31T12:00:00Z[",
            "2030-01-31T12:00:00Z[]",
            "2030-01-31T12:00:00Z[a]b",
            "2030-01-31T12:00:00.Z",
            "2030-01-31 12:00:00Z",
        ] {
            assert!(!is_instant(wrong), "{wrong}");
        }
    }

    #[test]
    fn durations() {
        for right in [
            "PT1S",
            "P1D",
            "P1Y2M3W4DT5H6M7.5S",
            "-PT1S",
            "P2W",
            "PT0.25S",
            "PT36H",
        ] {
            assert!(is_duration(right), "{right}");
        }
        for wrong in [
            "",
            "P",
            "PT",
            "1S",
            "PT1",
            "P1S",
            "PT1D",
            "P1DT",
            "PT1S1M",
            "PT1.5H",
            "PT.5S",
            "PT5.S",
            "PTS",
            "pt1s",
            "PT-1S",
            "PT1S ",
            "P1é",
            "PT1111111111111111111S",
        ] {
            assert!(!is_duration(wrong), "{wrong}");
        }
    }

    #[test]
    fn cycles() {
        for right in [
            "R/PT1H",
            "R3/P1D",
            "R-1/PT1S",
            "R3/2030-01-31T12:00:00Z/P1D",
        ] {
            assert!(is_cycle(right), "{right}");
        }
        for wrong in [
            "",
            "R",
            "R3",
            "PT1H",
            "R0/PT1S",
            "Rx/PT1S",
            "R+1/PT1S",
            "R4294967296/PT1S",
            "R/-PT1S",
            "R/a/PT1S",
            "R/PT1S/PT1S",
            "R/2030-01-31T12:00:00Z/P1D/x",
            "0 0 * * *",
        ] {
            assert!(!is_cycle(wrong), "{wrong}");
        }
    }
}
