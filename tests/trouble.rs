//! Trouble of every kind, through a whole scrub: what the org holds afterwards, how it ended, what the user is told and
//! how many requests it took. `assert_truthful` holds every report against the org besides.

use std::time::Duration;

use relay_scrub::domain::report::{Outcome, RecordResult};
use relay_scrub::simulator::{Fault, Matcher, OrgSetup, Relay, SimulatedOrg, Simulator};
use tokio::task::JoinSet;

use crate::support::front_door::{Done, Scrub, TRIES};
use crate::support::program::{exposed, is_cleared, requests, sandbox};

mod answers;
mod batches;
mod deadline;
mod fleet;
mod lost;
mod meanwhile;
mod permissions;
mod quirks;
mod rejections;
mod retries;
#[cfg(unix)]
mod signals;
mod versions;

/// The four requests of a scrub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Token,
    Read,
    Write,
    ReadAgain,
}

impl Place {
    const ALL: [Self; 4] = [Self::Token, Self::Read, Self::Write, Self::ReadAgain];

    /// The fault, at this request. One that is to go on for longer says so after this.
    fn meets(self, fault: impl FnOnce(Matcher) -> Fault) -> Fault {
        match self {
            Self::Token => fault(Matcher::token()),
            Self::Read => fault(Matcher::reading_composite()),
            Self::Write => fault(Matcher::writing_composite()),
            Self::ReadAgain => fault(Matcher::reading_composite()).nth(2),
        }
    }

    /// How many requests came before it when nothing went wrong.
    fn before(self) -> u32 {
        match self {
            Self::Token => 0,
            Self::Read => 1,
            Self::Write => 2,
            Self::ReadAgain => 3,
        }
    }
}

/// Runs cases side by side, for those that have to wait for a time to be over.
async fn side_by_side<C, F>(cases: impl IntoIterator<Item = C>, run: impl Fn(C) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    cases.into_iter().map(run).collect::<JoinSet<()>>().join_all().await;
}

/// A simulator with one org.
async fn simulate(setup: OrgSetup) -> (Simulator, SimulatedOrg) {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(setup).await.expect("an org");
    (simulator, org)
}

/// A sandbox with so many exposed relays.
fn with_relays(number: usize) -> OrgSetup {
    (0..number).fold(sandbox("uat"), |setup, _| setup.relay(exposed()))
}

/// True if no relay of the org was touched.
fn is_untouched(org: &SimulatedOrg) -> bool {
    org.relays().iter().all(|relay| !is_cleared(relay))
}

/// How many of the org's relays hold no credential at all.
fn cleared(org: &SimulatedOrg) -> usize {
    org.relays().iter().filter(|relay| is_cleared(relay)).count()
}
