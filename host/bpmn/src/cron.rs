//! Cron texts, as the timers of Camunda 8 take them: second, minute, hour, day of the month, month
//! and day of the week, all in UTC. A time fits when all six fields fit it.
//!
//! A field is `*`, a number, a name (`JAN`, `MON`), a range (`9-17`), a list (`1,15`), each perhaps
//! with a step (`*/5`). In the field of days `L` is the last day of the month, `L-3` the third before
//! it, `LW` the last working day, `15W` the working day nearest to the 15th; in that of weekdays
//! `5L` is the last Friday of the month, `MON#2` its second Monday, and both 0 and 7 are Sunday. In
//! both `?` is the same as `*`. `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`
//! and `@hourly` stand for whole texts.

/// The longest cron text.
const MAX_TEXT: usize = 200;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
/// By their numbers: 0 and 7 are the same day.
const WEEKDAYS: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// A cron text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    seconds: u64,
    minutes: u64,
    hours: u64,
    months: u64,
    days: Vec<DayRule>,
    weekdays: Vec<WeekdayRule>,
}

/// What a day of the month may be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum DayRule {
    /// These, as bits.
    OneOf(u64),
    /// So many days before the last one.
    BeforeLast(u32),
    /// The last working day.
    LastWorkingDay,
    /// The working day nearest to this one, in the same month.
    WorkingDayNearest(u32),
}

/// What a day of the week may be; Sunday is 0.
#[derive(Clone, Debug, PartialEq, Eq)]
enum WeekdayRule {
    /// These, as bits.
    OneOf(u64),
    /// The last one of the month.
    Last(u32),
    /// The n-th one of the month.
    Nth(u32, u32),
}

/// A day, for [`Cron::fits_day`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// From 1.
    pub day: u32,
    /// Days in its month.
    pub last: u32,
    /// From 0, which is Sunday.
    pub weekday: u32,
}

impl Cron {
    /// Reads a cron text.
    ///
    /// # Errors
    /// What is wrong with it, as a part of a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            let shown: String = text.chars().take(60).collect();
            format!("`{shown}` is no cron text: {why}")
        };
        if text.len() > MAX_TEXT {
            return Err(wrong("it is too long"));
        }
        let fields: Vec<&str> = whole(text).split_ascii_whitespace().collect();
        let [second, minute, hour, day, month, weekday] = fields[..] else {
            return Err(wrong(
                "it needs the six fields second, minute, hour, day, month and weekday",
            ));
        };
        let field = |text: &str, names: &[&str], range| {
            bits(text, names, range).ok_or_else(|| wrong(&format!("`{text}` does not fit")))
        };
        let days = day.split(',').map(day_rule).collect::<Option<_>>();
        let weekdays = weekday.split(',').map(weekday_rule).collect::<Option<_>>();
        Ok(Self {
            seconds: field(second, &[], (0, 59))?,
            minutes: field(minute, &[], (0, 59))?,
            hours: field(hour, &[], (0, 23))?,
            months: field(month, &MONTHS, (1, 12))?,
            days: days.ok_or_else(|| wrong(&why_no_day(day)))?,
            weekdays: weekdays.ok_or_else(|| wrong(&format!("`{weekday}` does not fit")))?,
        })
    }

    /// Whether it can fit a day of this month, 1 to 12.
    pub fn fits_month(&self, month: u32) -> bool {
        has(self.months, month)
    }

    /// Whether it can fit a time of this day.
    pub fn fits_day(&self, day: Day) -> bool {
        self.days.iter().any(|rule| rule.fits(day))
            && self.weekdays.iter().any(|rule| rule.fits(day))
    }

    /// The first time of a day that fits, from this second of the day on; in seconds of the day.
    pub fn first_time(&self, from: u32) -> Option<u32> {
        let (hour, minute, second) = (from / 3600, from / 60 % 60, from % 60);
        let next = |bits: u64, from: u32| (from..60).find(|at| has(bits, *at));
        let at = |hour: u32, minute: u32, second: u32| hour * 3600 + minute * 60 + second;
        let first = |bits| next(bits, 0).unwrap_or(0);
        if has(self.hours, hour) {
            if has(self.minutes, minute)
                && let Some(second) = next(self.seconds, second)
            {
                return Some(at(hour, minute, second));
            }
            if let Some(minute) = next(self.minutes, minute + 1) {
                return Some(at(hour, minute, first(self.seconds)));
            }
        }
        let hour = next(self.hours, hour + 1)?;
        Some(at(hour, first(self.minutes), first(self.seconds)))
    }

    /// The shortest time between two of its times that it may have, in seconds.
    pub fn shortest_interval(&self) -> u32 {
        let gap = |bits: u64| {
            let set: Vec<u32> = (0..60).filter(|at| has(bits, *at)).collect();
            let over = set.first().zip(set.last());
            let around = over.map(|(first, last)| first + 60 - last);
            let inside = set.windows(2).map(|pair| pair[1] - pair[0]);
            inside.chain(around).min().unwrap_or(60)
        };
        match (self.seconds.count_ones(), self.minutes.count_ones()) {
            (2.., _) => gap(self.seconds),
            (_, 2..) => gap(self.minutes) * 60,
            _ => 3600,
        }
    }
}

