//! Running a search: one pass over its source, bounded in rows and in memory.

use std::cmp::Ordering;

use anyam_store::Direction;
use serde::Serialize;

use super::cursor::Cursor;
use super::page::{PageInfo, Start};
use super::query::Query;
use super::{Place, Searchable, SourceOf};
use crate::api::limits::RequestLimits;
use crate::api::problem::Problem;

/// Finds the page and writes it as JSON.
///
/// # Errors
/// 400 where the search reads or holds too much, or the store's.
pub fn write_page<S: Searchable>(
    place: Place<'_>,
    query: &Query<S>,
    limits: &RequestLimits,
) -> Result<Vec<u8>, Problem> {
    let source = S::source(place, &query.filter)?;
    let mut run = Run {
        place,
        query,
        limits,
        read: 0,
    };
    let found = match run.natural_direction(&source) {
        Some(direction) => run.in_order(&source, direction)?,
        None => run.sorted(&source)?,
    };
    let cursor = |record: Option<&S::Record>| record.map(|record| run.cursor(record).encode());
    let page = PageInfo {
        total_items: found.matches.min(limits.counted_items) as u64,
        has_more_total_items: found.matches > limits.counted_items,
        start_cursor: cursor(found.records.first()),
        end_cursor: cursor(found.records.last()),
    };
    let items = found.records.iter().map(|record| S::item(&place, record));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    serde_json::to_vec(&Answer { items, page }).map_err(Problem::internal)
}

type CursorOf<S> = Cursor<<S as Searchable>::Position>;

#[derive(Serialize)]
struct Answer<T> {
    items: Vec<T>,
    page: PageInfo,
}

struct Found<R> {
    records: Vec<R>,
    /// Counted up to one more than the limit.
    matches: usize,
}

struct Run<'a, S: Searchable> {
    place: Place<'a>,
    query: &'a Query<S>,
    limits: &'a RequestLimits,
    read: usize,
}

