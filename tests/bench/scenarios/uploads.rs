//! Scenario (l): upload of many components, none like the other.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyam_tests::benchmark::goals::ANYAM;
use anyam_tests::benchmark::{Figures, Latencies};
use anyam_tests::steps;

use crate::run::Run;
use crate::usage::{self, Usage};

/// Uploads under way at once.
const AT_ONCE: usize = 4;

/// Uploads them.
pub fn measure(run: &mut Run) {
    let (wanted, bound) = run.plan.sizes.uploads;
    let server = run.server();
    let process = [server.process()];
    let component = &steps::order_fulfilment()["credit-check"];
    let (stored, used) = (server.store_stats(), Usage::of(&process));
    let (next, latencies) = (AtomicUsize::new(0), Mutex::new(Latencies::default()));
    let client = server.client();
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let mut own = Latencies::default();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= wanted || begin.elapsed() > bound {
                        break;
                    }
                    let sent = Instant::now();
                    let name = format!("step-{number}");
                    client
                        .push_step(&name, "1.0.0", &unlike(component, number))
                        .ok();
                    own.add(sent.elapsed().as_micros());
                }
                latencies.lock().expect("no upload panics").append(own);
            });
        }
    });
    let seconds = begin.elapsed().as_secs_f64();
    let used = Usage::of(&process) - used;
    let latencies = latencies.into_inner().expect("no upload panics");
    let mut figures = Figures {
        scenario: "l".into(),
        title: "upload of components".into(),
        system: ANYAM.into(),
        connections: AT_ONCE,
        completed: latencies.count(),
        seconds,
        cpu_seconds: Some(used.cpu_seconds),
        peak_rss: Some(usage::peak_rss(&process)),
        disk_bytes: Some(used.disk_bytes),
        note: format!(
            "{} kB each, checked and compiled; the compiler's processes are not in CPU and RSS{}",
            component.len() / 1_000,
            match latencies.count() < wanted as u64 {
                true => format!("; {wanted} WERE WANTED, more did not fit in {bound:.0?}"),
                false => String::new(),
            }
        ),
        ..Figures::default()
    };
    figures.set_latencies(&latencies);
    server.store_stats().since(&stored).tell(&mut figures);
    run.report.figures.push(figures);
}

/// The component with a custom section that no other has.
fn unlike(component: &[u8], number: usize) -> Vec<u8> {
    const NAME: &[u8] = b"bench";
    let mut bytes = component.to_vec();
    let number = number.to_le_bytes();
    // A custom section: 0, its size, and in it a name with its length and content.
    bytes.extend([0, (1 + NAME.len() + number.len()) as u8, NAME.len() as u8]);
    bytes.extend(NAME);
    bytes.extend(number);
    bytes
}
