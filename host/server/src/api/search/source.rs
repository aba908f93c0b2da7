//! Where the rows of a search come from, in an order that pages can go on in.

use anyam_store::{Direction, Result};

/// Rows in an order, one after the other.
pub type Rows<'r, R> = Box<dyn Iterator<Item = Result<R>> + 'r>;

/// Opens the rows in a direction, those behind a position where one is given.
type Open<'r, R, P> = Box<dyn Fn(Direction, Option<P>) -> Rows<'r, R> + 'r>;

/// A scan or index that holds every row a filter may let through.
pub struct Source<'r, R, P = [u64; 2]> {
    open: Open<'r, R, P>,
    /// Whether the rows come in the order of their keys.
    pub by_key: bool,
}

impl<'r, R: 'r, P: Ord + 'r> Source<'r, R, P> {
    /// Rows that come in the order of their keys.
    pub fn by_key(open: impl Fn(Direction, Option<P>) -> Rows<'r, R> + 'r) -> Self {
        Self {
            open: Box::new(open),
            by_key: true,
        }
    }

    /// Rows in an order of their own.
    pub fn own_order(open: impl Fn(Direction, Option<P>) -> Rows<'r, R> + 'r) -> Self {
        Self {
            open: Box::new(open),
            by_key: false,
        }
    }

    /// A few rows, in the order of their positions.
    pub fn few(mut rows: Vec<R>, position: fn(&R) -> P) -> Self
    where
        R: Clone,
    {
        rows.sort_by_key(position);
        let by_key = rows.len() <= 1;
        let open = move |direction, after: Option<P>| -> Rows<'r, R> {
            let behind = |row: &R| match (&after, direction) {
                (None, _) => true,
                (Some(after), Direction::Forward) => position(row) > *after,
                (Some(after), Direction::Reverse) => position(row) < *after,
            };
            let mut rows: Vec<R> = rows.iter().filter(|row| behind(row)).cloned().collect();
            if direction == Direction::Reverse {
                rows.reverse();
            }
            Box::new(rows.into_iter().map(Ok))
        };
        Self {
            open: Box::new(open),
            by_key,
        }
    }

    /// Those of the rows that `keep` says yes to.
    pub fn only(self, keep: impl Fn(&R) -> Result<bool> + Clone + 'r) -> Self {
        let Self { open, by_key } = self;
        let open = move |direction, after: Option<P>| -> Rows<'r, R> {
            let keep = keep.clone();
            Box::new(open(direction, after).filter_map(move |row| match row {
                Ok(row) => match keep(&row) {
                    Ok(kept) => kept.then_some(Ok(row)),
                    Err(error) => Some(Err(error)),
                },
                Err(error) => Some(Err(error)),
            }))
        };
        Self {
            open: Box::new(open),
            by_key,
        }
    }

    /// The rows in a direction, those behind `after` where it is given.
    pub fn rows(&self, direction: Direction, after: Option<P>) -> Rows<'r, R> {
        (self.open)(direction, after)
    }
}

impl<'r, R: 'r> Source<'r, R> {
    /// The rows of several prefixes, which are the first part of their positions and sorted.
    pub fn chained(
        prefixes: Vec<u64>,
        open: impl Fn(u64, Direction, Option<[u64; 2]>) -> Rows<'r, R> + Clone + 'r,
    ) -> Self {
        let by_key = prefixes.len() <= 1;
        let chain = move |direction, after: Option<[u64; 2]>| -> Rows<'r, R> {
            let mut prefixes = prefixes.clone();
            if direction == Direction::Reverse {
                prefixes.reverse();
            }
            let reached = move |prefix: &u64| match (after, direction) {
                (None, _) => true,
                (Some([first, _]), Direction::Forward) => *prefix >= first,
                (Some([first, _]), Direction::Reverse) => *prefix <= first,
            };
            let open = open.clone();
            Box::new(
                prefixes
                    .into_iter()
                    .filter(reached)
                    .flat_map(move |prefix| {
                        open(
                            prefix,
                            direction,
                            after.filter(|[first, _]| *first == prefix),
                        )
                    }),
            )
        };
        Self {
            open: Box::new(chain),
            by_key,
        }
    }
}

/// Goes on behind a position in a scan, where there is one.
#[macro_export]
#[doc(hidden)]
macro_rules! scan_after {
    ($scan:expr, $after:expr, |$position:pat_param| $key:expr) => {
        match $after {
            Some($position) => {
                Box::new($scan.after(&$key)) as $crate::api::search::source::Rows<'_, _>
            }
            None => Box::new($scan) as $crate::api::search::source::Rows<'_, _>,
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(
        source: &Source<'_, [u64; 2]>,
        direction: Direction,
        after: Option<[u64; 2]>,
    ) -> Vec<u64> {
        source
            .rows(direction, after)
            .map(|row| row.unwrap()[1])
            .collect()
    }

    #[test]
    fn a_chain_goes_on_behind_a_position_in_both_directions() {
        let all = [[1, 10], [1, 30], [2, 20], [4, 5]];
        let source = Source::chained(vec![1, 2, 4], move |prefix, direction, after| {
            let rows: Vec<_> = all.iter().copied().filter(|row| row[0] == prefix).collect();
            Source::few(rows, |row| *row).rows(direction, after)
        });
        assert!(!source.by_key);
        assert_eq!(of(&source, Direction::Forward, None), [10, 30, 20, 5]);
        assert_eq!(of(&source, Direction::Reverse, None), [5, 20, 30, 10]);
        assert_eq!(of(&source, Direction::Forward, Some([1, 10])), [30, 20, 5]);
        assert_eq!(of(&source, Direction::Reverse, Some([2, 20])), [30, 10]);
        assert_eq!(of(&source, Direction::Forward, Some([3, 0])), [5]);
    }
}
