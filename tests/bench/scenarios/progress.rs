//! How far the instances of a server have come.

use std::time::{Duration, Instant};

use anyam_tests::Client;

/// Instances of the default tenant that have been completed, as it is charged for them.
pub fn completed(client: &Client) -> u64 {
    let usage = client.get("/v2/tenants/%3Cdefault%3E/usage").ok();
    usage["total"]["instancesCompleted"]
        .as_u64()
        .unwrap_or_else(|| panic!("no number of instances: {usage:#}"))
}

/// Waits until so many have been completed, looking every `pause`; `seen` is told each number.
pub fn until_completed(
    client: &Client,
    count: u64,
    pause: Duration,
    mut seen: impl FnMut(Instant, u64),
) {
    // Nothing gained for so long means that something is broken.
    const STALLED: Duration = Duration::from_secs(120);
    let (mut last, mut gained) = (0, Instant::now());
    loop {
        let now = completed(client);
        seen(Instant::now(), now);
        if now >= count {
            return;
        }
        if now > last {
            (last, gained) = (now, Instant::now());
        }
        assert!(
            gained.elapsed() < STALLED,
            "{now} of {count} instances are completed, and no more come"
        );
        std::thread::sleep(pause);
    }
}
