//! A step that misbehaves in the way its input names.

use std::hint::black_box;
use std::time::Duration;

use anyam_sdk::{Context, StepError, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How to misbehave.
#[derive(Deserialize, JsonSchema)]
pub struct Order {
    /// The way.
    pub mode: Mode,
}

/// A way to misbehave.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Computes for ever.
    EndlessLoop,
    /// Takes memory until there is none.
    MemoryBomb,
    /// Calls itself for ever.
    DeepRecursion,
    /// Puts more on its stack than there is.
    BigStack,
    /// Writes to its log for ever.
    LogFlood,
    /// Panics.
    Panic,
    /// Answers with more than is taken.
    HugeOutput,
    /// Answers with lists in lists in lists.
    DeepOutput,
    /// Ends its process.
    Exit,
    /// Fails at its first attempt, and wants the next one in a moment.
    FailOnce,
    /// Does not misbehave.
    Good,
}

/// What it answers where it does.
#[derive(Serialize, JsonSchema)]
pub struct Answer {
    /// Anything.
    pub answer: Value,
    /// The number of the attempt.
    pub attempt: u32,
}

/// Misbehaves.
#[anyam_sdk::step]
pub fn hostile(ctx: &Context, order: Order) -> Result<Answer, StepError> {
    let answer = match order.mode {
        Mode::EndlessLoop => endless_loop(),
        Mode::MemoryBomb => memory_bomb(),
        Mode::DeepRecursion => Value::from(deeper(black_box(1))),
        Mode::BigStack => Value::from(big_stack(black_box(1))),
        Mode::LogFlood => log_flood(),
        Mode::Panic => panic!("the step panics as it was told"),
        Mode::HugeOutput => Value::from("x".repeat(32 << 20)),
        Mode::DeepOutput => (0..1_000).fold(Value::Null, |inner, _| Value::Array(vec![inner])),
        Mode::Exit => std::process::exit(3),
        Mode::FailOnce if ctx.attempt() == 1 => {
            return Err(StepError::retry("not yet").after(Duration::from_millis(1_500)));
        }
        Mode::FailOnce | Mode::Good => Value::from("done"),
    };
    Ok(Answer { answer, attempt: ctx.attempt() })
}

fn endless_loop() -> Value {
    let mut count = 0u64;
    loop {
        count = black_box(count.wrapping_add(1));
    }
}

fn memory_bomb() -> Value {
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        held.push(vec![7; 1 << 20]);
        black_box(&held);
    }
}

/// Works after the call to itself, so that no compiler makes a loop of it, and keeps nothing in
/// memory, so that it is the stack of calls that is used up.
#[allow(unconditional_recursion)]
fn deeper(depth: u64) -> u64 {
    let below = deeper(depth.wrapping_mul(3) + 1);
    below.rotate_left(7) ^ depth
}

/// A frame larger than the stack that the step has in its memory.
#[inline(never)]
fn big_stack(seed: u8) -> u64 {
    let frame = black_box([seed; 64 << 20]);
    frame.iter().map(|byte| u64::from(*byte)).sum()
}

fn log_flood() -> Value {
    let line = "x".repeat(1_000);
    loop {
        println!("{line}");
        eprintln!("{line}");
    }
}
