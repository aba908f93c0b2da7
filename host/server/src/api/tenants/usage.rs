//! What a tenant used.

use anyam_store::records::{InstanceUsage, StepUsage};
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::setting;
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::path::{InPath, InQuery};
use crate::api::problem::Problem;
use crate::api::time::Time;
use crate::runtime::usage::{self, Usage};

/// The days that are meant, in UTC, both included.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Days {
    /// The first day, such as `2026-01-31`; 30 days before the last where absent.
    #[param(format = Date)]
    from: Option<String>,
    /// The last day; today where absent.
    #[param(format = Date)]
    to: Option<String>,
}

/// What a tenant used. Every number is exact: it was stored together with what it counts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TenantUsageResult {
    tenant_id: String,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// The days on which there was anything, in order.
    days: Vec<DayUsage>,
    /// All of these days together.
    total: Amounts,
    /// All of these days together, by step and version.
    steps: Vec<StepAmounts>,
}

/// What was used on one day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DayUsage {
    /// The day, in UTC.
    date: String,
    #[serde(flatten)]
    amounts: Amounts,
    /// By step and version.
    steps: Vec<StepAmounts>,
}

/// What process instances did.
#[derive(Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Amounts {
    instances_started: u64,
    instances_completed: u64,
    instances_terminated: u64,
    /// Transitions that were stored; one may hold many elements.
    transitions: u64,
    /// Bytes of keys and values that transitions wrote.
    bytes_stored: u64,
}

/// What the calls of one version of a step used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StepAmounts {
    /// Empty where a task's step was not there any more.
    name: String,
    version: String,
    calls: u64,
    failures: StepFailures,
    /// Processor time.
    cpu_micros: u64,
    wall_micros: u64,
    /// How long the calls waited for a place.
    queue_micros: u64,
    /// The most memory that one call held.
    memory_peak_bytes: u64,
    http_requests: u64,
    /// Bytes sent over HTTP.
    bytes_out: u64,
    /// Bytes received over HTTP.
    bytes_in: u64,
}

/// Calls that had no output, by why.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StepFailures {
    bpmn_errors: u64,
    retryable: u64,
    permanent: u64,
}

impl Amounts {
    fn add(&mut self, row: &InstanceUsage) {
        self.instances_started += row.started;
        self.instances_completed += row.completed;
        self.instances_terminated += row.terminated;
        self.transitions += row.transitions;
        self.bytes_stored += row.bytes_stored;
    }
}

impl StepAmounts {
    fn new(row: &StepUsage) -> Self {
        Self {
            name: row.step.clone(),
            version: row.version.clone(),
            calls: row.calls,
            failures: StepFailures {
                bpmn_errors: row.bpmn_errors,
                retryable: row.retryable,
                permanent: row.permanent,
            },
            cpu_micros: row.cpu_micros,
            wall_micros: row.wall_micros,
            queue_micros: row.queue_micros,
            memory_peak_bytes: row.memory_peak_bytes,
            http_requests: row.http_requests,
            bytes_out: row.bytes_out,
            bytes_in: row.bytes_in,
        }
    }
}

/// Get what a tenant used, by day and by step.
#[utoipa::path(get, path = "/v2/tenants/{tenantId}/usage", tag = "Tenants",
    params(("tenantId" = String, Path), Days),
    responses((status = 200, body = TenantUsageResult)))]
pub async fn get_usage(
    State(api): State<Api>,
    InPath([name]): InPath<1>,
    InQuery(days): InQuery<Days>,
) -> Answer {
    let tenant = setting::tenant(&api, name.clone())?;
    let limits = api.limits();
    let to = match days.to {
        Some(text) => number("to", &text)?,
        None => usage::day(api.runtime.now().0),
    };
    let from = match days.from {
        Some(text) => number("from", &text)?,
        None => to.saturating_sub(30),
    };
    if from > to || to - from >= limits.usage_days {
        return Err(Problem::invalid(format!(
            "from and to: the first day must not be after the last, and there may be at most {} \
             days",
            limits.usage_days
        )));
    }
    let (runtime, most) = (api.runtime.clone(), limits.usage_rows);
    let read = tokio::task::spawn_blocking(move || runtime.usage(tenant, (from, to), most));
    let used = read.await.map_err(Problem::internal)??;
    answer::json(&result(name, (from, to), &used))
}

fn result(tenant_id: String, (from, to): (u32, u32), used: &Usage) -> TenantUsageResult {
    let mut total = Amounts::default();
    let mut days = Vec::new();
    let mut steps = std::collections::BTreeMap::<_, StepUsage>::new();
    for row in &used.steps {
        let key = (&row.step, &row.version);
        steps.entry(key).or_insert_with(|| row.nothing()).merge(row);
    }
    for row in &used.instances {
        total.add(row);
        let mut amounts = Amounts::default();
        amounts.add(row);
        let of_day = used.steps.iter().filter(|step| step.day == row.day);
        days.push(DayUsage {
            date: date(row.day),
            amounts,
            steps: of_day.map(StepAmounts::new).collect(),
        });
    }
    TenantUsageResult {
        tenant_id,
        from: date(from),
        to: date(to),
        days,
        total,
        steps: steps.values().map(StepAmounts::new).collect(),
    }
}

fn number(name: &str, text: &str) -> Result<u32, Problem> {
    let days = text.parse::<Date>().ok().and_then(|date| {
        let since = date.since(Date::constant(1970, 1, 1)).ok()?;
        u32::try_from(since.get_days()).ok()
    });
    days.ok_or_else(|| {
        Problem::invalid(format!(
            "{name}: it must be a day since 1970 such as 2026-01-31"
        ))
    })
}

fn date(day: u32) -> String {
    let mut text = Time(usage::begin(day)).to_string();
    text.truncate("2026-01-31".len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_fit_together() {
        for (text, day) in [
            ("1970-01-01", 0),
            ("2000-03-01", 11_017),
            ("2026-11-25", 20_782),
        ] {
            assert_eq!(number("to", text).unwrap(), day);
            assert_eq!(date(day), text);
        }
        assert!(number("to", "1969-12-31").is_err());
    }
}
