//! ISO 8601 instants, durations and repeating intervals, as timers use them.

use anyam_bpmn::cron::Cron;
use jiff::Span;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::cron;
use crate::value::Timestamp;

/// The longest text of a date, duration or cycle.
const MAX_TEXT: usize = 200;

/// A repeating interval (`R3/PT10S`, `R/2030-01-01T00:00:00Z/P1D`).
#[derive(Debug, PartialEq)]
pub(crate) struct Cycle {
    /// How often; `None` is without end.
    pub(crate) count: Option<u32>,
    /// The first time.
    pub(crate) first: Timestamp,
    /// ISO 8601 duration between two times, or the cron text that tells them.
    pub(crate) interval: Box<str>,
}

/// When a cycle's time comes next after one that was due; `now` is later where the host was down. A
/// cycle of durations makes up for what it missed, a cron text does not.
pub(crate) fn next_of_cycle(interval: &str, due: Timestamp, now: Timestamp) -> Option<Timestamp> {
    match Cron::parse(interval) {
        Ok(cron) => cron::next(&cron, due.max(now)),
        Err(_) => after(due, interval).ok(),
    }
}

/// An instant with an offset; one without is in UTC. A zone name after it (`[Europe/Berlin]`) is
/// ignored where there is an offset, and refused where there is none: the rules of a zone change
/// with the host's data, and an instance must not.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{}` is not an ISO 8601 date and time", shown(text));
    if text.len() > MAX_TEXT {
        return Err(wrong());
    }
    let plain = text.split('[').next().unwrap_or(text);
    if let Ok(instant) = plain.parse::<jiff::Timestamp>() {
        return Ok(Timestamp(instant.as_millisecond()));
    }
    let local: DateTime = plain.parse().map_err(|_| wrong())?;
    if plain.len() < text.len() {
        return Err(format!(
            "`{}` names a zone and needs an offset before it",
            shown(text)
        ));
    }
    let zoned = local
        .to_zoned_datetime(TimeZone::UTC)
        .map_err(|_| wrong())?;
    Ok(Timestamp(zoned.timestamp().as_millisecond()))
}

/// `start` plus an ISO 8601 duration; months and years follow the calendar in UTC.
pub(crate) fn after(start: Timestamp, duration: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{}` is not an ISO 8601 duration", shown(duration));
    if duration.len() > MAX_TEXT {
        return Err(wrong());
    }
    // The parser also takes texts such as `10 seconds`.
    if !duration.trim_start_matches(['+', '-']).starts_with('P') {
        return Err(wrong());
    }
    let span: Span = duration.parse().map_err(|_| wrong())?;
    let out_of_range = |_| format!("`{}` leads out of the calendar", shown(duration));
    let start = jiff::Timestamp::from_millisecond(start.0).map_err(out_of_range)?;
    let end = start
        .to_zoned_datetime(TimeZone::UTC)
        .checked_add(span)
        .map_err(out_of_range)?;
    Ok(Timestamp(end.timestamp().as_millisecond()))
}

/// The length of a duration that does not depend on a date (a month counts as January).
pub(crate) fn fixed_duration_ms(duration: &str) -> Result<u64, String> {
    let end = after(Timestamp(0), duration)?;
    u64::try_from(end.0).map_err(|_| format!("`{}` is negative", shown(duration)))
}

/// A repeating interval that starts now where it names no start.
pub(crate) fn cycle(text: &str, now: Timestamp, min_interval_ms: u64) -> Result<Cycle, String> {
    let wrong = || {
        format!(
            "`{}` is neither an ISO 8601 repeating interval such as `R3/PT10S` nor a cron text such \
             as `0 0 9 * * MON-FRI`",
            shown(text)
        )
    };
    let too_fast = || {
        format!(
            "`{}` repeats faster than every {min_interval_ms} ms (limit min_cycle_interval_ms)",
            shown(text)
        )
    };
    if let Ok(cron) = Cron::parse(text) {
        if u64::from(cron.shortest_interval()) * 1000 < min_interval_ms {
            return Err(too_fast());
        }
        let never = || format!("`{}` is a time that never comes", shown(text));
        return Ok(Cycle {
            count: None,
            first: cron::next(&cron, now).ok_or_else(never)?,
            interval: text.into(),
        });
    }
    let mut parts = text.split('/');
    let count = match parts.next().and_then(|part| part.strip_prefix('R')) {
        Some("" | "-1") => None,
        Some(digits) => Some(digits.parse().map_err(|_| wrong())?),
        None => return Err(wrong()),
    };
    if count == Some(0) {
        return Err(format!("`{}` repeats nothing", shown(text)));
    }
    let (start, interval) = match (parts.next(), parts.next(), parts.next()) {
        (Some(interval), None, None) => (None, interval),
        (Some(start), Some(interval), None) => (Some(instant(start)?), interval),
        _ => return Err(wrong()),
    };
    let length = fixed_duration_ms(interval)?;
    if length < min_interval_ms {
        return Err(too_fast());
    }
    let first = match start {
        Some(start) => start,
        None => after(now, interval)?,
    };
    Ok(Cycle {
        count,
        first,
        interval: interval.into(),
    })
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(0);

    #[test]
    fn instants_with_offset_zone_or_neither() {
        assert_eq!(instant("1970-01-01T00:00:01Z"), Ok(Timestamp(1_000)));
        assert_eq!(instant("1970-01-01T02:00:00+02:00"), Ok(NOW));
        assert_eq!(instant("1970-01-01T01:00:00+01:00[Europe/Berlin]"), Ok(NOW));
        assert_eq!(instant("1970-01-02T00:00:00"), Ok(Timestamp(86_400_000)));
        assert!(instant("1970-01-01T01:00:00[Europe/Berlin]").is_err());
        assert!(instant("tomorrow").is_err());
        assert!(instant(&"1".repeat(MAX_TEXT + 1)).is_err());
    }

    #[test]
    fn durations_follow_the_calendar() {
        assert_eq!(after(NOW, "PT10S"), Ok(Timestamp(10_000)));
        assert_eq!(after(NOW, "PT0.5S"), Ok(Timestamp(500)));
        assert_eq!(after(NOW, "P1M"), Ok(Timestamp(31 * 86_400_000)));
        assert_eq!(after(NOW, "P1W"), Ok(Timestamp(7 * 86_400_000)));
        assert!(after(NOW, "P99999Y").is_err());
        for wrong in ["10 seconds", "10s", "", "P", "PT", "P1S"] {
            assert!(after(NOW, wrong).is_err(), "{wrong}");
        }
        assert!(after(Timestamp(i64::MAX), "PT1S").is_err());
        assert!(fixed_duration_ms("-PT1S").is_err());
    }

    #[test]
    fn cycles_count_start_and_have_a_shortest_interval() {
        let three = cycle("R3/PT10S", NOW, 100).expect("valid");
        assert_eq!((three.count, three.first), (Some(3), Timestamp(10_000)));
        let endless = cycle("R/1970-01-01T00:00:05Z/PT10S", NOW, 100).expect("valid");
        assert_eq!((endless.count, endless.first), (None, Timestamp(5_000)));
        assert!(cycle("R/PT0.1S", NOW, 100).is_ok());
        assert!(
            cycle("R/PT0.099S", NOW, 100)
                .expect_err("short")
                .contains("min_cycle_interval_ms")
        );
        for wrong in [
            "R0/PT1S",
            "PT1S",
            "R3",
            "R3/a/b/c",
            "Rx/PT1S",
            "R4294967296/PT1S",
        ] {
            assert!(cycle(wrong, NOW, 100).is_err(), "{wrong}");
        }
    }
}
