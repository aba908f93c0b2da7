//! Relations of points and ranges (DMN 1.5, 10.3.4.9). A point is the closed range from itself
//! to itself. A bound that is missing or of another type gives `null`.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Builtin, row};
use crate::evaluate::{Eval, Run};
use crate::number::Number;
use crate::temporal;
use crate::value::{Range, Value};

/// Parameter names of a relation that takes points and ranges alike.
const EITHER: &[&[&str]] = &[
    &["point1", "point2"],
    &["point", "range"],
    &["range", "point"],
    &["range1", "range2"],
];
const RANGES: &[&[&str]] = &[&["range1", "range2"]];

pub(super) const TABLE: &[Builtin] = &[
    row("range", &[&["from"]], true, |run, a| {
        let Value::Text(text) = &a[0] else {
            return Ok(Value::Null);
        };
        run.charge(1 + text.len() / 8)?;
        Ok(read(text).map_or(Value::Null, |range| Value::Range(Arc::new(range))))
    }),
    row("before", EITHER, true, |run, a| {
        relate(run, &a[0], &a[1], before)
    }),
    row("after", EITHER, true, |run, a| {
        relate(run, &a[1], &a[0], before)
    }),
    row("meets", RANGES, true, |run, a| {
        relate(run, &a[0], &a[1], meets)
    }),
    row("met by", RANGES, true, |run, a| {
        relate(run, &a[1], &a[0], meets)
    }),
    row("overlaps", RANGES, true, |run, a| {
        relate(run, &a[0], &a[1], overlaps)
    }),
    row("overlaps before", RANGES, true, |run, a| {
        relate(run, &a[0], &a[1], overlaps_before)
    }),
    row("overlaps after", RANGES, true, |run, a| {
        relate(run, &a[1], &a[0], overlaps_before)
    }),
    row("finishes", EITHER, true, |run, a| {
        relate(run, &a[0], &a[1], finishes)
    }),
    row("finished by", EITHER, true, |run, a| {
        relate(run, &a[1], &a[0], finishes)
    }),
    row("includes", EITHER, true, |run, a| {
        relate(run, &a[0], &a[1], includes)
    }),
    row("during", EITHER, true, |run, a| {
        relate(run, &a[1], &a[0], includes)
    }),
    row("starts", EITHER, true, |run, a| {
        relate(run, &a[0], &a[1], starts)
    }),
    row("started by", EITHER, true, |run, a| {
        relate(run, &a[1], &a[0], starts)
    }),
    row("coincides", EITHER, true, |run, a| {
        relate(run, &a[0], &a[1], coincides)
    }),
];

/// Longest text that is read as a range.
const MAX_TEXT: usize = 400;

/// `[1..5]`, `("a".."c")`, `]@"2024-01-01"..[`: two literals of one ordered type between brackets,
/// one of which may be missing where its bracket is open (DMN 1.5, table 72).
fn read(text: &str) -> Option<Range> {
    let text = text.trim();
    if text.len() > MAX_TEXT {
        return None;
    }
    let start_closed = match text.chars().next()? {
        '[' => true,
        '(' | ']' => false,
        _ => return None,
    };
    let end_closed = match text.chars().next_back()? {
        ']' => true,
        ')' | '[' => false,
        _ => return None,
    };
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    // The dots between the ends are not inside a text.
    let between = inner.match_indices("..").map(|(at, _)| at);
    let at = between
        .filter(|at| inner[..*at].matches('"').count().is_multiple_of(2))
        .last()?;
    let (start, end) = (end_point(&inner[..at])?, end_point(&inner[at + 2..])?);
    let complete = match (&start, &end) {
        (Value::Null, Value::Null) => false,
        (Value::Null, _) => !start_closed,
        (_, Value::Null) => !end_closed,
        (start, end) => start.compare(end).is_some_and(Ordering::is_le),
    };
    complete.then_some(Range {
        start,
        start_closed,
        end,
        end_closed,
    })
}

