//! Dates, times and durations.

use jiff::civil;
use jiff::tz::Offset;

use super::{Builtin, row};
use crate::number::{Number, Rounding};
use crate::temporal::{self, DateTime, Time, Zone};
use crate::value::Value;

pub(super) const TABLE: &[Builtin] = &[
    row("now", &[&[]], true, |run, _| {
        Ok(Value::DateTime(run.now()?))
    }),
    row("today", &[&[]], true, |run, _| run.today()),
    row(
        "date",
        &[&["from"], &["year", "month", "day"]],
        true,
        |_, a| Ok(date(a).map_or(Value::Null, Value::Date)),
    ),
    row(
        "time",
        &[
            &["from"],
            &["hour", "minute", "second"],
            &["hour", "minute", "second", "offset"],
        ],
        true,
        |_, a| Ok(time(a).map_or(Value::Null, Value::Time)),
    ),
    row(
        "date and time",
        &[&["from"], &["date", "time"], &["date", "timezone"]],
        true,
        |_, a| Ok(date_and_time(a).map_or(Value::Null, Value::DateTime)),
    ),
    row("duration", &[&["from"]], true, |_, a| {
        let Value::Text(text) = &a[0] else {
            return Ok(Value::Null);
        };
        Ok(temporal::parse_duration(text).unwrap_or(Value::Null))
    }),
    row(
        "years and months duration",
        &[&["from", "to"]],
        true,
        |_, a| Ok(months_between(a).map_or(Value::Null, Value::YearMonth)),
    ),
    row("day of week", &[&["date"]], true, |_, a| {
        const NAMES: [&str; 7] = [
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ];
        let Some(date) = day(&a[0]) else {
            return Ok(Value::Null);
        };
        Ok(Value::text(
            NAMES[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())],
        ))
    }),
    row("day of year", &[&["date"]], true, |_, a| {
        Ok(part(&a[0], |date| i64::from(date.day_of_year())))
    }),
    row("week of year", &[&["date"]], true, |_, a| {
        Ok(part(&a[0], |date| i64::from(date.iso_week_date().week())))
    }),
    row("month of year", &[&["date"]], true, |_, a| {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let Some(date) = day(&a[0]) else {
            return Ok(Value::Null);
        };
        Ok(Value::text(
            NAMES[usize::from(date.month().unsigned_abs()) - 1],
        ))
    }),
    row("last day of month", &[&["date"]], true, |_, a| {
        Ok(day(&a[0]).map_or(Value::Null, |date| Value::Date(date.last_of_month())))
    }),
    row("unix timestamp", &[&["from"]], true, |_, a| {
        let Value::DateTime(moment) = &a[0] else {
            return Ok(Value::Null);
        };
        let millis = moment
            .instant()
            .and_then(|nanos| i64::try_from(nanos.div_euclid(1_000_000)).ok());
        Ok(millis.map_or(Value::Null, |millis| Value::Number(Number::from(millis))))
    }),
    row(
        "from unix timestamp",
        &[&["timestamp"], &["timestamp", "timezone"]],
        true,
        |_, a| Ok(from_timestamp(a).map_or(Value::Null, Value::DateTime)),
    ),
];

fn day(value: &Value) -> Option<civil::Date> {
    match value {
        Value::Date(date) => Some(*date),
        Value::DateTime(moment) => Some(moment.civil.date()),
        _ => None,
    }
}

fn part(value: &Value, read: impl Fn(civil::Date) -> i64) -> Value {
    day(value).map_or(Value::Null, |date| Value::Number(Number::from(read(date))))
}

fn whole<T: TryFrom<i64>>(value: &Value) -> Option<T> {
    let Value::Number(number) = value else {
        return None;
    };
    number.to_i64().and_then(|number| T::try_from(number).ok())
}

/// Whole seconds, and the nanoseconds behind the point.
fn seconds(value: &Value) -> Option<(i8, i32)> {
    let Value::Number(number) = value else {
        return None;
    };
    let second = number.round(Rounding::Floor, 0)?;
    let nanos = number
        .subtract(second)?
        .multiply(Number::from(1_000_000_000))?
        .round(Rounding::Down, 0)?;
    Some((
        second.to_i64()?.try_into().ok()?,
        nanos.to_i64()?.try_into().ok()?,
    ))
}

fn date(a: &[Value]) -> Option<civil::Date> {
    match a {
        [Value::Text(text)] => temporal::parse_date(text),
        [value] => day(value),
        [year, month, day] => civil::Date::new(whole(year)?, whole(month)?, whole(day)?).ok(),
        _ => None,
    }
}

fn time(a: &[Value]) -> Option<Time> {
    match a {
        [Value::Text(text)] => temporal::parse_clock(text),
        [Value::Time(time)] => Some(time.clone()),
        [Value::DateTime(moment)] => Some(Time {
            clock: moment.civil.time(),
            zone: moment.zone.clone(),
        }),
        [Value::Date(_)] => Some(Time {
            clock: civil::Time::midnight(),
            zone: Zone::Offset(Offset::UTC),
        }),
        [hour, minute, second, rest @ ..] => {
            let zone = match rest.first() {
                None | Some(Value::Null) => Zone::Local,
                Some(Value::DayTime(nanos)) => temporal::zone_from_nanos(*nanos)?,
                Some(_) => return None,
            };
            let (second, nanos) = seconds(second)?;
            let clock = civil::Time::new(whole(hour)?, whole(minute)?, second, nanos).ok()?;
            Some(Time { clock, zone })
        }
        _ => None,
    }
}

fn date_and_time(a: &[Value]) -> Option<DateTime> {
    match a {
        [Value::Text(text)] => {
            temporal::parse_date_time(text).or_else(|| midnight(temporal::parse_date(text)?))
        }
        [Value::DateTime(moment)] => Some(moment.clone()),
        [Value::Date(date)] => midnight(*date),
        [Value::DateTime(moment), Value::Text(zone)] => {
            let zone = temporal::zone_named(zone)?;
            moment.moved_to(zone)
        }
        [date, Value::Time(time)] => Some(DateTime {
            civil: day(date)?.to_datetime(time.clock),
            zone: time.zone.clone(),
        }),
        _ => None,
    }
}

/// Milliseconds since the epoch, in UTC or in the zone given.
fn from_timestamp(a: &[Value]) -> Option<DateTime> {
    let moment = DateTime::from_now(crate::Now(whole(&a[0])?))?;
    match a.get(1) {
        None | Some(Value::Null) => Some(moment),
        Some(Value::Text(zone)) => moment.moved_to(temporal::zone_named(zone)?),
        Some(_) => None,
    }
}

fn midnight(date: civil::Date) -> Option<DateTime> {
    Some(DateTime {
        civil: date.to_datetime(civil::Time::midnight()),
        zone: Zone::Local,
    })
}

/// Whole months from one date to another.
fn months_between(a: &[Value]) -> Option<i64> {
    let (from, to) = (day(&a[0])?, day(&a[1])?);
    let count = |date: civil::Date| i64::from(date.year()) * 12 + i64::from(date.month());
    let months = count(to) - count(from);
    Some(match to.day().cmp(&from.day()) {
        std::cmp::Ordering::Less if months > 0 => months - 1,
        std::cmp::Ordering::Greater if months < 0 => months + 1,
        _ => months,
    })
}
