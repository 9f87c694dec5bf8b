//! The figures for Prometheus. Whatever happens in this process is counted where it happens, through the `metrics`
//! facade; what the database knows is asked for anew for each answer.

use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::job::State;
use super::queue::Census;

const DELIVERIES: &str = "relay_scrub_deliveries_total";
const SCRUB_DURATION: &str = "relay_scrub_scrub_duration_seconds";
const REQUESTS: &str = "relay_scrub_salesforce_requests_total";
const NOTICES: &str = "relay_scrub_notices_total";
const BUILD: &str = "relay_scrub_build_info";
const DATABASE: &str = "relay_scrub_database_up";
const JOBS: &str = "relay_scrub_jobs";
const DEPTH: &str = "relay_scrub_queue_depth";
const OLDEST: &str = "relay_scrub_oldest_open_job_age_seconds";
const ATTENTION: &str = "relay_scrub_jobs_needing_attention";

/// Each figure of this process, and what it says.
const HERE: [(&str, &str); 5] = [
    (DELIVERIES, "Requests to the hook, by the status that they were answered with."),
    (SCRUB_DURATION, "How long attempts at an org took, by the outcome for the org."),
    (REQUESTS, "Requests to Salesforce, by the status of the answer, or why there was none."),
    (NOTICES, "Tries to tell of a job by --notify-command or --notify-url, by what came of it."),
    (BUILD, "Always 1; the label says which version runs."),
];
/// Each figure of the database, the same at every replica, and what it says.
const SHARED: [(&str, &str); 5] = [
    (
        DATABASE,
        "1 if the database answered when this was asked for, else 0, and then the other figures of it are missing.",
    ),
    (JOBS, "Jobs that are kept, by state and by the last attempt's outcome for the org."),
    (DEPTH, "Jobs that wait or run."),
    (OLDEST, "How long the oldest job that waits or runs has been open; 0 if there is none."),
    (ATTENTION, "Jobs that can't work before somebody changes something."),
];

/// The answers of the hook; they are all there from the start, so that the first of a kind is seen to come.
const ANSWERS: [&str; 6] = ["202", "401", "413", "422", "429", "503"];
/// What comes of a try to tell.
const TOLD: [&str; 3] = ["told", "failed", "given_up"];
/// A clean org takes some tenths of a second, one that doesn't answer the whole of --timeout.
const BUCKETS: [f64; 10] = [0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

/// The outcome of a job that nothing was tried for yet.
const NO_OUTCOME: &str = "none";

/// The figures, as they are counted in this process.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Begins to count. There is one count for the process, however often this is called.
    pub fn install() -> Self {
        static COUNT: OnceLock<PrometheusHandle> = OnceLock::new();
        Self(COUNT.get_or_init(begin).clone())
    }

    /// All figures in Prometheus' text format. Without a census the database is away.
    pub fn render(&self, census: Option<&Census>, now: Timestamp) -> String {
        let shared = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&shared, || {
            SHARED.iter().for_each(|(name, text)| describe_gauge!(*name, *text));
            gauge!(DATABASE).set(if census.is_some() { 1.0 } else { 0.0 });
            if let Some(census) = census {
                count(census, now);
            }
        });
        self.0.render() + &shared.handle().render()
    }

    /// Puts what was counted together, so that it takes no more room however long nobody asks. Once a minute is enough.
    pub fn tidy(&self) {
        self.0.run_upkeep();
    }
}

fn begin() -> PrometheusHandle {
    let duration = Matcher::Full(SCRUB_DURATION.into());
    // There are buckets, which is all that this refuses to do without.
    let builder = PrometheusBuilder::new().set_buckets_for_metric(duration, &BUCKETS).unwrap_or_default();
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::error!("somebody else counts in this process, so /metrics has no figures of it");
    }
    for (name, text) in HERE {
        match name {
            SCRUB_DURATION => describe_histogram!(name, text),
            BUILD => describe_gauge!(name, text),
            _ => describe_counter!(name, text),
        }
    }
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    ANSWERS.iter().for_each(|answer| counter!(DELIVERIES, "answer" => *answer).absolute(0));
    TOLD.iter().for_each(|result| counter!(NOTICES, "result" => *result).absolute(0));
    handle
}

fn count(census: &Census, now: Timestamp) {
    let mut open = 0;
    // A state that no job is in is told too, so that the first job in it is seen to come.
    State::ALL.iter().for_each(|state| gauge!(JOBS, "state" => state.word(), "outcome" => NO_OUTCOME).set(0.0));
    for (state, outcome, number) in &census.jobs {
        let outcome = outcome.clone().unwrap_or_else(|| NO_OUTCOME.into());
        gauge!(JOBS, "state" => state.word(), "outcome" => outcome).set(figure(*number));
        open += if state.is_final() { 0 } else { *number };
    }
    gauge!(DEPTH).set(figure(open));
    gauge!(ATTENTION).set(figure(census.needing_attention));
    let age = census.oldest_open.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0));
    gauge!(OLDEST).set(age);
}

/// A number as Prometheus has it. Beyond 2^32 jobs nobody counts.
fn figure(number: u64) -> f64 {
    u32::try_from(number).unwrap_or(u32::MAX).into()
}

/// Counts a request to the hook that was answered with this status.
pub fn delivery_answered(status: u16) {
    counter!(DELIVERIES, "answer" => status.to_string()).increment(1);
}

/// Counts an attempt at an org that ended with this outcome, as in reports.
pub fn scrub_ended(outcome: &str, took: Duration) {
    histogram!(SCRUB_DURATION, "outcome" => outcome.to_owned()).record(took);
}

/// Counts a try to tell of a job: `told`, `failed` or `given_up`.
pub fn notice_tried(result: &'static str) {
    counter!(NOTICES, "result" => result).increment(1);
}

/// The figures with what they say, for the documentation and its test.
pub fn described() -> impl Iterator<Item = (&'static str, &'static str)> {
    HERE.into_iter().chain(SHARED)
}
