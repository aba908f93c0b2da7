//! Goals as ratios of what one run measured.

use serde_json::{Value, json};

use super::Figures;

/// What a figure or ratio must not pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// It is to be at least so much.
    AtLeast(f64),
    /// It is to be at most so much.
    AtMost(f64),
}

/// One goal, and what came out.
#[derive(Clone, Debug)]
pub struct Goal {
    /// What is compared with what.
    pub what: String,
    /// What it is to be.
    pub bound: Bound,
    /// What it is; none where this run did not measure it.
    pub value: Option<f64>,
    /// What the value is measured in; empty for a ratio.
    pub unit: &'static str,
}

impl Goal {
    /// Whether it is met; none where it was not measured.
    pub fn met(&self) -> Option<bool> {
        let value = self.value?;
        Some(match self.bound {
            Bound::AtLeast(bound) => value >= bound,
            Bound::AtMost(bound) => value <= bound,
        })
    }

    /// `met`, `missed` or `not measured`.
    pub fn outcome(&self) -> &'static str {
        match self.met() {
            Some(true) => "met",
            Some(false) => "missed",
            None => "not measured",
        }
    }

    /// What it is to be, in words.
    pub fn wanted(&self) -> String {
        match self.bound {
            Bound::AtLeast(bound) => format!("at least {bound:.3}{}", self.unit),
            Bound::AtMost(bound) => format!("at most {bound:.3}{}", self.unit),
        }
    }

    /// The goal as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "what": self.what,
            "wanted": self.wanted(),
            "value": self.value,
            "unit": self.unit,
            "outcome": self.outcome(),
        })
    }
}

/// `over / under`; none where one is missing or the second is zero.
pub fn ratio(over: Option<f64>, under: Option<f64>) -> Option<f64> {
    let (over, under) = (over?, under?);
    (under > 0.0).then(|| over / under)
}

/// The figures of one run, to be found by scenario, system and connections.
struct Run<'f>(&'f [Figures]);

impl Run<'_> {
    fn find(&self, scenario: &str, system: &str, connections: usize) -> Option<&Figures> {
        self.0.iter().find(|figures| {
            figures.scenario == scenario
                && figures.system == system
                && figures.connections == connections
        })
    }

    fn get(
        &self,
        (scenario, system, connections): (&str, &str, usize),
        figure: impl Fn(&Figures) -> Option<f64>,
    ) -> Option<f64> {
        figure(self.find(scenario, system, connections)?)
    }

    /// The sum of a figure over all three baselines of an instance of scenario (a).
    fn baselines(&self, figure: impl Fn(&Figures) -> Option<f64>) -> Option<f64> {
        let all = [(AXUM, MANY), (WASMTIME, 0), (REDB, 0)];
        all.iter()
            .map(|(system, connections)| self.get((BASELINE, system, *connections), &figure))
            .sum()
    }

    /// Processor time an instance of one scenario beside that of another, at many connections.
    fn cpu(&self, over: &str, under: &str) -> Option<f64> {
        let cpu = |scenario: &str| self.get((scenario, ANYAM, MANY), Figures::cpu_each);
        ratio(cpu(over), cpu(under))
    }
}

/// The scenario of baselines.
pub const BASELINE: &str = "baseline";
/// The system that is measured.
pub const ANYAM: &str = "Anyam";
/// The peer.
pub const RESTATE: &str = "Restate";
/// The baseline of HTTP.
pub const AXUM: &str = "axum";
/// The baseline of step calls.
pub const WASMTIME: &str = "bare wasmtime";
/// The baseline of commits.
pub const REDB: &str = "bare redb";
/// Connections of a busy system.
pub const MANY: usize = 256;