/// A literal, or nothing.
fn end_point(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Value::Null);
    }
    let quoted = |text: &str| -> Option<String> {
        let inner = text.strip_prefix('"')?.strip_suffix('"')?;
        (!inner.contains('"')).then(|| inner.to_owned())
    };
    if let Some(text) = quoted(text) {
        return Some(Value::text(text));
    }
    if let Some(moment) = text.strip_prefix('@') {
        return temporal::parse_any(&quoted(moment.trim())?);
    }
    if let Some((function, rest)) = text.split_once('(') {
        let from = quoted(rest.trim().strip_suffix(')')?.trim())?;
        let value = temporal::parse_any(&from)?;
        let fits = match function.trim() {
            "date" => matches!(value, Value::Date(_)),
            "time" => matches!(value, Value::Time(_)),
            "date and time" => matches!(value, Value::DateTime(_)),
            "duration" => matches!(value, Value::DayTime(_) | Value::YearMonth(_)),
            _ => false,
        };
        return fits.then_some(value);
    }
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'e' | b'E' | b'+'));
    (plain && text.parse::<f64>().is_ok())
        .then(|| Number::parse(text).map(Value::Number))
        .flatten()
}

/// One end of a range: the value, and whether it belongs to the range.
type Bound<'v> = (&'v Value, bool);

struct Span<'v> {
    start: Bound<'v>,
    end: Bound<'v>,
}

impl<'v> Span<'v> {
    fn of(value: &'v Value) -> Self {
        match value {
            Value::Range(range) => Self {
                start: (&range.start, range.start_closed),
                end: (&range.end, range.end_closed),
            },
            point => Self {
                start: (point, true),
                end: (point, true),
            },
        }
    }
}

fn relate(
    run: &mut Run<'_>,
    left: &Value,
    right: &Value,
    relation: fn(&Span<'_>, &Span<'_>) -> Option<bool>,
) -> Eval<Value> {
    run.charge(
        left.weight()
            .saturating_add(right.weight())
            .saturating_mul(4),
    )?;
    Ok(Value::boolean(relation(&Span::of(left), &Span::of(right))))
}

fn order(left: Bound<'_>, right: Bound<'_>) -> Option<Ordering> {
    left.0.compare(right.0)
}

/// Whether a start lies before another, or at it and includes as much.
fn starts_no_later(left: Bound<'_>, right: Bound<'_>) -> Option<bool> {
    Some(match order(left, right)? {
        Ordering::Less => true,
        Ordering::Equal => left.1 || !right.1,
        Ordering::Greater => false,
    })
}

/// Whether an end lies before another, or at it and includes no more.
fn ends_no_later(left: Bound<'_>, right: Bound<'_>) -> Option<bool> {
    Some(match order(left, right)? {
        Ordering::Less => true,
        Ordering::Equal => !left.1 || right.1,
        Ordering::Greater => false,
    })
}

/// Whether an end reaches a start, so that they share a value.
fn reaches(end: Bound<'_>, start: Bound<'_>) -> Option<bool> {
    Some(match order(end, start)? {
        Ordering::Greater => true,
        Ordering::Equal => end.1 && start.1,
        Ordering::Less => false,
    })
}

fn before(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    reaches(left.end, right.start).map(|reaches| !reaches)
}

fn meets(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    Some(order(left.end, right.start)?.is_eq() && left.end.1 && right.start.1)
}

fn overlaps(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    Some(reaches(left.end, right.start)? && reaches(right.end, left.start)?)
}

fn overlaps_before(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    let begins_earlier = !starts_no_later(right.start, left.start)?;
    Some(begins_earlier && reaches(left.end, right.start)? && ends_no_later(left.end, right.end)?)
}

fn finishes(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    let same_end = order(left.end, right.end)?.is_eq() && left.end.1 == right.end.1;
    Some(same_end && starts_no_later(right.start, left.start)?)
}

fn includes(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    Some(starts_no_later(left.start, right.start)? && ends_no_later(right.end, left.end)?)
}

fn starts(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    let same_start = order(left.start, right.start)?.is_eq() && left.start.1 == right.start.1;
    Some(same_start && ends_no_later(left.end, right.end)?)
}

fn coincides(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    let same_start = order(left.start, right.start)?.is_eq() && left.start.1 == right.start.1;
    let same_end = order(left.end, right.end)?.is_eq() && left.end.1 == right.end.1;
    Some(same_start && same_end)
}
