//! The audit of many orgs.

use std::sync::Arc;

use super::{Settings, run};
use crate::domain::audit_report::{AuditOutcome, AuditReport, OrgAudit, Scope};
use crate::domain::report::Failure;
use crate::fleet::{self, Observer, Pace, Run, Work};
use crate::scrub::{Order, Stop};

/// Looks at every org, and reports on every one. When the run is to [`Stop`], no more orgs are begun.
pub async fn run_all(
    orders: Vec<Order>,
    settings: Settings,
    concurrency: usize,
    observer: Arc<dyn Observer<OrgAudit>>,
    stop: &Stop,
) -> AuditReport {
    let scope =
        Scope { dns: settings.names.is_some(), relays: settings.probes, messages: !settings.messages.is_empty() };
    let pace = Pace { concurrency, fail_fast: false };
    let Run { run_id, started_at, finished_at, orgs } =
        fleet::run_all(Audit { settings }, orders, pace, observer, stop).await;
    AuditReport { run_id, started_at, finished_at, scope, orgs }
}

/// The audit of an org.
struct Audit {
    settings: Settings,
}

impl Work for Audit {
    type Report = OrgAudit;

    async fn run(&self, order: Order, stop: &Stop, on_stage: &(dyn Fn(&'static str) + Sync)) -> OrgAudit {
        run(order, &self.settings, stop, on_stage).await
    }

    fn not_begun(name: String, failure: Failure) -> OrgAudit {
        OrgAudit::failed(name, failure)
    }

    fn lost(name: String, failure: Failure) -> OrgAudit {
        OrgAudit::failed(name, failure)
    }

    fn failed(report: &OrgAudit) -> bool {
        matches!(report.outcome(), AuditOutcome::Failed | AuditOutcome::Refused)
    }
}
