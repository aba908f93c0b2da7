//! Dates, times and durations: reading, writing, order and arithmetic.
//!
//! A value without a zone is compared as if it were UTC, so that a comparison never depends on
//! the host. Named zones come from the bundled database.

mod duration;

use std::cmp::Ordering;
use std::fmt::{self, Write};
use std::sync::OnceLock;

use jiff::civil;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

pub(crate) use duration::{parse_duration, write_day_time, write_year_month};

use crate::Now;
use crate::value::Value;

/// The zone of a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Zone {
    Local,
    Offset(Offset),
    Named(Box<str>, TimeZone),
}

/// A time of day.
#[derive(Debug, Clone)]
pub(crate) struct Time {
    pub(crate) clock: civil::Time,
    pub(crate) zone: Zone,
}

/// A date and time.
#[derive(Debug, Clone)]
pub(crate) struct DateTime {
    pub(crate) civil: civil::DateTime,
    pub(crate) zone: Zone,
}

const SECOND: i128 = 1_000_000_000;
/// Longest text that can be a date, time or duration; a longer one is not looked at.
const MAX_TEXT: usize = 160;

impl DateTime {
    /// The injected instant, in UTC.
    pub(crate) fn from_now(now: Now) -> Option<Self> {
        let instant = jiff::Timestamp::from_millisecond(now.0).ok()?;
        Some(Self {
            civil: Offset::UTC.to_datetime(instant),
            zone: Zone::Offset(Offset::UTC),
        })
    }

    /// The offset from UTC at this moment; `None` without a zone.
    pub(crate) fn offset(&self) -> Option<Offset> {
        match &self.zone {
            Zone::Local => None,
            Zone::Offset(offset) => Some(*offset),
            Zone::Named(_, zone) => zone
                .to_timestamp(self.civil)
                .ok()
                .map(|at| zone.to_offset(at)),
        }
    }

    /// Nanoseconds since the epoch.
    pub(crate) fn instant(&self) -> Option<i128> {
        let instant = match &self.zone {
            Zone::Local => Offset::UTC.to_timestamp(self.civil),
            Zone::Offset(offset) => offset.to_timestamp(self.civil),
            // In a gap or fold: as Java, the offset before the change.
            Zone::Named(_, zone) => zone.to_timestamp(self.civil),
        };
        Some(instant.ok()?.as_nanosecond())
    }

    /// This instant moved by a duration, in the same zone.
    pub(crate) fn plus(&self, nanos: i128) -> Option<Self> {
        let instant = jiff::Timestamp::from_nanosecond(self.instant()?.checked_add(nanos)?).ok()?;
        let civil = match &self.zone {
            Zone::Local => Offset::UTC.to_datetime(instant),
            Zone::Offset(offset) => offset.to_datetime(instant),
            Zone::Named(_, zone) => zone.to_datetime(instant),
        };
        Some(Self {
            civil,
            zone: self.zone.clone(),
        })
    }

    /// `2025-11-24T10:00:00+01:00[Europe/Berlin]`.
    pub(crate) fn for_java(&self) -> String {
        match (&self.zone, self.offset()) {
            (Zone::Named(name, _), Some(offset)) => {
                let here = Self {
                    civil: self.civil,
                    zone: Zone::Offset(offset),
                };
                format!("{here}[{name}]")
            }
            _ => self.to_string(),
        }
    }

    /// The same instant in another zone.
    pub(crate) fn moved_to(&self, zone: Zone) -> Option<Self> {
        let epoch = Self {
            civil: civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0),
            zone,
        };
        epoch.plus(self.instant()?.checked_sub(epoch.instant()?)?)
    }

    pub(crate) fn plus_months(&self, months: i64) -> Option<Self> {
        let date = add_months(self.civil.date(), months)?;
        Some(Self {
            civil: date.to_datetime(self.civil.time()),
            zone: self.zone.clone(),
        })
    }
}