impl DayRule {
    fn fits(&self, day: Day) -> bool {
        match self {
            Self::OneOf(bits) => has(*bits, day.day),
            Self::BeforeLast(before) => day.day + before == day.last,
            Self::LastWorkingDay => day.day == nearest_working_day(day.last, day),
            Self::WorkingDayNearest(wanted) => {
                *wanted <= day.last && day.day == nearest_working_day(*wanted, day)
            }
        }
    }
}

impl WeekdayRule {
    fn fits(&self, day: Day) -> bool {
        match self {
            Self::OneOf(bits) => has(*bits, day.weekday),
            Self::Last(weekday) => *weekday == day.weekday && day.day + 7 > day.last,
            Self::Nth(weekday, nth) => *weekday == day.weekday && day.day.div_ceil(7) == *nth,
        }
    }
}

/// The working day nearest to `wanted` in the month of `day`: a Saturday moves to the Friday before,
/// a Sunday to the Monday after, unless that is in another month.
fn nearest_working_day(wanted: u32, day: Day) -> u32 {
    let weekday = (day.weekday + 35 + wanted - day.day) % 7;
    match weekday {
        6 if wanted == 1 => 3,
        6 => wanted - 1,
        0 if wanted == day.last => wanted - 2,
        0 => wanted + 1,
        _ => wanted,
    }
}

fn whole(text: &str) -> &str {
    match text.trim() {
        "@yearly" | "@annually" => "0 0 0 1 1 *",
        "@monthly" => "0 0 0 1 * *",
        "@weekly" => "0 0 0 * * 0",
        "@daily" | "@midnight" => "0 0 0 * * *",
        "@hourly" => "0 0 * * * *",
        other => other,
    }
}

fn has(bits: u64, at: u32) -> bool {
    bits >> at & 1 == 1
}

/// A field as bits; `names` stand for the numbers from the first of the range.
fn bits(text: &str, names: &[&str], range: (u32, u32)) -> Option<u64> {
    let mut parts = text.split(',').map(|part| part_bits(part, names, range));
    parts.try_fold(0, |all, part| Some(all | part?))
}

fn part_bits(part: &str, names: &[&str], (min, max): (u32, u32)) -> Option<u64> {
    let (base, step) = match part.split_once('/') {
        Some((base, step)) => (base, Some(number(step).filter(|step| *step > 0)?)),
        None => (part, None),
    };
    let value = |text: &str| {
        let named = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        let named = named.and_then(|at| u32::try_from(at).ok());
        let value = named.map(|at| at + min).or_else(|| number(text))?;
        (min..=max).contains(&value).then_some(value)
    };
    let (first, last) = match (base, base.split_once('-')) {
        ("*", _) => (min, max),
        (_, Some((first, last))) => (value(first)?, value(last)?),
        // With a step a number is where a range begins.
        (_, None) => {
            let first = value(base)?;
            (first, if step.is_some() { max } else { first })
        }
    };
    if first > last {
        return None;
    }
    let times = (first..=last).step_by(step.unwrap_or(1) as usize);
    Some(times.fold(0, |bits, at| bits | 1 << at))
}

/// Why a field of days cannot be read.
fn why_no_day(field: &str) -> String {
    let mut parts = field.split(',');
    let counted = parts.find(|part| part.to_ascii_uppercase().starts_with("LW-"));
    match counted {
        Some(part) => format!(
            "`{part}` is not known, as it could mean days or working days; write LW for the last \
             working day, or L-3 for the third day before the last"
        ),
        None => format!("`{field}` does not fit"),
    }
}

fn day_rule(part: &str) -> Option<DayRule> {
    let upper = part.to_ascii_uppercase();
    let last_but = upper.strip_prefix("L-");
    Some(match (upper.as_str(), last_but, upper.strip_suffix('W')) {
        ("?", _, _) => DayRule::OneOf(u64::MAX),
        ("L", _, _) => DayRule::BeforeLast(0),
        ("LW", _, _) => DayRule::LastWorkingDay,
        (_, Some(before), _) => DayRule::BeforeLast(number(before).filter(|n| *n < 31)?),
        (_, _, Some(day)) => {
            DayRule::WorkingDayNearest(number(day).filter(|day| (1..=31).contains(day))?)
        }
        _ => DayRule::OneOf(part_bits(part, &[], (1, 31))?),
    })
}

