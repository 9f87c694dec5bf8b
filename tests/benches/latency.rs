//! How long the program takes, as a ratio to what its requests must take and to a bare client in the same run.
//!
//! `scripts/bench` builds for release and runs it. It asserts nothing of time: machines differ, and a shared one differs
//! from minute to minute. It does assert that the work was done, for a failure can be very fast.
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

mod bare;
mod child;
mod fleet;

use std::time::{Duration, Instant};

use fleet::Fleet;

/// What the simulator adds to every answer, and to every new connection.
const LATENCY: Duration = Duration::from_millis(50);
/// Token; proof and read; proof and write; proof and read again.
const REQUESTS: u32 = 4;
/// How often each figure is measured; the median counts.
const RUNS: usize = 5;

#[tokio::main]
async fn main() {
    start_up();
    one_org().await;
    many_orgs().await;
}

fn start_up() {
    let size = std::fs::metadata(child::PROGRAM).expect("the program is built").len();
    println!("program            {:.1} MiB", size as f64 / (1024.0 * 1024.0));
    let help = median(50, || child::time(child::PROGRAM, &["--help"]));
    print!("--help             {}   target < 5 ms", ms(help));
    match std::path::Path::new("/bin/true").exists() {
        true => println!("   (/bin/true: {})", ms(median(50, || child::time("/bin/true", &[])))),
        false => println!(),
    }
}

/// One org with three relays.
async fn one_org() {
    let least = LATENCY * (1 + REQUESTS);
    println!("\none org            {REQUESTS} requests and a connection of {} each: {}", ms(LATENCY), ms(least));
    let bare = measured(1, async |fleet| bare::visit_all(fleet, 1).await).await;
    line("bare client", bare.time, least, None);
    let library = measured(1, async |fleet| fleet.scrub_here(1).await).await;
    line("library", library.time, least, Some("target ≤ 1.15"));
    let program = measured(1, async |fleet| child::scrub(fleet, 1).await).await;
    line("program", program.time, least, Some("target ≤ 1.15"));
    println!("  connections      {}", program.connections);
}

/// Two hundred orgs, fifty at a time.
async fn many_orgs() {
    let (orgs, concurrency) = (200, 50);
    let least = LATENCY * (1 + REQUESTS) * (orgs / concurrency);
    println!("\n{orgs} orgs           {concurrency} at a time: {}", ms(least));
    let bare = measured(orgs, async |fleet| bare::visit_all(fleet, concurrency).await).await;
    line("bare client", bare.time, least, None);
    let library = measured(orgs, async |fleet| fleet.scrub_here(concurrency).await).await;
    line("library", library.time, least, Some("target ≤ 1.3"));
    let program = measured(orgs, async |fleet| child::scrub(fleet, concurrency).await).await;
    line("program", program.time, least, Some("target ≤ 1.3"));
    println!("  connections      {}", program.connections);
    match program.peak_memory {
        Some(kib) => println!("  peak memory      {:.1} MiB   target < 64 MiB", f64::from(kib) / 1024.0),
        None => println!("  peak memory      not measured: there is no /proc here"),
    }
}

/// What a run took: the median of the times, the most of the rest.
struct Measured {
    time: Duration,
    connections: usize,
    peak_memory: Option<u32>,
}

/// Does the work some times, each with orgs of its own, exposed anew.
async fn measured(orgs: u32, work: impl AsyncFn(&Fleet) -> Option<u32>) -> Measured {
    let (mut times, mut connections, mut peak_memory) = (Vec::new(), 0, None);
    for _ in 0..RUNS {
        let fleet = Fleet::start(orgs, LATENCY).await;
        let begun = Instant::now();
        let peak = work(&fleet).await;
        times.push(begun.elapsed());
        connections = connections.max(fleet.connections());
        peak_memory = peak_memory.max(peak);
    }
    Measured { time: middle(times), connections, peak_memory }
}

fn line(what: &str, time: Duration, least: Duration, target: Option<&str>) {
    let ratio = time.as_secs_f64() / least.as_secs_f64();
    let target = target.map(|target| format!("   {target}")).unwrap_or_default();
    println!("  {what:<15}  {} = {ratio:.2}{target}", ms(time));
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn median(runs: usize, run: impl Fn() -> Duration) -> Duration {
    middle((0..runs).map(|_| run()).collect())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
