//! The bounds that an operator may set for one tenant apart from the others.
//!
//! One table names every such bound with its place in [`Limits`] and the most that a tenant may be
//! given. `Inner::limits_of` is where everything that works for a tenant gets its bounds from.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyam_sandbox::Sandbox;
use anyam_store::TenantId;
use serde_json::{Map, Value};

use super::settings::names::LIMITS;
use super::{Inner, Runtime};
use crate::error::{Error, Result};
use crate::limits::Limits;

/// A bound as a whole number: bytes, a count, or milliseconds.
trait Amount {
    fn number(&self) -> u64;
    fn set(&mut self, number: u64);
}

impl Amount for u64 {
    fn number(&self) -> u64 {
        *self
    }

    fn set(&mut self, number: u64) {
        *self = number;
    }
}

impl Amount for usize {
    fn number(&self) -> u64 {
        *self as u64
    }

    fn set(&mut self, number: u64) {
        *self = Self::try_from(number).unwrap_or(Self::MAX);
    }
}

impl Amount for u32 {
    fn number(&self) -> u64 {
        u64::from(*self)
    }

    fn set(&mut self, number: u64) {
        *self = Self::try_from(number).unwrap_or(Self::MAX);
    }
}

impl Amount for Duration {
    fn number(&self) -> u64 {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX)
    }

    fn set(&mut self, number: u64) {
        *self = Self::from_millis(number);
    }
}

/// One bound of the table.
struct Field {
    /// `group.member`, as it is in JSON.
    name: &'static str,
    /// The most that a tenant may be given, unless the operator's own bound for all is higher.
    most: u64,
    get: fn(&Limits) -> u64,
    set: fn(&mut Limits, u64),
    /// Whether it decides if a model or component is taken in, so that what is stored already is
    /// read without it.
    at_deployment: bool,
}