fn weekday_rule(part: &str) -> Option<WeekdayRule> {
    let one = |text: &str| {
        let bits = part_bits(text, &WEEKDAYS, (0, 7)).filter(|bits| bits.count_ones() == 1)?;
        Some(bits.trailing_zeros() % 7)
    };
    if part == "?" {
        return Some(WeekdayRule::OneOf(u64::MAX));
    }
    if let Some((day, nth)) = part.split_once('#') {
        let nth = number(nth).filter(|nth| (1..=5).contains(nth))?;
        return Some(WeekdayRule::Nth(one(day)?, nth));
    }
    if let Some(day) = part.strip_suffix(['L', 'l'])
        && !day.is_empty()
    {
        return one(day).map(WeekdayRule::Last);
    }
    let bits = part_bits(part, &WEEKDAYS, (0, 7))?;
    // 7 is Sunday as well.
    Some(WeekdayRule::OneOf(bits | bits >> 7 & 1))
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() < 4 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cron(text: &str) -> Cron {
        Cron::parse(text).expect(text)
    }

    #[test]
    fn fields_are_lists_of_ranges_with_steps_and_names() {
        for text in [
            "* * * * * *",
            "0 0/15 9-17 ? * MON-FRI",
            "0,30 */5 1-23/2 1,15 jan,JUN-aug sun",
            "0 0 0 L-3,LW,1W,L * *",
            "0 0 0 * * 5L,MON#2,7",
            "@daily",
            " 0  0 0 1 1 * ",
        ] {
            assert!(Cron::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "* * * * *",
            "* * * * * * *",
            "60 * * * * *",
            "* * 24 * * *",
            "* * * 0 * *",
            "* * * 32 * *",
            "* * * * 13 *",
            "* * * * * 8",
            "* * * * FOO *",
            "5-1 * * * * *",
            "*/0 * * * * *",
            "1,, * * * * *",
            "? * * * * *",
            "* * * L-31 * *",
            "* * * 32W * *",
            "* * * * * MON#6",
            "* * * * * L",
            "* * * * * MON-TUE#1",
            "@often",
            "\u{fc} * * * * *",
        ] {
            assert!(Cron::parse(text).is_err(), "{text}");
        }
        assert!(Cron::parse(&" ".repeat(MAX_TEXT + 1)).is_err());
    }

    #[test]
    fn a_distance_from_the_last_working_day_is_refused_with_what_to_write() {
        let refused = Cron::parse("0 0 0 1,lw-3 * *").unwrap_err();
        assert!(
            refused.contains("`lw-3` is not known") && refused.contains("L-3"),
            "{refused}"
        );
    }

    #[test]
    fn the_next_time_of_a_day() {
        let hours = cron("30 15,45 9,17 * * *");
        let at = |hour: u32, minute: u32, second: u32| hour * 3600 + minute * 60 + second;
        assert_eq!(hours.first_time(0), Some(at(9, 15, 30)));
        assert_eq!(hours.first_time(at(9, 15, 30)), Some(at(9, 15, 30)));
        assert_eq!(hours.first_time(at(9, 15, 31)), Some(at(9, 45, 30)));
        assert_eq!(hours.first_time(at(9, 45, 31)), Some(at(17, 15, 30)));
        assert_eq!(hours.first_time(at(17, 45, 31)), None);
    }

    #[test]
    fn days_of_the_month_and_of_the_week() {
        // February 2030: the 1st is a Friday.
        let day = |day: u32| Day {
            day,
            last: 28,
            weekday: (day + 4) % 7,
        };
        let fitting = |text: &str| {
            let cron = cron(text);
            (1..=28)
                .filter(|at| cron.fits_day(day(*at)))
                .collect::<Vec<_>>()
        };
        assert_eq!(fitting("0 0 0 L * *"), [28]);
        assert_eq!(fitting("0 0 0 L-3 * *"), [25]);
        assert_eq!(fitting("0 0 0 LW * *"), [28]);
        assert_eq!(fitting("0 0 0 2W * *"), [1]);
        assert_eq!(fitting("0 0 0 3W * *"), [4]);
        assert_eq!(fitting("0 0 0 31W * *"), []);
        assert_eq!(fitting("0 0 0 * * 5L"), [22]);
        assert_eq!(fitting("0 0 0 * * FRI#2"), [8]);
        assert_eq!(fitting("0 0 0 * * 7"), [3, 10, 17, 24]);
        assert_eq!(fitting("0 0 0 * * FRI-7"), fitting("0 0 0 * * 0,5,6"));
        assert_eq!(fitting("0 0 0 8-14 * FRI"), [8]);
        // December 2029: the 1st is a Saturday; June 2030 ends with a Sunday.
        let december = Day {
            day: 3,
            last: 31,
            weekday: 1,
        };
        assert!(cron("0 0 0 1W * *").fits_day(december));
        let june = Day {
            day: 28,
            last: 30,
            weekday: 5,
        };
        assert!(cron("0 0 0 LW * *").fits_day(june));
        assert!(cron("0 0 0 30W * *").fits_day(june));
    }

    #[test]
    fn intervals() {
        for (text, seconds) in [
            ("* * * * * *", 1),
            ("*/20 * * * * *", 20),
            ("0,55 * * * * *", 5),
            ("0 */5 * * * *", 300),
            ("0 0 9 * * *", 3600),
        ] {
            assert_eq!(cron(text).shortest_interval(), seconds, "{text}");
        }
    }
}
