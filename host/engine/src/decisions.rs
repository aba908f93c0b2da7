//! Decisions that business rule tasks call.

use std::sync::Arc;

use anyam_bpmn::graph::{Binding, CalledDecision};
use anyam_feel::dmn::{self, Evaluated, Failed, Model};
use anyam_feel::{Cost, Data, EvaluationError, Now};

use crate::evaluation::{Request, Response};
use crate::execution::{Execution, Stop};
use crate::key::{DecisionEvaluationKey, DecisionKey, ElementInstanceKey};
use crate::transition::{DecisionRecord, Event, IncidentKind};
use crate::value::Json;

/// A version of a decision.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Its key.
    pub key: DecisionKey,
    /// Its id in the model.
    pub id: Box<str>,
    /// The model it stands in.
    pub model: Arc<Model>,
}

/// Where the engine finds decisions.
pub trait Decisions {
    /// The version of a decision that the process means. The same question within one command must
    /// get the same answer, also where the command is applied again after
    /// [`crate::Outcome::Evaluate`].
    ///
    /// # Errors
    /// Why there is none, in a sentence for an incident.
    fn find(&self, id: &str, binding: &Binding) -> Result<Decision, String>;
}

/// No decisions at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDecisions;

impl Decisions for NoDecisions {
    fn find(&self, id: &str, _: &Binding) -> Result<Decision, String> {
        Err(format!("there is no decision '{id}'"))
    }
}

impl Execution<'_> {
    /// Makes a decision with the variables that `at` sees.
    pub(crate) fn decide(
        &mut self,
        at: ElementInstanceKey,
        called: &CalledDecision,
    ) -> Result<Json, Stop> {
        let id = self.text(&called.decision_id, at, "decisionId")?;
        let decision = self
            .decisions
            .find(&id, &called.binding)
            .map_err(|why| Stop::Incident(IncidentKind::CalledDecisionError, why))?;
        let missing = || {
            let why = format!("the decision '{id}' is not in its model");
            Stop::Incident(IncidentKind::CalledDecisionError, why)
        };
        let names = decision.model.names(&decision.id).ok_or_else(missing)?;
        let seed = self.next_seed();
        let mut data = Data::new();
        data.seed(seed);
        let mut bytes = 0;
        for name in &names {
            if let Some(value) = self.instance.visible(at, name) {
                bytes += value.as_str().len();
                data.insert(name, value.as_str());
            }
        }
        let now = Now(self.now.0);
        let request = dmn::Request::new(decision.model.clone(), &decision.id, &data, now);
        let request = request.ok_or_else(missing)?;
        self.charge(bytes)?;
        let result = match request.cost() {
            Cost::Inline => dmn::evaluate(&request),
            Cost::Isolated => match self.isolated(Request::Decision(request))? {
                Response::Decision(result) => result,
                Response::Expression(_) => Err(Box::new(Failed {
                    decision_id: decision.id.clone(),
                    decision_name: decision.id.clone(),
                    error: EvaluationError::Internal("it was answered as an expression".into()),
                    decisions: Vec::new(),
                })),
            },
        };
        self.tell(at, decision.key, result.clone());
        match result {
            Ok(Evaluated { output, .. }) => Ok(Json::from_valid(output)),
            Err(failed) => Err(Stop::Incident(
                IncidentKind::DecisionEvaluationError,
                failed.to_string(),
            )),
        }
    }

    fn tell(
        &mut self,
        at: ElementInstanceKey,
        decision: DecisionKey,
        result: Result<Evaluated, Box<Failed>>,
    ) {
        let record = DecisionRecord {
            key: DecisionEvaluationKey(self.next_key()),
            decision,
            element: self.element(at).node,
            element_instance: at,
            evaluated_at: self.now,
            result,
        };
        self.out
            .events
            .push(Event::DecisionEvaluated(Box::new(record)));
    }
}
