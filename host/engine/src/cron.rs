//! When a cron text's time comes next, in UTC: a zone's rules change with the host's data, and an
//! instance must not.

use anyam_bpmn::cron::{Cron, Day};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::value::Timestamp;

/// How far ahead it is looked for: the 29th of February on one day of the week comes after 40 years
/// at the latest.
const YEARS: i16 = 41;

/// The first time after `after` that fits.
pub(crate) fn next(cron: &Cron, after: Timestamp) -> Option<Timestamp> {
    let start = jiff::Timestamp::from_millisecond(after.0.div_euclid(1000).checked_add(1)? * 1000);
    let start = start.ok()?.to_zoned_datetime(TimeZone::UTC);
    let (mut date, time) = (start.date(), start.time());
    let mut from = second_of_day(time);
    let end = date.year().checked_add(YEARS)?;
    while date.year() < end {
        if !cron.fits_month(date.month().unsigned_abs().into()) {
            date = date.last_of_month().tomorrow().ok()?;
            from = 0;
            continue;
        }
        if cron.fits_day(day(date))
            && let Some(second) = cron.first_time(from)
        {
            return at(date, second);
        }
        date = date.tomorrow().ok()?;
        from = 0;
    }
    None
}

fn second_of_day(time: Time) -> u32 {
    let [hour, minute, second] = [time.hour(), time.minute(), time.second()].map(i8::unsigned_abs);
    u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second)
}

fn day(date: Date) -> Day {
    Day {
        day: date.day().unsigned_abs().into(),
        last: date.days_in_month().unsigned_abs().into(),
        weekday: date.weekday().to_sunday_zero_offset().unsigned_abs().into(),
    }
}

fn at(date: Date, second: u32) -> Option<Timestamp> {
    let part = |number: u32| i8::try_from(number % 60).ok();
    let hour = i8::try_from(second / 3600).ok()?;
    let time = Time::new(hour, part(second / 60)?, part(second)?, 0).ok()?;
    let zoned = DateTime::from_parts(date, time)
        .to_zoned_datetime(TimeZone::UTC)
        .ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, after: &str, expect: Option<&str>) {
        let stamp = |text: &str| {
            let parsed: jiff::Timestamp = text.parse().expect("an instant");
            Timestamp(parsed.as_millisecond())
        };
        let cron = Cron::parse(text).expect("a cron text");
        assert_eq!(next(&cron, stamp(after)), expect.map(stamp));
    }

    #[test]
    fn the_next_time_is_a_later_one() {
        let second = "0 0 9 * * *";
        check(
            second,
            "2030-01-01T08:59:59.999Z",
            Some("2030-01-01T09:00:00Z"),
        );
        check(second, "2030-01-01T09:00:00Z", Some("2030-01-02T09:00:00Z"));
        check(
            "* * * * * *",
            "2030-12-31T23:59:59.5Z",
            Some("2031-01-01T00:00:00Z"),
        );
        check(
            "* * * * * *",
            "1969-12-31T23:59:58.5Z",
            Some("1969-12-31T23:59:59Z"),
        );
    }

    #[test]
    fn it_may_be_years_ahead_or_never() {
        check(
            "0 0 0 29 2 *",
            "2030-01-01T00:00:00Z",
            Some("2032-02-29T00:00:00Z"),
        );
        check(
            "0 0 0 29 2 MON",
            "2072-03-01T00:00:00Z",
            Some("2112-02-29T00:00:00Z"),
        );
        check("0 0 0 30 2 *", "2030-01-01T00:00:00Z", None);
        check("0 0 0 1 1 *", "9999-06-01T00:00:00Z", None);
    }
}
