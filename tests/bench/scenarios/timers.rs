//! Scenario (g): timers of as many instances, due second after second.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyam_tests::benchmark::goals::ANYAM;
use anyam_tests::benchmark::{Figures, Latencies};

use super::progress;
use crate::bulk;
use crate::models;
use crate::run::Run;
use crate::server::BenchedServer;
use crate::usage::{self, Usage};

/// Instances whose start tells how long all will take.
const TRIED: u64 = 2_000;

/// Starts the instances, waits for the first second, and looks at how far they are.
pub fn measure(run: &mut Run) {
    let server = run.server();
    let client = server.client();
    let (count, seconds) = run.plan.sizes.timers;
    let starting = time_to_start(&server, count);
    let first = now() + starting.as_secs() + 2;
    let processes: Vec<String> = (0..seconds).map(|second| format!("g{second}")).collect();
    for (second, process) in processes.iter().enumerate() {
        client.deployed(&models::timer(process, &date(first + second as u64)));
    }
    run.say(&format!(
        "starting {count} instances with a timer each, in about {} s",
        starting.as_secs()
    ));
    let begin = Instant::now();
    bulk::order(&server, count, &processes);
    let started = begin.elapsed();
    let late = now().saturating_sub(first);
    while now() + 1 < first {
        std::thread::sleep(Duration::from_millis(100));
    }

    let (stored, used) = (server.store_stats(), Usage::of(&[server.process()]));
    let due = UNIX_EPOCH + Duration::from_secs(first);
    let mut lateness = Latencies::default();
    let (mut seen, mut end) = (0, Duration::ZERO);
    progress::until_completed(&client, count, Duration::from_millis(50), |_, fired| {
        let since = SystemTime::now().duration_since(due).unwrap_or_default();
        for timer in seen..fired {
            // Those of one second are due together.
            let second = Duration::from_secs(timer * seconds / count);
            lateness.add(since.saturating_sub(second).as_micros());
        }
        if fired > seen {
            end = since;
        }
        seen = fired;
    });
    let used = Usage::of(&[server.process()]) - used;
    let mut figures = Figures {
        scenario: "g".into(),
        title: format!("timers due over {seconds} s"),
        system: ANYAM.into(),
        completed: count,
        seconds: end.as_secs_f64(),
        cpu_seconds: Some(used.cpu_seconds),
        peak_rss: Some(usage::peak_rss(&[server.process()])),
        disk_bytes: Some(used.disk_bytes),
        note: format!(
            "an instance each, started by the server's own runtime without HTTP in {:.0} s{}; \
             latency is from due to completed, seen every 50 ms; due is {} a second",
            started.as_secs_f64(),
            match late {
                0 => String::new(),
                late => format!(", {late} s AFTER THE FIRST WERE DUE"),
            },
            count / seconds
        ),
        ..Figures::default()
    };
    figures.set_latencies(&lateness);
    server.store_stats().since(&stored).tell(&mut figures);
    run.report.figures.push(figures);
}

/// How long the start of so many instances takes, with a margin.
fn time_to_start(server: &BenchedServer, count: u64) -> Duration {
    let far = date(now() + 24 * 3_600);
    server.client().deployed(&models::timer("g-tried", &far));
    let tried = TRIED.min(count);
    let begin = Instant::now();
    bulk::order(server, tried, &["g-tried".to_owned()]);
    begin.elapsed().mul_f64(1.3 * count as f64 / tried as f64)
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// A date and time as models have it.
fn date(seconds: u64) -> String {
    let days = (seconds / 86_400) as i64;
    // Civil from days, of the proleptic Gregorian calendar.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