macro_rules! fields {
    ($($name:literal $group:ident.$($member:ident).+ <= $most:expr $(, $at:ident)?;)*) => {
        &[$(Field {
            name: $name,
            most: $most,
            get: |limits| limits.$group.$($member).+.number(),
            set: |limits, number| limits.$group.$($member).+.set(number),
            at_deployment: fields!(@at $($at)?),
        }),*]
    };
    (@at) => { false };
    (@at deployment) => { true };
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;
const DAY: u64 = 24 * HOUR;

/// Every bound that may be set for a tenant.
const FIELDS: &[Field] = fields![
    "step.componentBytes" step.component_bytes <= GIB;
    "step.componentFunctions" step.component_functions <= 5_000_000;
    "step.compileTimeMs" step.compile_time <= HOUR;
    "step.compileMemoryBytes" step.compile_memory_bytes <= 64 * GIB;
    "step.artifactBytes" step.artifact_bytes <= 4 * GIB;
    "step.queueTimeMs" step.queue_time <= HOUR;
    "step.callTimeMs" step.call_time <= DAY;
    "step.cpuTimeMs" step.cpu_time <= HOUR;
    "step.hostCalls" step.host_calls <= 1 << 40;
    "step.memoryBytes" step.memory_bytes <= 16 * GIB;
    "step.tableElements" step.table_elements <= 10_000_000;
    "step.instances" step.instances <= 10_000;
    "step.tables" step.tables <= 1_000;
    "step.memories" step.memories <= 100;
    "step.handles" step.handles <= 1_000_000;
    "step.inputBytes" step.input_bytes <= 64 * MIB;
    "step.outputBytes" step.output_bytes <= 64 * MIB;
    "step.jsonDepth" step.json_depth <= 128;
    "step.errorCodeBytes" step.error_code_bytes <= 4 * KIB;
    "step.errorTextBytes" step.error_text_bytes <= MIB;
    "step.retryAfterMs" step.retry_after <= 366 * DAY;
    "step.logBytes" step.log_bytes <= 4 * MIB;
    "step.logLines" step.log_lines <= 100_000;
    "step.storageNameBytes" step.storage_name_bytes <= 1_024;
    "step.storageKeyBytes" step.storage_key_bytes <= 4 * KIB;
    "step.storageReads" step.storage_reads <= 1_000_000;
    "step.storageReadBytes" step.storage_read_bytes <= GIB;
    "step.storageWrites" step.storage_writes <= 10_000;
    "step.storageWriteBytes" step.storage_write_bytes <= 32 * MIB;
    "step.storageListedKeys" step.storage_listed_keys <= 10_000;
    "step.configValueBytes" step.config_value_bytes <= MIB;
    "step.messages" step.messages <= 1_000;
    "step.messageBytes" step.message_bytes <= 4 * MIB;
    "step.typedFunctions" step.typed_functions <= 10_000;
    "step.typedDepth" step.typed_depth <= 32;
    "step.typedNodes" step.typed_nodes <= 100_000;
    "step.typedValues" step.typed_values <= 1 << 22;
    "step.httpRequests" step.http.requests <= 10_000;
    "step.httpConcurrentRequests" step.http.concurrent_requests <= 100;
    "step.httpUrlBytes" step.http.url_bytes <= 64 * KIB;
    "step.httpHeaders" step.http.headers <= 1_000;
    "step.httpHeaderBytes" step.http.header_bytes <= MIB;
    "step.httpRequestBytes" step.http.request_bytes <= GIB;
    "step.httpResponseBytes" step.http.response_bytes <= GIB;
    "step.httpBytesOut" step.http.bytes_out <= 4 * GIB;
    "step.httpBytesIn" step.http.bytes_in <= 4 * GIB;
    "step.httpConnectTimeMs" step.http.connect_time <= HOUR;
    "step.httpFirstByteTimeMs" step.http.first_byte_time <= HOUR;
    "step.httpBetweenBytesTimeMs" step.http.between_bytes_time <= HOUR;
    "step.httpHandles" step.http.handles <= 10_000;
    "step.manifestBytes" step.manifest_bytes <= 4 * MIB;
    "step.manifestErrorCodes" step.manifest_error_codes <= 10_000;
    "model.modelBytes" model.model_bytes <= 64 * MIB, deployment;
    "model.elements" model.elements <= 500_000, deployment;
    "model.flows" model.flows <= 100_000, deployment;
    "model.expressions" model.expressions <= 100_000, deployment;
    "model.textBytes" model.text_bytes <= MIB, deployment;
    "expression.maxSourceBytes" expression.max_source_bytes <= 64 * KIB, deployment;
    "expression.maxTokens" expression.max_tokens <= 16_384, deployment;
    "engine.maxCallDepth" engine.max_call_depth <= 1_000;
    "engine.maxElements" engine.max_elements <= 100_000;
    "engine.maxActivations" engine.max_activations <= 100_000;
    "engine.maxIsolated" engine.max_isolated <= 1_000;
    "engine.maxExpressionBytes" engine.max_expression_bytes <= 256 * MIB;
    "engine.maxStepInputBytes" engine.max_step_input_bytes <= GIB;
    "engine.maxVariableBytes" engine.max_variable_bytes <= 64 * MIB;
    "engine.maxVariables" engine.max_variables <= 100_000;
    "engine.maxCompensations" engine.max_compensations <= 10_000;
    "engine.maxRetries" engine.max_retries <= 100_000;
    "engine.maxBackoffMs" engine.max_backoff_ms <= 366 * DAY;
    "engine.defaultTimeToLiveMs" engine.default_time_to_live_ms <= 30 * DAY;
    "engine.minCycleIntervalMs" engine.min_cycle_interval_ms <= DAY;
    "data.keyValueBytes" data.key_value.bytes <= 1 << 40;
    "data.keyValueKeys" data.key_value.keys <= 1 << 30;
    "data.keyValueValueBytes" data.key_value.value_bytes <= 16 * MIB;
    "data.blobStoreBytes" data.blob_store.bytes <= 1 << 40;
    "data.blobStoreKeys" data.blob_store.keys <= 1 << 30;
    "data.blobStoreValueBytes" data.blob_store.value_bytes <= 16 * MIB;
    "runtime.queuedPerTenant" runtime.queued_per_tenant <= 100_000;
    "runtime.runningPerTenant" runtime.running_per_tenant <= 1_000;
    "runtime.stepsPerTenant" runtime.steps_per_tenant <= 1_000;
    "runtime.retentionMs" runtime.retention <= 36_500 * DAY;
    "runtime.deployedDecisions" runtime.deployed_decisions <= 10_000;
    "runtime.deployedProcesses" runtime.deployed_processes <= 1_000;
];

impl Field {
    /// The most that a tenant may be given here: what the operator gives everybody, or what the
    /// table says, but never more than the sandbox can hold.
    fn ceiling(&self, base: &Limits, sandbox: &Sandbox) -> u64 {
        let held = sandbox.largest();
        let held = match self.name {
            "step.memoryBytes" => held.memory_bytes.number(),
            "step.tableElements" => held.table_elements.number(),
            "step.instances" => held.instances.number(),
            "step.tables" => held.tables.number(),
            "step.memories" => held.memories.number(),
            _ => u64::MAX,
        };
        let operator = base.ceilings.0.get(self.name).copied();
        operator
            .unwrap_or(self.most.max((self.get)(base)))
            .min(held)
    }
}

/// What is the most that a tenant may be given, by the bound's name such as `step.memoryBytes`;
/// for a bound that is absent the default of the table counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ceilings(pub BTreeMap<String, u64>);

/// What differs for a tenant: a number for each bound's name.
pub type Overrides = BTreeMap<&'static str, u64>;

/// Reads what differs for a tenant from a JSON object of groups.
///
/// # Errors
/// [`Error::Invalid`] naming the member.
pub fn parse(text: &str, base: &Limits, sandbox: &Sandbox) -> Result<Overrides> {
    let invalid = |what: String| Error::Invalid(format!("the limits are refused: {what}"));
    let groups: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
    let mut overrides = Overrides::new();
    for (group, members) in &groups {
        let Value::Object(members) = members else {
            return Err(invalid(format!("{group}: it must be an object of bounds")));
        };
        for (member, value) in members {
            let name = format!("{group}.{member}");
            let Some(field) = FIELDS.iter().find(|field| field.name == name) else {
                return Err(invalid(format!(
                    "{name}: there is no such bound; GET shows those there are"
                )));
            };
            let ceiling = field.ceiling(base, sandbox);
            match value.as_u64() {
                Some(number) if (1..=ceiling).contains(&number) => {
                    overrides.insert(field.name, number);
                }
                _ => {
                    return Err(invalid(format!(
                        "{name}: it must be a whole number from 1 to {ceiling}"
                    )));
                }
            }
        }
    }
    Ok(overrides)
}

/// Bounds as a JSON object of groups.
fn to_json(numbers: impl Iterator<Item = (&'static str, u64)>) -> Map<String, Value> {
    let mut groups = Map::new();
    for (name, number) in numbers {
        let (group, member) = name.split_once('.').unwrap_or(("", name));
        let members = groups
            .entry(group)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(members) = members {
            members.insert(member.to_owned(), number.into());
        }
    }
    groups
}

/// The operator's bounds with what differs for a tenant.
fn apply(base: &Limits, overrides: &Overrides) -> Limits {
    let mut limits = base.clone();
    for field in FIELDS {
        if let Some(number) = overrides.get(field.name) {
            (field.set)(&mut limits, *number);
        }
    }
    limits
}

/// A tenant's bounds as they are shown.
pub struct Shown {
    /// What differs from the operator's.
    pub overrides: Map<String, Value>,
    /// What is in force.
    pub effective: Map<String, Value>,
    /// The most that may be set.
    pub ceilings: Map<String, Value>,
}

impl Runtime {
    /// A tenant's bounds; those of every tenant where it has nothing of its own.
    ///
    /// # Errors
    /// The store's.
    pub fn shown_limits(&self, tenant: TenantId) -> Result<Shown> {
        let inner = &self.inner;
        let (base, sandbox) = (&inner.limits, inner.steps.sandbox());
        let overrides = match inner.settings.get(tenant, LIMITS)? {
            Some(text) => parse(&text, base, sandbox)?,
            None => Overrides::new(),
        };
        let effective = inner.limits_of(tenant);
        let all = |number: &dyn Fn(&Field) -> u64| {
            to_json(FIELDS.iter().map(|field| (field.name, number(field))))
        };
        Ok(Shown {
            effective: all(&|field| (field.get)(&effective)),
            ceilings: all(&|field| field.ceiling(base, sandbox)),
            overrides: to_json(overrides.into_iter()),
        })
    }

    /// Sets what differs for a tenant, which is made where it is new; `None` for nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the member; as [`Runtime::put_setting`].
    pub async fn put_limits(&self, tenant: &str, text: &str) -> Result<TenantId> {
        let inner = &self.inner;
        let overrides = parse(text, &inner.limits, inner.steps.sandbox())?;
        let text = Value::Object(to_json(overrides.into_iter())).to_string();
        self.put_setting(tenant, LIMITS, text).await?;
        let tenant = inner.tenants.known(tenant)?;
        inner.share_out(tenant);
        Ok(tenant)
    }

    /// Gives a tenant the bounds of every tenant again.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete_limits(&self, tenant: TenantId) -> Result<()> {
        self.inner.settings.delete(tenant, LIMITS).await?;
        self.inner.share_out(tenant);
        Ok(())
    }
}

impl Inner {
    /// The bounds of a tenant.
    pub(super) fn limits_of(&self, tenant: TenantId) -> Arc<Limits> {
        let settings = match self.settings.of(tenant) {
            Ok(settings) => settings,
            Err(error) => {
                tracing::error!(%error, "the limits of a tenant cannot be read");
                return self.limits.clone();
            }
        };
        let Some(text) = settings.get(LIMITS) else {
            return self.limits.clone();
        };
        settings.limits(|| match parse(text, &self.limits, self.steps.sandbox()) {
            Ok(overrides) => Arc::new(apply(&self.limits, &overrides)),
            Err(error) => {
                // Lowered ceilings leave a tenant with what everybody has.
                tracing::warn!(%error, "the stored limits of a tenant are not in force");
                self.limits.clone()
            }
        })
    }

    /// As `Inner::limits_of`, for models that were accepted when they were deployed: bounds that
    /// were lowered since do not make them unreadable.
    pub(super) fn limits_of_stored(&self, tenant: TenantId) -> Limits {
        let mut limits = Limits::clone(&self.limits_of(tenant));
        for field in FIELDS.iter().filter(|field| field.at_deployment) {
            let most = field.ceiling(&self.limits, self.steps.sandbox());
            (field.set)(&mut limits, most.max((field.get)(&self.limits)));
        }
        limits
    }

    /// Brings a tenant's shares of queues and turns to what its bounds say now.
    pub(super) fn share_out(&self, tenant: TenantId) {
        let limits = self.limits_of(tenant);
        let runtime = &limits.runtime;
        for shard in &self.shards {
            shard.share(
                tenant,
                runtime.queued_per_tenant,
                runtime.running_per_tenant,
            );
        }
        self.step_turns.set(tenant, runtime.steps_per_tenant);
    }

    /// Shares out what tenants with bounds of their own have.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn share_out_all(&self) -> Result<()> {
        for tenant in self.tenants.all() {
            if self.settings.get(tenant, LIMITS)?.is_some() {
                self.share_out(tenant);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members of a `Limits` type, from what it prints.
    fn members(printed: &str) -> Vec<String> {
        let inside = printed.split_once('{').unwrap().1;
        let names = inside
            .split([',', '{'])
            .filter_map(|part| part.split_once(": "));
        let names = names.map(|(name, _)| name.trim().to_owned());
        names.collect()
    }

    fn camel(name: &str) -> String {
        let mut parts = name.split('_');
        let mut text = parts.next().unwrap().to_owned();
        for part in parts {
            text += &part[..1].to_uppercase();
            text += &part[1..];
        }
        text
    }

    #[test]
    fn every_bound_of_a_step_may_be_set_for_a_tenant() {
        let printed = format!("{:?}", anyam_sandbox::Limits::default());
        let (of_calls, of_http) = printed.split_once("http: ").unwrap();
        let of_http = members(of_http)
            .into_iter()
            .map(|name| format!("http_{name}"));
        // Components are warmed up where they are built, not on a server.
        let of_calls = members(of_calls).into_iter();
        let of_calls = of_calls.filter(|name| !name.starts_with("warm_up"));
        for member in of_calls.chain(of_http) {
            let name = format!("step.{}", camel(&member));
            let known = FIELDS
                .iter()
                .any(|field| field.name == name || field.name == format!("{name}Ms"));
            assert!(
                known,
                "{name} is not in the table of runtime::tenant_limits"
            );
        }
    }

    #[test]
    fn each_name_sets_what_it_reads_and_nothing_else() {
        let base = Limits::default();
        for field in FIELDS {
            let was = (field.get)(&base);
            assert!(field.most >= was, "{}", field.name);
            let limits = apply(&base, &Overrides::from([(field.name, was + 1)]));
            let differs: Vec<_> = FIELDS
                .iter()
                .filter(|other| (other.get)(&limits) != (other.get)(&base))
                .map(|other| other.name)
                .collect();
            assert_eq!(differs, [field.name]);
            assert_eq!((field.get)(&limits), was + 1);
        }
    }
}
