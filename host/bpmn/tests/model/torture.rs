//! Broken copies of a valid model: each is refused or compiled, none panics.

use anyam_bpmn::{Finding, Limits, compile};

use crate::{file, graphs::ORDER};

const SEED: u64 = 0x5eed_0fa1_10dd_5eed;

/// xorshift64*: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
        usize::try_from(number >> 33).expect("31 bits") % bound
    }
}

/// Compiles and looks at what there is to see; a finding must have a place in the file.
fn survive(bytes: &[u8]) -> bool {
    let lines = u32::try_from(bytes.split(|byte| *byte == b'\n').count()).expect("few lines");
    match compile(bytes, &Limits::default()) {
        Ok(compiled) => {
            let idle = |finding: &Finding| finding.rule == "executable-process-missing";
            assert!(compiled.processes.is_empty() == compiled.warnings.iter().any(idle));
            true
        }
        Err(rejected) => {
            assert!(!rejected.findings.is_empty());
            for finding in &rejected.findings {
                let line = finding.location.line;
                assert!((1..=lines).contains(&line), "{finding}");
                assert!(finding.location.column >= 1, "{finding}");
            }
            false
        }
    }
}

#[test]
fn every_truncation() {
    let model = file(ORDER);
    assert!(survive(model.as_bytes()));
    for end in 0..model.len() {
        assert!(!survive(&model.as_bytes()[..end]), "cut at {end}");
    }
}

#[test]
fn flipped_bytes() {
    println!("seed {SEED:#x}");
    let mut random = Random(SEED);
    let model = file(ORDER).into_bytes();
    for _ in 0..4_000 {
        let mut broken = model.clone();
        for _ in 0..=random.below(4) {
            let at = random.below(broken.len());
            broken[at] ^= 1 << random.below(8);
        }
        survive(&broken);
    }
}

/// Pieces of the model put elsewhere keep the file well-formed more often than flipped bits do.
#[test]
fn moved_and_doubled_lines() {
    println!("seed {SEED:#x}");
    let mut random = Random(SEED);
    let model = file(ORDER);
    let lines: Vec<&str> = model.lines().collect();
    let mut compiled = 0;
    for _ in 0..4_000 {
        let mut broken = lines.clone();
        for _ in 0..=random.below(3) {
            let (from, to) = (random.below(broken.len()), random.below(broken.len()));
            match random.below(3) {
                0 => broken.swap(from, to),
                1 => broken.insert(to, lines[from % lines.len()]),
                _ => {
                    broken.remove(from);
                }
            }
        }
        compiled += usize::from(survive(broken.join("\n").as_bytes()));
    }
    assert!(compiled > 0, "some of them are still models");
}