/// The same day of another month, or its last day when it is shorter.
pub(crate) fn add_months(date: civil::Date, months: i64) -> Option<civil::Date> {
    date.checked_add(jiff::Span::new().try_months(months).ok()?)
        .ok()
}

/// Nanoseconds since midnight UTC.
pub(crate) fn time_nanos(time: &Time) -> i128 {
    let local = i128::from(time.clock.hour()) * 3600
        + i128::from(time.clock.minute()) * 60
        + i128::from(time.clock.second());
    let offset = match &time.zone {
        Zone::Offset(offset) => i128::from(offset.seconds()),
        // The offset of a named zone varies with the date, which a time lacks.
        Zone::Local | Zone::Named(..) => 0,
    };
    (local - offset) * SECOND + i128::from(time.clock.subsec_nanosecond())
}

/// A time moved by a duration, around midnight.
pub(crate) fn time_plus(time: &Time, nanos: i128) -> Option<Time> {
    let civil = civil::Date::constant(2000, 1, 1).to_datetime(time.clock);
    let moved = DateTime {
        civil,
        zone: Zone::Local,
    }
    .plus(nanos % (86_400 * SECOND))?;
    Some(Time {
        clock: moved.civil.time(),
        zone: time.zone.clone(),
    })
}

pub(crate) fn compare_times(a: &Time, b: &Time) -> Option<Ordering> {
    Some(time_nanos(a).cmp(&time_nanos(b)))
}

pub(crate) fn compare_date_times(a: &DateTime, b: &DateTime) -> Option<Ordering> {
    Some(a.instant()?.cmp(&b.instant()?))
}

/// Reads a date, time, date and time or duration, whichever the text is.
pub(crate) fn parse_any(text: &str) -> Option<Value> {
    parse_duration(text)
        .or_else(|| parse_date(text).map(Value::Date))
        .or_else(|| parse_date_time(text).map(Value::DateTime))
        .or_else(|| parse_clock(text).map(Value::Time))
}

/// A time by itself, which may begin with `T`.
pub(crate) fn parse_clock(text: &str) -> Option<Time> {
    parse_time(text.strip_prefix('T').unwrap_or(text))
}

/// Whether a text is written as a date, whatever the calendar says to it.
pub(crate) fn has_the_shape_of_a_date(text: &str) -> bool {
    let date = text.split('T').next().unwrap_or(text);
    let mut parts = date.trim_start_matches('-').split('-');
    let digits = |part: Option<&str>, length: usize| {
        part.is_some_and(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
    };
    digits(parts.next(), 4)
        && digits(parts.next(), 2)
        && digits(parts.next(), 2)
        && parts.next().is_none()
}

/// `2024-05-31`.
pub(crate) fn parse_date(text: &str) -> Option<civil::Date> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text), |rest| (true, rest));
    let mut parts = digits.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let padded = year.len() > 4 && year.starts_with('0');
    if parts.next().is_some() || year.len() < 4 || padded || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let year: i16 = number(year)?;
    civil::Date::new(
        if negative { -year } else { year },
        number(month)?,
        number(day)?,
    )
    .ok()
}

/// `10:30`, `10:30:00.5+01:00`, `10:30:00@Europe/Berlin`.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let zone_at = text.find(['Z', 'z', '+', '-', '@']).unwrap_or(text.len());
    let zone = parse_zone(&text[zone_at..])?;
    let (clock, fraction) = text[..zone_at]
        .split_once('.')
        .unwrap_or((&text[..zone_at], "0"));
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next().unwrap_or("00"));
    if parts.next().is_some()
        || [hour, minute, second].iter().any(|part| part.len() != 2)
        || fraction.len() > 9
    {
        return None;
    }
    let nanos: i32 = number(&format!("{fraction:0<9}"))?;
    let clock = civil::Time::new(number(hour)?, number(minute)?, number(second)?, nanos).ok()?;
    Some(Time { clock, zone })
}

