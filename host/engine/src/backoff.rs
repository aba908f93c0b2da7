//! How long to wait between two attempts at a job.

use crate::time;

/// A list of waits; the last one repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Backoff(Vec<u64>);

impl Backoff {
    /// The task header or property that sets it: ISO 8601 durations, separated by commas.
    pub(crate) const SETTING: &str = "anyam:retry-backoff";
    const MAX_ENTRIES: usize = 100;

    /// Reads the setting.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let waits = text
            .split(',')
            .map(|part| time::fixed_duration_ms(part.trim()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| format!("`{}` is wrong: {error}", Self::SETTING))?;
        if waits.len() > Self::MAX_ENTRIES {
            return Err(format!(
                "`{}` has more than {} durations",
                Self::SETTING,
                Self::MAX_ENTRIES
            ));
        }
        Ok(Self(waits))
    }

    /// The wait in milliseconds after the failed attempt number `attempt` (from 1).
    pub(crate) fn after(&self, attempt: u32) -> u64 {
        let at = (attempt.max(1) - 1) as usize;
        self.0.get(at).or(self.0.last()).copied().unwrap_or(0)
    }

    /// The wait where the model sets none: 1 s, doubled with every attempt.
    pub(crate) fn default_after(attempt: u32) -> u64 {
        1_000u64.saturating_mul(1u64.checked_shl(attempt.max(1) - 1).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_follow_the_list_and_then_its_last() {
        let backoff = Backoff::parse("PT1S, PT5S").expect("valid");
        assert_eq!(
            [1, 2, 3, 9].map(|n| backoff.after(n)),
            [1_000, 5_000, 5_000, 5_000]
        );
        assert!(Backoff::parse("soon").is_err());
        assert!(Backoff::parse("").is_err());
    }

    #[test]
    fn the_number_of_waits_is_bounded() {
        let list = |n: usize| vec!["PT1S"; n].join(",");
        assert!(Backoff::parse(&list(Backoff::MAX_ENTRIES)).is_ok());
        assert!(Backoff::parse(&list(Backoff::MAX_ENTRIES + 1)).is_err());
    }

    #[test]
    fn the_default_doubles_and_does_not_overflow() {
        assert_eq!(
            [1, 2, 3, 11].map(Backoff::default_after),
            [1_000, 2_000, 4_000, 1_024_000]
        );
        assert_eq!(Backoff::default_after(u32::MAX), u64::MAX);
    }
}
