//! A component of typed functions, ready to be called.

use std::future::Future;

use anyam_sandbox::{
    Access, CallContext, CallRequest, Failure, Function, Inspection, Limits, Step,
};
use serde_json::Value;

use crate::support::library::Library;
use crate::support::{Bench, bench};

/// What comes of a component.
pub trait Made {
    fn inspect(&self, bench: &Bench) -> Inspection;
    fn step(&self) -> impl Future<Output = Ready>;
}

impl Made for Library {
    fn inspect(&self, bench: &Bench) -> Inspection {
        let limits = Limits::default();
        bench.sandbox.inspect(&self.build(), &limits).unwrap()
    }

    async fn step(&self) -> Ready {
        Ready::of(bench().step(self.build()).await)
    }
}

/// A component, ready to be called.
pub struct Ready {
    pub step: Step,
}

impl Ready {
    pub fn of(step: Step) -> Self {
        Self { step }
    }

    pub async fn call_as(
        &self,
        function: Option<&str>,
        input: &str,
        (context, limits): (&CallContext, &Limits),
    ) -> Result<String, Failure> {
        let request = CallRequest {
            context,
            function,
            input,
            access: &Access::nothing(),
            limits,
            reuse: 1,
        };
        self.step.call(request).await.outcome
    }

    pub async fn call(&self, function: &str, input: &str) -> Result<String, Failure> {
        let context = crate::support::context();
        self.call_as(Some(function), input, (&context, &Limits::default()))
            .await
    }

    /// What a function hands back for a value.
    pub async fn pass(&self, function: &str, value: &str) -> Result<Value, Failure> {
        let output = self
            .call(function, &format!("{{\"value\":{value}}}"))
            .await?;
        let output: Value = serde_json::from_str(&output).unwrap();
        Ok(output["result"][1].clone())
    }

    /// The text of the permanent failure that a value ends with.
    pub async fn misfit(&self, function: &str, value: &str) -> String {
        permanent(self.pass(function, value).await)
    }
}

/// The text of a permanent failure.
pub fn permanent<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> String {
    match outcome {
        Err(Failure::Permanent { message }) => message,
        other => panic!("a permanent failure was expected and not {other:?}"),
    }
}

/// The function of that name.
pub fn function<'a>(functions: &'a [Function], name: &str) -> &'a Function {
    functions
        .iter()
        .find(|function| function.name == name)
        .unwrap()
}

/// Runs what tests with many cases do, each to its end.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}