/// Every goal, with what a run measured.
pub fn of(figures: &[Figures]) -> Vec<Goal> {
    let run = Run(figures);
    let busy = |scenario, figure: fn(&Figures) -> Option<f64>| {
        ratio(
            run.get((scenario, ANYAM, MANY), figure),
            run.get(("a", RESTATE, MANY), figure),
        )
    };
    let alone = ratio(
        run.get(("a", ANYAM, 1), |figures| figures.p50_ms),
        run.get(("a", RESTATE, 1), |figures| figures.p50_ms),
    );
    let seconds_each = |figures: &Figures| ratio(Some(1.0), figures.rate());
    let wall = ratio(
        run.get(("a", ANYAM, MANY), seconds_each),
        run.baselines(seconds_each),
    );
    let cpu = ratio(
        run.get(("a", ANYAM, MANY), Figures::cpu_each),
        run.baselines(Figures::cpu_each),
    );
    let rss = |scenario| {
        run.get((scenario, ANYAM, 0), |figures| {
            figures.peak_rss.map(|bytes| bytes as f64 / 1e6)
        })
    };
    let goal = |what: &str, bound, value, unit| Goal {
        what: what.to_owned(),
        bound,
        value,
        unit,
    };
    use Bound::{AtLeast, AtMost};
    vec![
        goal(
            "(a) at 256 connections: throughput beside Restate's",
            AtLeast(10.0),
            busy("a", Figures::rate),
            "",
        ),
        goal(
            "(a) at 256 connections: p99 beside Restate's",
            AtMost(0.2),
            busy("a", |figures| figures.p99_ms),
            "",
        ),
        goal(
            "(a) at one connection: p50 beside Restate's",
            AtMost(1.0 / 3.0),
            alone,
            "",
        ),
        goal(
            "(a) at 256 connections: 1 / throughput beside the sum of the baselines'",
            AtMost(1.5),
            wall,
            "",
        ),
        goal(
            "(a) at 256 connections: processor time beside the sum of the baselines'",
            AtMost(1.5),
            cpu,
            "",
        ),
        goal(
            "(c) at 256 connections: throughput beside Restate's (a)",
            AtLeast(5.0),
            busy("c", Figures::rate),
            "",
        ),
        goal(
            "processor time an instance: many tenants beside one",
            AtMost(1.2),
            run.cpu("h", "h one"),
            "",
        ),
        goal(
            "processor time an instance: among many parked instances beside ten",
            AtMost(1.2),
            run.cpu("i", "i ten"),
            "",
        ),
        goal(
            "processor time an instance: a model of 1,000 elements beside one of 10",
            AtMost(1.2),
            run.cpu("elements 1000", "elements 10"),
            "",
        ),
        goal(
            "resident memory of an idle server",
            AtMost(60.0),
            rss("idle"),
            " MB",
        ),
        goal(
            "from exec to ready",
            AtMost(150.0),
            run.get(("idle", ANYAM, 0), |figures| figures.p50_ms),
            " ms",
        ),
        goal(
            "processor time of ten idle seconds",
            AtMost(0.0),
            run.get(("idle", ANYAM, 0), |figures| figures.cpu_seconds),
            " s",
        ),
        goal(
            "resident memory of a server started anew among many parked instances, beside idle",
            AtMost(2.0),
            ratio(rss("k in order"), rss("idle")),
            "",
        ),
        goal(
            "resident memory with many parked instances beside idle",
            AtMost(2.0),
            ratio(rss("i memory"), rss("idle")),
            "",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(scenario: &str, system: &str, connections: usize, completed: u64) -> Figures {
        Figures {
            scenario: scenario.to_owned(),
            system: system.to_owned(),
            connections,
            completed,
            seconds: 1.0,
            ..Figures::default()
        }
    }

    fn value<'g>(goals: &'g [Goal], what: &str) -> &'g Goal {
        let found = goals.iter().find(|goal| goal.what.contains(what));
        found.unwrap_or_else(|| panic!("no goal {what}"))
    }

    #[test]
    fn bounds_hold_at_their_edges() {
        let goal = |bound, value| Goal {
            what: String::new(),
            bound,
            value,
            unit: "",
        };
        assert_eq!(goal(Bound::AtLeast(10.0), Some(10.0)).outcome(), "met");
        assert_eq!(goal(Bound::AtLeast(10.0), Some(9.99)).outcome(), "missed");
        assert_eq!(goal(Bound::AtMost(0.2), Some(0.2)).outcome(), "met");
        assert_eq!(goal(Bound::AtMost(0.2), Some(0.21)).outcome(), "missed");
        assert_eq!(goal(Bound::AtMost(0.2), None).outcome(), "not measured");
    }

    #[test]
    fn a_ratio_needs_both_sides() {
        assert_eq!(ratio(Some(6.0), Some(3.0)), Some(2.0));
        assert_eq!(ratio(None, Some(3.0)), None);
        assert_eq!(ratio(Some(6.0), None), None);
        assert_eq!(ratio(Some(6.0), Some(0.0)), None);
    }

    #[test]
    fn the_peer_is_compared_at_the_same_connections() {
        let mut one = figures("a", ANYAM, 1, 400);
        one.p50_ms = Some(2.0);
        let mut peer = figures("a", RESTATE, 1, 200);
        peer.p50_ms = Some(8.0);
        let run = [
            one,
            peer,
            figures("a", ANYAM, 256, 3_000),
            figures("c", ANYAM, 256, 1_000),
            figures("a", RESTATE, 256, 250),
        ];
        let goals = of(&run);
        assert_eq!(
            value(&goals, "throughput beside Restate's").value,
            Some(12.0)
        );
        assert_eq!(value(&goals, "(c) at 256").value, Some(4.0));
        assert_eq!(value(&goals, "p50 beside").value, Some(0.25));
        assert_eq!(value(&goals, "p99 beside").met(), None);
    }

    #[test]
    fn costs_are_compared_with_the_sum_of_all_baselines() {
        let run = [
            figures("a", ANYAM, 256, 1_000),
            figures(BASELINE, AXUM, 256, 4_000),
            figures(BASELINE, WASMTIME, 0, 4_000),
            figures(BASELINE, REDB, 0, 2_000),
        ];
        let goals = of(&run);
        assert_eq!(value(&goals, "1 / throughput").value, Some(1.0));
        // Without one of them there is no sum.
        assert_eq!(value(&of(&run[..3]), "1 / throughput").value, None);
    }

    #[test]
    fn nothing_is_met_that_was_not_measured() {
        assert!(of(&[]).iter().all(|goal| goal.outcome() == "not measured"));
    }
}