impl<S: Searchable> Run<'_, S> {
    /// The direction in which the source has the order that is asked for, if it has.
    fn natural_direction(&self, source: &SourceOf<'_, S>) -> Option<Direction> {
        match self.query.sort.as_slice() {
            [] => Some(Direction::Forward),
            [(field, direction)] if source.by_key && field.name == S::KEY => Some(*direction),
            _ => None,
        }
    }

    /// Pages of rows that come in the order asked for: read no further than needed.
    fn in_order(
        &mut self,
        source: &SourceOf<'_, S>,
        direction: Direction,
    ) -> Result<Found<S::Record>, Problem> {
        let limit = self.query.page.limit;
        let counted = self.limits.counted_items;
        let (skip, cursor, page_direction) = match &self.query.page.start {
            Start::From(from) => (*from, None, direction),
            Start::After(cursor) => (0, Some(&cursor.position), direction),
            Start::Before(cursor) => (0, Some(&cursor.position), reversed(direction)),
        };
        let (mut records, mut matches, mut weight) = (Vec::new(), 0, 0);
        for record in source.rows(page_direction, cursor.cloned()) {
            let mut record = record?;
            if !self.matches(&record)? {
                continue;
            }
            matches += 1;
            if matches > skip && records.len() < limit {
                S::shorten(&mut record);
                self.weigh(&mut weight, &record)?;
                records.push(record);
            }
            let full = records.len() == limit;
            if full && (cursor.is_some() || matches > counted) {
                break;
            }
        }
        if cursor.is_some() {
            matches = self.count(source, direction)?;
        }
        if matches!(self.query.page.start, Start::Before(_)) {
            records.reverse();
        }
        Ok(Found { records, matches })
    }

    fn count(&mut self, source: &SourceOf<'_, S>, direction: Direction) -> Result<usize, Problem> {
        let mut matches = 0;
        for record in source.rows(direction, None) {
            matches += usize::from(self.matches(&record?)?);
            if matches > self.limits.counted_items {
                break;
            }
        }
        Ok(matches)
    }

    /// Pages in another order: looks at every row and keeps the best of them.
    fn sorted(&mut self, source: &SourceOf<'_, S>) -> Result<Found<S::Record>, Problem> {
        let page = &self.query.page;
        let (kept, cursor, backward) = match &page.start {
            Start::From(from) => (from + page.limit, None, false),
            Start::After(cursor) => (page.limit, Some((cursor, Ordering::Greater)), false),
            Start::Before(cursor) => (page.limit, Some((cursor, Ordering::Less)), true),
        };
        let mut best: Vec<(CursorOf<S>, S::Record)> = Vec::new();
        let mut matches = 0;
        for record in source.rows(Direction::Forward, None) {
            let mut record = record?;
            if !self.matches(&record)? {
                continue;
            }
            matches += 1;
            let place = self.cursor(&record);
            if cursor.is_some_and(|(cursor, wanted)| self.order(&place, cursor) != wanted) {
                continue;
            }
            S::shorten(&mut record);
            best.push((place, record));
            if best.len() >= 2 * kept {
                self.keep_best(&mut best, kept, backward)?;
            }
        }
        self.keep_best(&mut best, kept, backward)?;
        if backward {
            best.reverse();
        }
        let skip = match page.start {
            Start::From(from) => from,
            _ => 0,
        };
        let records = best
            .into_iter()
            .skip(skip)
            .map(|(_, record)| record)
            .collect();
        Ok(Found { records, matches })
    }

    fn keep_best(
        &self,
        best: &mut Vec<(CursorOf<S>, S::Record)>,
        kept: usize,
        backward: bool,
    ) -> Result<(), Problem> {
        best.sort_by(|(a, _), (b, _)| {
            let order = self.order(a, b);
            if backward { order.reverse() } else { order }
        });
        best.truncate(kept);
        let mut weight = 0;
        best.iter()
            .try_for_each(|(_, record)| self.weigh(&mut weight, record))
    }

    fn order(&self, a: &CursorOf<S>, b: &CursorOf<S>) -> Ordering {
        let values = a.values.iter().zip(&b.values).zip(&self.query.sort);
        let by_value = values.map(|((a, b), (_, direction))| match direction {
            Direction::Forward => a.cmp(b),
            Direction::Reverse => b.cmp(a),
        });
        by_value
            .into_iter()
            .find(|order| order.is_ne())
            .unwrap_or_else(|| a.position.cmp(&b.position))
    }

    fn cursor(&self, record: &S::Record) -> CursorOf<S> {
        let values = self
            .query
            .sort
            .iter()
            .map(|(field, _)| (field.get)(record).to_sorted());
        Cursor {
            values: values.collect(),
            position: S::position(record),
        }
    }

    fn matches(&mut self, record: &S::Record) -> Result<bool, Problem> {
        self.read_one()?;
        let filter = &self.query.filter;
        if !filter.holds(record) {
            return Ok(false);
        }
        filter.variables_hold(self.place.rows(), record, &mut || self.read_one())
    }

    fn read_one(&mut self) -> Result<(), Problem> {
        self.read += 1;
        if self.read > self.limits.scanned_rows {
            return Err(Problem::invalid(format!(
                "this search would read more than {} rows; narrow its filter, to a process \
                 instance or a process definition for example",
                self.limits.scanned_rows
            )));
        }
        Ok(())
    }

    fn weigh(&self, weight: &mut usize, record: &S::Record) -> Result<(), Problem> {
        *weight += S::weight(record);
        if *weight > self.limits.page_bytes {
            return Err(Problem::invalid(format!(
                "the values on this page have more than {} bytes; ask for a smaller page.limit",
                self.limits.page_bytes
            )));
        }
        Ok(())
    }
}

fn reversed(direction: Direction) -> Direction {
    match direction {
        Direction::Forward => Direction::Reverse,
        Direction::Reverse => Direction::Forward,
    }
}
