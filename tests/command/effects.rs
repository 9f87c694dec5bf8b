//! What a scrub changes in the org, and what it leaves.

use relay_scrub::simulator::Relay;

use super::{add, quiet, simulator};
use crate::support::program::{Program, exposed, is_cleared, requests, sandbox};

fn unlike_any_other() -> Relay {
    Relay {
        port: "10025".into(),
        tls_setting: "RequiredVerify".into(),
        auth_type: "LOGIN".into(),
        ..Relay::exposed("odd.acme.com", "odd@acme.com", "planted")
    }
}

/// No authentication, no user name, and a password that nobody can see.
fn hidden() -> Relay {
    Relay { password: Some("planted".into()), ..Relay::clean("hidden.acme.com") }
}

fn without_credentials(relay: &Relay) -> Relay {
    Relay { is_require_auth: false, username: None, password: None, ..relay.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_credentials_of_exposed_relays_change() {
    let simulator = simulator().await;
    let leftover = Relay { is_require_auth: false, ..exposed() };
    let setup =
        sandbox("uat").relay(unlike_any_other()).relay(hidden()).relay(Relay::clean("c.acme.com")).relay(leftover);
    let org = add(&simulator, setup).await;
    let before = org.relays();

    quiet(&Program::scrub(&org, []).run().await, 0);

    let expected =
        [without_credentials(&before[0]), before[1].clone(), before[2].clone(), without_credentials(&before[3])];
    assert_eq!(org.relays(), expected);
    for untouched in &before[1..3] {
        let writes = org.requests().into_iter().filter(|request| request.subrequests.iter().any(|(m, ..)| m != "GET"));
        assert!(writes.into_iter().all(|request| !request.body.contains(&untouched.id)), "{untouched:?} was written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_nobody_can_see_is_warned_of_and_cleared_on_demand() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(hidden())).await;

    let ran = Program::scrub(&org, ["--json"]).run().await;
    assert_eq!((ran.code, &ran.org()["outcome"]), (0, &"clean".into()), "{ran:?}");
    assert_eq!(ran.org()["warnings"][0]["code"], "password_unknowable", "{ran:?}");
    assert_eq!(ran.org()["verified"], serde_json::Value::Null);
    assert_eq!((org.relays()[0].password.as_deref(), requests(&org)), (Some("planted"), 2));

    org.forget_requests();
    let ran = Program::scrub(&org, ["--json", "--every-relay"]).run().await;
    assert_eq!((ran.code, &ran.org()["outcome"]), (0, &"cleared".into()), "{ran:?}");
    assert_eq!(ran.org()["warnings"].as_array().map(Vec::len), Some(0), "{ran:?}");
    assert!(org.relays().iter().all(is_cleared), "{:?}", org.relays());
    assert_eq!(requests(&org), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unseen_password_that_could_not_be_cleared_is_a_failure() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(hidden())).await;
    org.refuse_updates(&org.relays()[0].id, "FIELD_INTEGRITY_EXCEPTION", "no", None);
    let ran = Program::scrub(&org, ["--json", "--every-relay"]).run().await;
    quiet(&ran, 1);
    assert_eq!((&ran.org()["outcome"], &ran.org()["verified"]), (&"failed".into(), &false.into()), "{ran:?}");
    assert_eq!(org.relays()[0].password.as_deref(), Some("planted"));
}
