//! Where attacks are run: one sandbox, and on it a neighbour of another tenant.

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyam_sandbox::{CallContext, Failure, Limits, Step, UploadErrorKind};

use crate::attack::{Attack, End};
use crate::support::guest::echo;
use crate::support::{self, Bench, bench_with, context};

/// Calls that run at the same time.
const PLACES: usize = 3;

/// Panics outside of the tests themselves, in whatever task or thread.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let is_assertion = info
                .location()
                .is_some_and(|at| at.file().contains("tests/hostile/"));
            if !is_assertion {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            before(info);
        }));
    });
}

/// A sandbox and the neighbour's step.
pub struct Ground {
    pub bench: Bench,
    neighbour: Step,
}

impl Ground {
    pub async fn new() -> Self {
        count_panics();
        let bench = bench_with(|config| {
            config.concurrent_calls = PLACES;
            config.warm_instances = 2;
        });
        let neighbour = bench.step(echo().build()).await;
        Self { bench, neighbour }
    }

    /// Calls the neighbour's step once.
    async fn neighbour_answers(&self, during: &str) {
        let context = CallContext {
            tenant_id: "neighbour".into(),
            ..context()
        };
        let input = r#"{"order":17}"#;
        let call = support::call(&self.neighbour, &context, input, &Limits::default()).await;
        assert_eq!(call.outcome.as_deref(), Ok(input), "{during}");
    }

    /// Nothing is left of what ran: every place is free, nothing has panicked, the neighbour is
    /// served.
    pub async fn is_well(&self, after: &str) {
        self.neighbour_answers(after).await;
        let mut patience = 2_000;
        while self.bench.sandbox.free_places() != PLACES {
            assert!(patience > 0, "{after}: a place is not given back");
            patience -= 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(PANICS.load(Ordering::SeqCst), 0, "{after}: a panic");
    }

    /// Uploads a component and calls its step, beside the neighbour; how it ended and in which
    /// words.
    pub async fn strike(&self, name: &str, component: &[u8], limits: &Limits) -> (End, String) {
        let upload = self.bench.sandbox.prepare(component.into(), limits);
        let step = match upload.await {
            Ok(step) => step,
            Err(error) => {
                let kind = error.kind();
                assert_ne!(kind, UploadErrorKind::Host, "{name}: {error}");
                assert_ne!(kind, UploadErrorKind::Busy, "{name}: {error}");
                return (End::Refused, error.to_string());
            }
        };
        let call = {
            let limits = limits.clone();
            tokio::spawn(async move { support::call(&step, &context(), "{}", &limits).await })
        };
        loop {
            self.neighbour_answers(name).await;
            if call.is_finished() {
                break;
            }
        }
        let call = call.await.unwrap();
        let last = call.log.last().map(|line| line.text.as_str());
        match call.outcome {
            Ok(output) => (End::Answered, format!("{output} {}", last.unwrap_or(""))),
            Err(failure) => {
                let text = text(failure);
                assert!(text.len() <= limits.error_text_bytes * 2, "{name}: {text}");
                (End::Failed, text)
            }
        }
    }
}

fn text(failure: Failure) -> String {
    match failure {
        Failure::BpmnError { code, message, .. } => format!("BPMN error {code}: {message}"),
        Failure::Retryable { message, .. } | Failure::Permanent { message } => message,
    }
}

/// Runs these attacks one after the other. All are run even where one is not contained.
pub async fn contained(attacks: Vec<Attack>) {
    let ground = Ground::new().await;
    let mut escaped = Vec::new();
    for attack in &attacks {
        let (end, text) = ground
            .strike(attack.name, &attack.component, &attack.limits)
            .await;
        ground.is_well(attack.name).await;
        if end != attack.end || !attack.says.iter().all(|part| text.contains(part)) {
            escaped.push(format!(
                "{}: expected {:?} with {:?}, and it is {end:?}: {text}",
                attack.name, attack.end, attack.says
            ));
        }
    }
    assert!(escaped.is_empty(), "{}", escaped.join("\n"));
}
