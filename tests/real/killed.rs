//! The service, killed with `kill -9` at random moments while it takes deliveries and scrubs: no accepted job is lost, none
//! is made twice, and no org is scrubbed twice at once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relay_scrub::simulator::{SimulatedOrg, Simulator};
use reqwest::Client;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::support::postgres::Postgres;
use crate::support::program::{exposed, is_cleared, sandbox};
use crate::support::service::{Call, Service, Setup, client};

const SANDBOXES: usize = 200;
const KILLS: usize = 20;
/// No replica lives longer than this before one is killed, in milliseconds. A scrub takes a fourth of it.
const LONGEST_LIFE: u64 = 400;
/// Longer than all of it takes on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn no_job_is_lost_by_a_process_on_sqlite_that_is_killed_again_and_again() {
    kill_and_count(1, |setup| setup).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_job_is_lost_by_three_replicas_on_postgresql_that_are_killed_again_and_again() {
    let server = Postgres::start().await;
    let address = server.address();
    kill_and_count(3, |setup| setup.database(&address)).await;
}

/// Where the replicas are now: one that was killed has another port when it comes again.
type Addresses = Arc<Mutex<Vec<SocketAddr>>>;

async fn kill_and_count(replicas: usize, on: impl FnOnce(Setup) -> Setup) {
    let simulator = Simulator::start().await.expect("a simulator");
    // So that most of the kills meet a scrub that is under way.
    simulator.set_latency(Duration::from_millis(25));
    let mut orgs = Vec::new();
    for number in 0..SANDBOXES {
        let name = format!("s{number}");
        let org = simulator.add_org(sandbox(&name).relay(exposed())).await.expect("an org");
        orgs.push((name, org));
    }
    let named: Vec<(&str, &SimulatedOrg)> = orgs.iter().map(|(name, org)| (name.as_str(), org)).collect();
    let setup = on(Setup::new(&named).setting("lease", "'3s'").setting("rest", "'100ms'").setting("poll", "'50ms'"));

    let mut running = Vec::new();
    for _ in 0..replicas {
        running.push(setup.start().await);
    }
    let addresses: Addresses = Arc::new(Mutex::new(running.iter().map(|service| service.public).collect()));
    let (killed, kills) = watch::channel(0);
    let senders: JoinSet<(Call, String)> = orgs
        .iter()
        .enumerate()
        .map(|(number, (name, org))| {
            let call = Call::of(name, &org.id());
            let (mut kills, addresses) = (kills.clone(), Arc::clone(&addresses));
            async move {
                // Deliveries come all the time: so many between two kills.
                let turn = number / (SANDBOXES / KILLS);
                kills.wait_for(|kills| *kills >= turn).await.expect("the kills go on");
                let job = deliver(&call, &addresses).await;
                (call, job)
            }
        })
        .collect();
    for kill in 1..=KILLS {
        let (life, victim) = (random(LONGEST_LIFE), random(replicas as u64) as usize);
        tokio::time::sleep(Duration::from_millis(life)).await;
        running.remove(victim).kill().await;
        running.insert(victim, setup.start().await);
        addresses.lock().expect("addresses")[victim] = running[victim].public;
        killed.send_replace(kill);
    }
    let delivered = tokio::time::timeout(PATIENCE, senders.join_all()).await;
    let delivered = delivered.unwrap_or_else(|_| panic!("not every delivery is accepted: {:#?}", running[0].log()));

    let jobs = finished(&running[0], &delivered).await;
    once_for_each_delivery(&addresses, &delivered, &jobs, &running[0]).await;
    let cut = orgs.iter().filter(|(_, org)| !never_twice_at_once(org)).count();
    assert!(cut > 0, "no kill met a scrub: nothing was shown");
    for (name, org) in &orgs {
        assert!(org.relays().iter().all(is_cleared), "{name}: {:?}", org.relays());
    }
    for service in running {
        let (code, log) = service.stop().await;
        assert_eq!(code, 0, "{log:#?}");
    }
}

/// Delivers as the class does: again with the same id until somebody has said that it is accepted.
async fn deliver(call: &Call, addresses: &Addresses) -> String {
    let client = client();
    loop {
        if let Some(job) = send(&client, call, addresses).await {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The job, where the answer was 202.
async fn send(client: &Client, call: &Call, addresses: &Addresses) -> Option<String> {
    let address = {
        let addresses = addresses.lock().expect("addresses");
        addresses[random(addresses.len() as u64) as usize]
    };
    let request = client.post(format!("http://{address}/v1/sandbox-post-copy")).body(call.body.clone());
    let request = call.headers().into_iter().fold(request, |request, (name, value)| request.header(name, value));
    let response = request.timeout(Duration::from_secs(10)).send().await.ok()?;
    match response.status().as_u16() {
        // An answer that is cut off is none: the class calls again.
        202 => Some(response.json::<Value>().await.ok()?["job"].as_str().expect("a job").to_string()),
        503 => None,
        other => panic!("{other}: a true call is accepted, or is to be made again"),
    }
}

/// Waits until each job that was accepted is in its final state.
async fn finished(service: &Service, delivered: &[(Call, String)]) -> BTreeMap<String, Value> {
    let mut jobs = BTreeMap::new();
    for (_, id) in delivered {
        jobs.insert(id.clone(), service.comes_to(id, "done").await);
    }
    jobs
}

/// Each delivery has a job of its own, and has it still when it comes again; and there are no others.
async fn once_for_each_delivery(
    addresses: &Addresses,
    delivered: &[(Call, String)],
    jobs: &BTreeMap<String, Value>,
    service: &Service,
) {
    assert_eq!((delivered.len(), jobs.len()), (SANDBOXES, SANDBOXES), "one job for each");
    let client = client();
    for (call, id) in delivered {
        let again = send(&client, call, addresses).await;
        assert_eq!(again.as_ref(), Some(id), "the same job for the same delivery");
        assert_eq!(service.job(id).await["finished_at"], jobs[id]["finished_at"], "which is not run again");
    }
    let page = client.get(service.private_url(&format!("/v1/jobs?limit={SANDBOXES}"))).send().await.expect("an answer");
    let page: Value = page.json().await.expect("JSON");
    let listed = page["jobs"].as_array().map(Vec::len);
    assert_eq!((listed, &page["next"]), (Some(SANDBOXES), &Value::Null), "there are no others");
}

/// Fails unless the requests are those of one scrub after the other; a scrub may end anywhere, and there may be another
/// then. True if none was cut short.
fn never_twice_at_once(org: &SimulatedOrg) -> bool {
    assert_eq!(org.stats().peak_concurrent_requests, 1, "two requests at once");
    let kinds: Vec<&str> = org
        .requests()
        .iter()
        .map(|seen| match seen.subrequests.last() {
            None => "token",
            Some((method, ..)) if method == "PATCH" => "write",
            Some(_) => "read",
        })
        .collect();
    let mut at = "";
    for kind in &kinds {
        let goes_on = matches!((at, *kind), (_, "token") | ("token", "read") | ("read", "write") | ("write", "again"));
        at = match (at, *kind) {
            _ if goes_on => kind,
            ("write", "read") => "end",
            _ => panic!("{kind} after {at}: two scrubs at once? {kinds:?}"),
        };
    }
    kinds == ["token", "read", "write", "read"]
}

/// A number at random, below this one.
fn random(below: u64) -> u64 {
    let bits = ulid::Ulid::generate().random();
    u64::try_from(bits % u128::from(below)).expect("it is below")
}
