//! Many orgs side by side: bounded, isolated from each other, reported in the order asked for.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::{Id, JoinSet};
use tracing::Instrument;
use ulid::Ulid;

use super::{Settings, run};
use crate::domain::audit_report::{AuditReport, OrgAudit};
use crate::domain::report::Failure;
use crate::domain::trouble::Trouble;
use crate::scrub::{Order, Stop};

/// Looks at every org, and reports on every one. When the run is to [`Stop`], no more orgs are begun.
pub async fn run_all(orders: Vec<Order>, settings: Settings, concurrency: usize, stop: &Stop) -> AuditReport {
    let (run_id, started_at) = (Ulid::generate().to_string(), Timestamp::now());
    let settings = Arc::new(settings);
    let names: Vec<String> = orders.iter().map(|order| order.name.clone()).collect();
    let mut reports: Vec<Option<OrgAudit>> = orders.iter().map(|_| None).collect();
    let mut waiting = orders.into_iter().enumerate();
    let (mut running, mut indexes) = (JoinSet::new(), HashMap::<Id, usize>::new());
    loop {
        while running.len() < concurrency.max(1) && !stop.in_order.is_cancelled() {
            let Some((index, order)) = waiting.next() else { break };
            let span = tracing::error_span!("org", org = order.name);
            let (settings, stop) = (Arc::clone(&settings), stop.clone());
            let task = running.spawn(async move { run(order, &settings, &stop).await }.instrument(span));
            indexes.insert(task.id(), index);
        }
        let Some(ended) = running.join_next_with_id().await else { break };
        let id = ended.as_ref().map_or_else(tokio::task::JoinError::id, |(id, _)| *id);
        let Some(index) = indexes.remove(&id) else { continue };
        // What it panicked with stays out: it could hold anything.
        let defect = |_| {
            OrgAudit::failed(names[index].clone(), Failure::new(Trouble::Internal, "the work on this org panicked"))
        };
        reports[index] = Some(ended.map_or_else(defect, |(_, report)| report));
    }
    let not_begun = Failure::new(Trouble::Interrupted, "the run was stopped before this org was begun");
    let orgs = reports.into_iter().zip(names);
    let orgs = orgs.map(|(report, name)| report.unwrap_or_else(|| OrgAudit::failed(name, not_begun.clone())));
    AuditReport { run_id, started_at, orgs: orgs.collect(), finished_at: Timestamp::now() }
}