/// A date, `T` and a time; a date alone is midnight.
pub(crate) fn parse_date_time(text: &str) -> Option<DateTime> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let (date, time) = text.split_once('T')?;
    // Java writes a named zone as `+01:00[Europe/Berlin]`.
    let bracketed = time.strip_suffix(']').and_then(|time| time.split_once('['));
    let time = match bracketed {
        Some((clock, zone)) => {
            let clock = parse_time(clock)?.clock;
            Time {
                clock,
                zone: parse_zone(&format!("@{zone}"))?,
            }
        }
        None => parse_time(time)?,
    };
    Some(DateTime {
        civil: parse_date(date)?.to_datetime(time.clock),
        zone: time.zone,
    })
}

fn number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// `Europe/Berlin`, `Z`, `+02:00`.
pub(crate) fn zone_named(name: &str) -> Option<Zone> {
    match name.as_bytes().first()? {
        b'Z' | b'z' if name.len() == 1 => parse_zone(name),
        b'+' | b'-' => parse_zone(name),
        _ => parse_zone(&format!("@{name}")),
    }
}

fn parse_zone(text: &str) -> Option<Zone> {
    match text {
        "" => Some(Zone::Local),
        "Z" | "z" => Some(Zone::Offset(Offset::UTC)),
        _ if text.starts_with('@') => {
            static BUNDLED: OnceLock<TimeZoneDatabase> = OnceLock::new();
            let zone = BUNDLED
                .get_or_init(TimeZoneDatabase::bundled)
                .get(&text[1..])
                .ok()?;
            Some(Zone::Named(text[1..].into(), zone))
        }
        _ => {
            let sign = if text.starts_with('-') { -1 } else { 1 };
            let mut parts = text[1..].split(':');
            let mut part = |absent| -> Option<i32> {
                let digits = parts.next().or(absent)?;
                (digits.len() == 2).then(|| number(digits)).flatten()
            };
            let (hours, minutes, seconds) = (part(None)?, part(None)?, part(Some("00"))?);
            let valid = hours <= 18 && minutes < 60 && seconds < 60 && parts.next().is_none();
            let total = hours * 3600 + minutes * 60 + seconds;
            valid
                .then(|| Offset::from_seconds(sign * total).ok())
                .flatten()
                .map(Zone::Offset)
        }
    }
}

/// A zone from an offset given as a duration.
pub(crate) fn zone_from_nanos(nanos: i128) -> Option<Zone> {
    Offset::from_seconds(i32::try_from(nanos / SECOND).ok()?)
        .ok()
        .map(Zone::Offset)
}

/// `2024-05-31`, `-0044-03-15`.
pub(crate) fn write_date(out: &mut impl Write, date: civil::Date) -> fmt::Result {
    let sign = if date.year() < 0 { "-" } else { "" };
    let year = date.year().unsigned_abs();
    write!(out, "{sign}{year:04}-{:02}-{:02}", date.month(), date.day())
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => Ok(()),
            Self::Offset(offset) if offset.seconds() == 0 => f.write_char('Z'),
            Self::Offset(offset) => {
                let seconds = offset.seconds();
                let minutes = seconds.abs() / 60;
                let sign = if seconds < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)?;
                match seconds.abs() % 60 {
                    0 => Ok(()),
                    rest => write!(f, ":{rest:02}"),
                }
            }
            Self::Named(name, _) => write!(f, "@{name}"),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.clock;
        write!(f, "{:02}:{:02}:{:02}", t.hour(), t.minute(), t.second())?;
        if t.subsec_nanosecond() != 0 {
            let fraction = format!("{:09}", t.subsec_nanosecond());
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        write!(f, "{}", self.zone)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = Time {
            clock: self.civil.time(),
            zone: self.zone.clone(),
        };
        write_date(f, self.civil.date())?;
        write!(f, "T{time}")
    }
}
