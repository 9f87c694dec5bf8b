//! The built program as a process of its own.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::fleet::{CONSUMER_KEY, CONSUMER_SECRET, Fleet};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_relay-scrub");

/// From start to end of a process that says something and does nothing.
pub(crate) fn time(program: &str, arguments: &[&str]) -> Duration {
    let begun = Instant::now();
    let status = Command::new(program).args(arguments).env_clear().stdout(Stdio::null()).status();
    let elapsed = begun.elapsed();
    assert!(status.is_ok_and(|status| status.success()), "{program} {arguments:?}");
    elapsed
}

/// Scrubs all orgs of a fleet, and returns the most memory that the process had, in KiB, where Linux tells.
pub(crate) async fn scrub(fleet: &Fleet, concurrency: u32) -> Option<u32> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("relay-scrub.toml"), configuration(fleet)).expect("a file");
    let mut command = tokio::process::Command::new(PROGRAM);
    command.args(["scrub", "--all", "--json", "--concurrency", &concurrency.to_string()]);
    command.current_dir(folder.path()).env_clear().env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the program starts");
    let watched = child.id().map(|id| tokio::spawn(watch(id)));
    let status = child.wait().await.expect("the program ends");
    assert!(status.success(), "{status}");
    fleet.assert_cleared();
    match watched {
        Some(watched) => watched.await.expect("the watch ends"),
        None => None,
    }
}

/// Looks at the process until it has ended; the kernel keeps the highest value, so that only the last moment is missed.
async fn watch(id: u32) -> Option<u32> {
    let mut highest = None;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let value = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let Some(kib) = value.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok()) else {
            return highest;
        };
        highest = Some(kib);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn configuration(fleet: &Fleet) -> String {
    let mut text = format!("[defaults]\nauth = \"client-credentials\"\nclient_id = \"{CONSUMER_KEY}\"\n");
    for (index, org) in fleet.orgs.iter().enumerate() {
        text += &format!("\n[orgs.org{index}]\ninstance_url = \"{}\"\n", org.url());
    }
    text
}
