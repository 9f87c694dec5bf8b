//! Many orgs side by side, whatever is done with them; and the scrub of all of them.

mod side_by_side;

use std::sync::Arc;

use crate::domain::report::{Failure, FleetReport, OrgReport, Outcome};
use crate::scrub::{self, Order, Settings, Stage, Stop, Surroundings};

pub use self::side_by_side::{Observer, Pace, Run, Unobserved, Work, run_all};

/// Scrubs every org, and reports on every one, those that were not begun among them.
///
/// When the run is to [`Stop`], no more orgs are begun, and those under way end with a report of what is known of them.
pub async fn run(
    orders: Vec<Order>,
    settings: Settings,
    pace: Pace,
    observer: Arc<dyn Observer<OrgReport>>,
    stop: &Stop,
) -> FleetReport {
    let mode = settings.mode;
    let Run { run_id, started_at, finished_at, orgs } = run_all(Scrub { settings }, orders, pace, observer, stop).await;
    FleetReport { run_id, mode, started_at, finished_at, orgs }
}

/// The scrub of an org.
struct Scrub {
    settings: Settings,
}

impl Work for Scrub {
    type Report = OrgReport;

    async fn run(&self, order: Order, stop: &Stop, on_stage: &(dyn Fn(&'static str) + Sync)) -> OrgReport {
        let on_stage = |stage: Stage| on_stage(stage.words());
        scrub::run(order, Surroundings { settings: &self.settings, stop, on_stage: &on_stage }).await
    }

    fn not_begun(name: String, failure: Failure) -> OrgReport {
        OrgReport::not_run(name, failure)
    }

    fn lost(name: String, failure: Failure) -> OrgReport {
        OrgReport { outcome: Outcome::Failed, ..OrgReport::not_run(name, failure) }
    }

    fn failed(report: &OrgReport) -> bool {
        matches!(report.outcome, Outcome::Failed | Outcome::Refused)
    }
}
