//! The settings are read anew for each attempt.

use relay_scrub::server::job::State;

use super::desk::Desk;
use super::{are_cleared, code, exposed, kinds, report, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_the_settings_do_not_know_waits_until_they_do() {
    let desk = Desk::new().await;
    let (uat, dev) = (desk.org(sandbox("uat").relay(exposed())).await, desk.org(sandbox("dev")).await);
    desk.orgs(&[("dev", &dev)]);
    let replica = desk.replica().await;
    assert_eq!(replica.orgs.place("uat").await, "sandbox:uat");
    let working = replica.work();

    let id = replica.deliver_uat(&uat).await;
    let waiting = replica.waits_for(&id, "configuration").await;
    assert!(waiting.needs_attention, "{waiting:?}");
    let message = waiting.reason.as_ref().expect("a reason").message.clone();
    assert!(message.contains("no org for the sandbox `uat`"), "{message}");
    assert_eq!(report(&waiting)["orgs"][0]["api_requests"], 0);

    desk.orgs(&[("dev", &dev), ("uat", &uat)]);
    let done = replica.finished(&id, State::Done).await;
    working.stop().await;
    assert!(are_cleared(&uat));
    assert_eq!((done.needs_attention, done.reason), (false, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_to_where_the_settings_lead_now() {
    let desk = Desk::with_long_pauses().await;
    let (old, new) = (desk.uat().await, desk.org(sandbox("uat").relay(exposed())).await);
    let replica = desk.replica().await;
    let id = replica.deliver_uat(&new).await;
    desk.orgs(&[("uat", &new)]);
    let working = replica.work();

    let done = replica.finished(&id, State::Done).await;
    working.stop().await;

    assert!(are_cleared(&new));
    assert_eq!((done.attempts, kinds(&old)), (1, vec![]), "the old address is not asked any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_mended_counts_without_a_restart() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    desk.file("secret", "another-secret");
    let replica = desk.replica().await;
    let working = replica.work();

    let id = replica.deliver_uat(&org).await;
    assert!(replica.waits_for(&id, "login_client_secret").await.needs_attention);
    std::fs::remove_file(desk.path("secret")).expect("removed");
    replica.waits_for(&id, "configuration").await;
    desk.uat_secret();

    replica.finished(&id, State::Done).await;
    assert!(are_cleared(&org));
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sections_for_one_sandbox_are_told_by_their_names_and_neither_is_reached() {
    let desk = Desk::new().await;
    let (one, two) = (desk.org(sandbox("uat")).await, desk.org(sandbox("uat")).await);
    desk.orgs(&[("uat", &one), ("UAT", &two)]);
    let replica = desk.replica().await;
    let working = replica.work();

    let id = replica.deliver_uat(&one).await;
    let waiting = replica.waits_for(&id, "configuration").await;
    working.stop().await;

    let message = waiting.reason.as_ref().expect("a reason").message.clone();
    assert!(message.contains("[orgs.uat] and [orgs.UAT]"), "{message}");
    assert_eq!((kinds(&one), kinds(&two)), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_a_sandboxs_is_trouble_of_the_settings_and_gets_no_credential() {
    let desk = Desk::new().await;
    let org = desk.org(sandbox("uat").relay(exposed())).await;
    desk.orgs_and(&[], "[orgs.uat]\ninstance_url = \"https://acme.my.salesforce.com\"\n");
    let replica = desk.replica().await;
    let working = replica.work();

    let id = replica.deliver_uat(&org).await;
    let waiting = replica.waits_for(&id, "address_not_a_sandbox").await;
    assert!(waiting.needs_attention, "{waiting:?}");

    desk.orgs(&[("uat", &org)]);
    replica.finished(&id, State::Done).await;
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_the_settings_expect_narrows_and_a_call_for_another_reaches_nothing() {
    let desk = Desk::with_long_pauses().await;
    let org = desk.org(sandbox("uat").relay(exposed())).await;
    let expect = format!("[orgs.uat]\ninstance_url = \"{}\"\nexpect_org_id = \"{}\"\n", org.url(), org.id());
    desk.orgs_and(&[], &expect);
    let replica = desk.replica().await;

    let other = replica.deliver("uat", "00D9z000000othe").await;
    let working = replica.work();
    let waiting = replica.waits_for(&other, "configuration").await;
    let reason = waiting.reason.as_ref().expect("why");
    assert!(waiting.needs_attention && reason.message.contains("expect_org_id"), "{reason:?}");
    assert!(reason.hint.contains("Take expect_org_id out"), "{reason:?}");
    assert_eq!(kinds(&org), Vec::<&str>::new());

    let own = replica.deliver_uat(&org).await;
    replica.finished(&own, State::Done).await;
    assert!(are_cleared(&org));
    assert_eq!(code(&replica.job(&other).await), "configuration");
    working.stop().await;
}
