//! The report of one run, as JSON and as Markdown.

use serde_json::{Value, json};

use super::{Figures, Goal, goals, markdown};

/// Where a run took place.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// Processors.
    pub processors: usize,
    /// Bytes of memory.
    pub memory: u64,
    /// The load average of the last minute, before and after the run: what else ran beside it.
    pub load: (f64, f64),
}

/// Everything that a run found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// `full`, `quick` or `smallest`, and what that means for the sizes.
    pub mode: String,
    /// Where it took place.
    pub machine: Machine,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What is missing in this report, and why. Told before anything else.
    pub missing: Vec<String>,
    /// How it was measured.
    pub notes: Vec<String>,
    /// What was measured.
    pub figures: Vec<Figures>,
}

impl Report {
    /// Every goal with what this run says about it.
    pub fn goals(&self) -> Vec<Goal> {
        goals::of(&self.figures)
    }

    /// The report as JSON.
    pub fn to_json(&self) -> Value {
        let figures = self.figures.iter().map(Figures::to_json);
        json!({
            "mode": self.mode,
            "machine": {
                "processors": self.machine.processors,
                "memoryBytes": self.machine.memory,
                "loadBefore": self.machine.load.0,
                "loadAfter": self.machine.load.1,
            },
            "seconds": self.seconds,
            "missing": self.missing,
            "notes": self.notes,
            "figures": figures.collect::<Vec<_>>(),
            "goals": self.goals().iter().map(Goal::to_json).collect::<Vec<_>>(),
        })
    }

    /// The report as Markdown.
    pub fn to_markdown(&self) -> String {
        markdown::write(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::figures::COLUMNS;

    fn report() -> Report {
        Report {
            mode: "quick: smaller numbers".into(),
            missing: vec!["Restate: npm is not there".into()],
            notes: vec!["systems take turns".into()],
            figures: vec![Figures {
                scenario: "a".into(),
                system: "Anyam".into(),
                connections: 256,
                completed: 1_000,
                seconds: 2.0,
                p50_ms: Some(1.5),
                note: "with | in it".into(),
                ..Figures::default()
            }],
            ..Report::default()
        }
    }

    #[test]
    fn the_markdown_has_every_column_and_says_what_is_missing_first() {
        let text = report().to_markdown();
        for column in COLUMNS {
            assert!(text.contains(&format!(" {column} |")), "{column}: {text}");
        }
        let missing = text.find("Restate: npm is not there").expect("it is told");
        assert!(
            missing < text.find("| scenario").expect("a table"),
            "{text}"
        );
        assert!(text.contains("quick: smaller numbers"), "{text}");
        let row = text
            .lines()
            .find(|line| line.starts_with("| a |"))
            .expect("a row");
        assert!(row.contains("| 500 |") && row.contains("| 1.50 |"), "{row}");
        // What is not known is a dash, and a bar in a note is no column.
        assert!(row.contains("| – |"), "{row}");
        assert_eq!(row.matches(" | ").count(), COLUMNS.len() - 1, "{row}");
    }

    #[test]
    fn json_and_markdown_tell_the_same_goals() {
        let report = report();
        let (json, text) = (report.to_json(), report.to_markdown());
        let goals = json["goals"].as_array().expect("goals");
        assert_eq!(goals.len(), report.goals().len());
        for goal in goals {
            let what = goal["what"].as_str().expect("a goal says what");
            assert!(text.contains(what), "{what}");
        }
        assert_eq!(json["figures"][0]["perSecond"], 500.0);
    }
}
