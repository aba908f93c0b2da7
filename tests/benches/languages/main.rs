//! What a call of a step costs in each language, beside bare wasmtime: `cargo bench -p anyam-tests
//! --bench languages [-- --quick] [LANGUAGE ...]`.
//!
//! The steps are those of `plugins/parcel-shipping`, built from source, each called with the input
//! of one of its cases. The ways of calling take turns in short rounds, so that none profits from a
//! machine that got quieter. Two figures a way: how long a caller waits, and the processor time of
//! the whole process for a call, which holds what is done beside the call as well.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(missing_docs, reason = "the bindings are generated")]

mod bare;
mod sandboxed;
mod steps;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyam_sandbox::{CompilerCommand, Config, Sandbox};
use rustix::time::{ClockId, clock_gettime};

use steps::Measured;

/// The argument with which this program is the compiler of the sandbox.
const COMPILE: &str = "compile";
/// Calls of each way before it is measured.
const WARM_UP: usize = 20;

/// What was measured of one way of calling.
#[derive(Default)]
struct Figures {
    waits: Vec<Duration>,
    processor: Duration,
}

impl Figures {
    fn median_wait(&mut self) -> f64 {
        self.waits.sort_unstable();
        self.waits[self.waits.len() / 2].as_secs_f64() * 1e6
    }

    fn processor(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.waits.len() as f64
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| first == COMPILE) {
        return anyam_sandbox::compile_main();
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let rounds = if quick { 2 } else { 10 };
    let round = Duration::from_millis(if quick { 100 } else { 300 });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    println!("{HEADING}");
    let chosen = |language: &str| {
        let mut names = arguments
            .iter()
            .skip(1)
            .filter(|name| !name.starts_with("--"));
        names.clone().next().is_none() || names.any(|name| name == language)
    };
    for step in steps::all() {
        if !chosen(step.language) {
            continue;
        }
        // What is done beside a call has a thread of its own.
        println!("{}", runtime.block_on(measure(&step, false, rounds, round)));
        if step.warms_up {
            println!("{}", runtime.block_on(measure(&step, true, rounds, round)));
        }
    }
    println!("{EXPLANATION}");
    ExitCode::SUCCESS
}

const HEADING: &str = "\
| language | kB | defaults us | bare | fresh | ahead | reused | CPU: defaults us | bare | fresh | ahead | reused |
|---|---|---|---|---|---|---|---|---|---|---|---|";

const EXPLANATION: &str = "
Median wait and mean processor time of a call. `defaults` is wasmtime with its pooling allocator as
it comes, a fresh instance for each call; the other columns are ratios to it. `bare`: the same with
the sandbox's engine settings. `fresh`: the sandbox as the server sets it up, each instance made when
it is called. `ahead`: instances that take long to make are made ahead and cleared away beside the
calls, which costs processor time where both threads change the process's memory. `reused`: an
instance serves 1,000 calls. `warmed up`: all but `defaults` call the component as its project's `warm-up` makes it.";

async fn measure(step: &Measured, warm_up: bool, rounds: usize, round: Duration) -> String {
    let bare = |config, component: &[u8]| {
        bare::Step::new(config, step, component).expect("wasmtime takes the component")
    };
    let defaults = bare(bare::defaults(), &step.component);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let sandbox = |warm: usize| {
        let program = std::env::current_exe().expect("this program has a path");
        let compiler = CompilerCommand {
            program,
            args: vec![COMPILE.into()],
        };
        let mut config = Config::new(folder.path(), compiler);
        config.warm_instances = warm;
        if warm > 0 {
            config.warm_from = Duration::from_micros(100);
        }
        Sandbox::new(config).expect("a sandbox")
    };
    let (cold, ahead) = (sandbox(0), sandbox(64));
    let component = match warm_up {
        true => step.warmed_up(&ahead).await,
        false => step.component.clone(),
    };
    let tuned = bare(bare::tuned(), &component);
    let cold = sandboxed::Step::new(&cold, step, &component, 1).await;
    let fresh_ahead = sandboxed::Step::new(&ahead, step, &component, 1).await;
    let reused = sandboxed::Step::new(&ahead, step, &component, 1_000).await;

    let mut figures: [Figures; 5] = Default::default();
    for at in 0..=rounds {
        let [a, b, c, d, e] = &mut figures;
        let time = if at == 0 { Duration::ZERO } else { round };
        run(a, time, async || defaults.call().await).await;
        run(b, time, async || tuned.call().await).await;
        run(c, time, async || cold.call().await).await;
        run(d, time, async || fresh_ahead.call().await).await;
        run(e, time, async || reused.call().await).await;
    }
    let mut columns = vec![
        format!(
            "{}{}",
            step.language,
            if warm_up { ", warmed up" } else { "" }
        ),
        format!("{}", component.len() / 1000),
    ];
    let waits = figures.each_mut().map(Figures::median_wait);
    columns.extend(row(&waits));
    columns.extend(row(&figures.each_ref().map(Figures::processor)));
    format!("| {} |", columns.join(" | "))
}

/// The first in microseconds, the others as ratios to it.
fn row(figures: &[f64; 5]) -> impl Iterator<Item = String> {
    let [first, others @ ..] = *figures;
    let others = others
        .into_iter()
        .map(move |other| format!("{:.2}", other / first));
    std::iter::once(format!("{first:.1}")).chain(others)
}

/// Calls for `time`; without any, only to warm up.
async fn run(figures: &mut Figures, time: Duration, call: impl AsyncFn()) {
    for _ in 0..WARM_UP {
        call().await;
    }
    // What was done beside the calls before is over.
    tokio::time::sleep(Duration::from_millis(5)).await;
    let (begin, before) = (Instant::now(), processor_time());
    while begin.elapsed() < time {
        let begin = Instant::now();
        call().await;
        figures.waits.push(begin.elapsed());
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
    figures.processor += processor_time() - before;
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}
