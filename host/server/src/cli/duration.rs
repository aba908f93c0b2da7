//! Durations on the command line.

use std::time::Duration;

use jiff::SignedDuration;

/// Reads `90` (seconds), `500ms`, `30s`, `5m`, `1h30m` or an ISO 8601 duration.
///
/// # Errors
/// A sentence where it is none or is negative.
pub fn parse(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(u64::from(seconds)));
    }
    text.parse::<SignedDuration>()
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| format!("'{text}' is not a duration such as 30s, 5m or 500ms"))
}

/// A duration for people: milliseconds below ten seconds, seconds above.
pub fn show(duration: Duration) -> String {
    match duration.as_millis() {
        millis @ 0..10_000 => format!("{millis} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

/// As [`show`], for what may be over in microseconds.
pub fn show_fine(duration: Duration) -> String {
    match duration.as_micros() {
        micros @ 0..1_000 => format!("{micros} us"),
        micros @ 1_000..100_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => show(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_units_and_iso_are_read() {
        for (text, millis) in [
            ("90", 90_000),
            ("500ms", 500),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("PT2S", 2000),
        ] {
            assert_eq!(parse(text).unwrap().as_millis(), millis, "{text}");
        }
        for text in ["", "-1", "-5s", "soon", "99999999999"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn short_times_are_shown_in_microseconds() {
        for (micros, text) in [
            (0, "0 us"),
            (999, "999 us"),
            (1_000, "1.0 ms"),
            (99_999, "99.9 ms"),
            (100_000, "100 ms"),
        ] {
            assert_eq!(show_fine(Duration::from_micros(micros)), text);
        }
    }
}
