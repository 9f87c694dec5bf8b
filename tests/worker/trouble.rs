//! What passes by itself, and what wants somebody.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use relay_scrub::secrets::{KeptLogin, SecretStore, StoreError};
use relay_scrub::server::job::State;
use relay_scrub::server::queue::Event;
use relay_scrub::simulator::{Fault, Matcher};

use super::desk::{Desk, HOUR};
use super::{SCRUB, are_cleared, code, exposed, kinds, report, sandbox};

/// A fault of the simulator, for the requests that fit.
type MakesFault = fn(Matcher) -> Fault;

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_is_missing_shows_at_once_and_the_job_is_done_when_it_is_granted() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    org.edit(|state| state.users[0].edits_object = false);
    let replica = desk.replica().await;
    let working = replica.work();

    let id = replica.deliver_uat(&org).await;
    let waiting = replica.waits_for(&id, "permission_missing").await;
    assert!(waiting.needs_attention && !are_cleared(&org), "{waiting:?}");
    assert_eq!(waiting.outcome.as_deref(), Some("failed"));
    let hint = waiting.reason.expect("a reason").hint;
    assert!(hint.contains("permission set"), "{hint}");
    org.edit(|state| state.users[0].edits_object = true);

    let done = replica.finished(&id, State::Done).await;
    assert!(are_cleared(&org));
    assert_eq!((done.needs_attention, done.reason), (false, None));
    working.stop().await;

    let notice = replica.queue.notice(HOUR).await.expect("an answer").expect("a notice");
    assert_eq!((notice.event, notice.job.id), (Event::Failed, id));
    assert_eq!(notice.reason.expect("a reason").code, "permission_missing");
    assert_eq!(replica.queue.notice(HOUR).await.expect("an answer"), None, "it is told of once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_job_is_not_tried_before_salesforce_asks_for_it() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    org.fault(Fault::too_many_requests(Matcher::api(), "7200").always());
    let replica = desk.replica().await;
    let begun = Timestamp::now();
    let working = replica.work();

    let id = replica.deliver_uat(&org).await;
    let waiting = replica.waits_for(&id, "throttled").await;

    assert!(waiting.due_at.expect("it waits") >= begun + 2 * HOUR, "{waiting:?}");
    assert_eq!((waiting.needs_attention, kinds(&org)), (false, vec!["token", "read"]));
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_and_outages_are_waited_for() {
    let faults: [(&str, MakesFault); 4] = [
        ("throttled", |matcher| Fault::too_many_requests(matcher, "0")),
        ("unavailable", Fault::unavailable),
        ("unavailable", Fault::reset),
        ("unreadable_answer", Fault::html_200),
    ];
    for (expected, fault) in faults {
        for at in [Matcher::token, Matcher::api] {
            let desk = Desk::new().await;
            let org = desk.uat().await;
            org.fault(fault(at()).always());
            let replica = desk.replica().await;
            let working = replica.work();

            let id = replica.deliver_uat(&org).await;
            replica.waits_for(&id, expected).await;
            assert!(!are_cleared(&org));
            org.clear_faults();

            replica.finished(&id, State::Done).await;
            assert!(are_cleared(&org));
            working.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_after_the_write_ends_with_the_truth() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    org.fault(Fault::reply_lost(Matcher::writing_composite()));
    let replica = desk.replica().await;
    let working = replica.work();

    let id = replica.deliver_uat(&org).await;
    let done = replica.finished(&id, State::Done).await;

    assert!(are_cleared(&org));
    assert_eq!((done.attempts, kinds(&org)), (1, SCRUB.to_vec()));
    working.stop().await;
}

/// A keyring that does as no keyring should: panics, or waits for a person until the test is over.
#[derive(Debug)]
enum Odd {
    Panicking,
    Waiting(Mutex<Receiver<()>>),
}

impl SecretStore for Odd {
    fn get(&self, _: &str) -> Result<Option<KeptLogin>, StoreError> {
        match self {
            Self::Panicking => panic!("planted"),
            Self::Waiting(person) => Err(StoreError::Failed(format!("{:?}", person.lock().expect("one").recv()))),
        }
    }

    fn put(&self, _: &str, _: &KeptLogin) -> Result<(), StoreError> {
        panic!("planted")
    }

    fn remove(&self, _: &str) -> Result<bool, StoreError> {
        panic!("planted")
    }

    fn names(&self) -> Result<Vec<String>, StoreError> {
        panic!("planted")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_trouble_of_its_job_and_not_of_the_others() {
    let mut desk = Desk::with_long_pauses().await;
    desk.keyring = Arc::new(Odd::Panicking);
    desk.settings.workers = 1;
    let (uat, dev) = (desk.uat().await, desk.org(sandbox("dev").relay(exposed())).await);
    // `uat` has a login in no file, so that the keyring is asked for it.
    let uat_section = format!("[orgs.uat]\ninstance_url = \"{}\"\nauth = \"refresh-token\"\n", uat.url());
    desk.orgs_and(&[("dev", &dev)], &uat_section);
    let replica = desk.replica().await;
    let working = replica.work();

    let broken = replica.deliver_uat(&uat).await;
    let waiting = replica.waits_for(&broken, "internal").await;
    let whole = replica.deliver("dev", &dev.id()).await;
    replica.finished(&whole, State::Done).await;

    assert!(waiting.needs_attention, "{waiting:?}");
    assert_eq!(report(&waiting)["orgs"][0]["error"]["code"], "internal");
    assert!(!format!("{waiting:?}").contains("planted"), "what it panicked with stays out");
    assert_eq!(code(&replica.job(&broken).await), "internal");
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_waits_for_a_person_holds_no_worker_for_ever() {
    let mut desk = Desk::with_long_pauses().await;
    let (person, answer) = channel();
    desk.keyring = Arc::new(Odd::Waiting(Mutex::new(answer)));
    desk.settings.workers = 1;
    let (uat, dev) = (desk.uat().await, desk.org(sandbox("dev").relay(exposed())).await);
    let uat_section = format!("[orgs.uat]\ninstance_url = \"{}\"\nauth = \"refresh-token\"\n", uat.url());
    desk.orgs_and(&[("dev", &dev)], &uat_section);
    let replica = desk.replica().await;
    let working = replica.work();

    let waiting = replica.deliver_uat(&uat).await;
    let other = replica.deliver("dev", &dev.id()).await;
    replica.finished(&other, State::Done).await;
    let waiting = replica.waits_for(&waiting, "configuration").await;

    assert!(waiting.reason.expect("a reason").message.contains("keyring"));
    working.stop().await;
    drop(person);
}
