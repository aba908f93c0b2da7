//! Decisions that a request asks for.

use std::sync::Arc;

use anyam_engine::value::Variables;
use anyam_feel::dmn;
use anyam_feel::{Data, Now};
use anyam_store::records::{BlockOwner, Decision, DecisionInstance};
use anyam_store::{Batch, TenantId};

use super::instances::{self, Origin};
use super::{DecisionModel, lookup};
use crate::error::{Error, Result};
use crate::runtime::{Inner, Runtime, commit};

/// Which decision to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecisionSelector {
    /// The latest version of an id.
    Latest(String),
    /// One version, by its key.
    Key(u64),
}

/// A decision that was asked for, and what became of it.
#[derive(Debug)]
pub struct EvaluatedDecisions {
    /// Key of the evaluation.
    pub key: u64,
    /// Milliseconds since 1970, UTC.
    pub evaluated_at: i64,
    /// The decision.
    pub decision: Decision,
    /// Its result as JSON text; `None` where there is none.
    pub output: Option<Box<str>>,
    /// Every decision that was made, as stored; the failed one is the last.
    pub made: Vec<DecisionInstance>,
}

impl Runtime {
    /// Makes a decision outside any process and stores what became of it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown decision, and overload. A decision without a result is no
    /// error of this.
    pub async fn evaluate_decision(
        &self,
        tenant: TenantId,
        selector: &DecisionSelector,
        variables: &Variables,
    ) -> Result<EvaluatedDecisions> {
        let inner = &self.inner;
        let _waiting = inner.start_waiting()?;
        let decision = find(inner, tenant, selector)?;
        let model = inner.decision_model(tenant, &decision)?;
        let mut data = Data::new();
        for (name, value) in variables {
            data.insert(name, value.as_str());
        }
        data.seed(inner.seed());
        let now = inner.now();
        let request = dmn::Request::new(
            model.model.clone(),
            &decision.decision_id,
            &data,
            Now(now.0),
        );
        let request = request.ok_or_else(|| {
            Error::Internal(format!("decision {} is not in its model", decision.key))
        })?;
        let work = move || dmn::evaluate(&request);
        let result = inner.evaluation.on_a_thread(tenant, work).await;
        let result =
            result.map_err(|error| Error::Internal(format!("an evaluation failed: {error}")))?;
        let key = inner.database.next_block();
        let origin = Origin::of_request(key, now.0);
        let made = instances::rows(&origin, &model, &decision, &result);
        let mut batch = Batch::new();
        batch.system().put(&BlockOwner {
            block: key,
            tenant: tenant.0,
            instance: key,
        });
        for row in &made {
            batch.tenant(tenant).put(row);
        }
        commit(&inner.database, batch).await?;
        Ok(EvaluatedDecisions {
            key,
            evaluated_at: now.0,
            decision,
            output: result.ok().map(|evaluated| evaluated.output),
            made,
        })
    }
}

fn find(inner: &Inner, tenant: TenantId, selector: &DecisionSelector) -> Result<Decision> {
    let reader = inner.database.read()?;
    let rows = reader.tenant(tenant);
    let (found, what) = match selector {
        DecisionSelector::Latest(id) => (lookup::latest(rows, id)?, format!("decision '{id}'")),
        DecisionSelector::Key(key) => (
            rows.get::<Decision>(key)?
                .filter(|decision| !decision.deleted),
            format!("decision definition {key}"),
        ),
    };
    found.ok_or_else(|| Error::NotFound(format!("the tenant has no {what}")))
}

impl Inner {
    /// The model that a decision belongs to.
    pub(in crate::runtime) fn decision_model(
        &self,
        tenant: TenantId,
        decision: &Decision,
    ) -> Result<Arc<DecisionModel>> {
        let limits = || self.limits_of_stored(tenant);
        self.decisions
            .model(&self.database, &limits, tenant, decision)
    }
}
