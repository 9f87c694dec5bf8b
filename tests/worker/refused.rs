//! What is refused for good: production, and an org that the settings deny.

use relay_scrub::server::job::State;
use relay_scrub::simulator::{OrgKind, OrgSetup};

use super::desk::Desk;
use super::{are_cleared, code, exposed, kinds, report, sandbox};

/// Another org than any that the simulator makes.
const OTHER: &str = "00D9z000000othe";

#[tokio::test(flavor = "multi_thread")]
async fn production_is_refused_for_good_whether_the_call_is_for_it_or_for_another() {
    for kind in [OrgKind::Production, OrgKind::DeveloperEdition, OrgKind::Trial] {
        for (is_meant, token_tells) in [(true, true), (false, true), (true, false), (false, false)] {
            let desk = Desk::new().await;
            let setup = OrgSetup { kind, ..sandbox("uat").relay(exposed()) }.quirks(|quirks| {
                quirks.jwt_access_tokens = !token_tells;
                quirks.token_without_id = !token_tells;
            });
            let org = desk.org(setup).await;
            desk.orgs(&[("uat", &org)]);
            let before = org.relays();
            let replica = desk.replica().await;
            let working = replica.work();

            let meant = if is_meant { org.id() } else { OTHER.into() };
            let id = replica.deliver("uat", &meant).await;
            let job = replica.finished(&id, State::Refused).await;
            working.stop().await;

            let told = format!("{kind:?} {is_meant} {token_tells}: {job:?}");
            assert_eq!(
                (code(&job), job.outcome.as_deref(), job.attempts),
                ("not_a_sandbox", Some("refused"), 1),
                "{told}"
            );
            let hint = &job.reason.as_ref().expect("a reason").hint;
            assert!(hint.contains("who called") && hint.contains("jobs retry"), "{told}");
            assert_eq!(org.relays(), before, "{told}");
            assert!(!kinds(&org).contains(&"write"), "{told}");
            assert_eq!(report(&job)["orgs"][0]["outcome"], "refused", "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_the_settings_deny_is_refused_for_good() {
    for is_meant in [true, false] {
        let desk = Desk::new().await;
        let org = desk.org(sandbox("uat").relay(exposed())).await;
        desk.orgs_and(&[("uat", &org)], &format!("[guard]\nproduction_org_id = \"{}\"\n", org.id()));
        let replica = desk.replica().await;
        let working = replica.work();

        let id = replica.deliver("uat", if is_meant { org.id() } else { OTHER.into() }.as_str()).await;
        let job = replica.finished(&id, State::Refused).await;

        assert_eq!((code(&job), kinds(&org)), ("denied_org", vec!["token"]));
        assert!(!are_cleared(&org));
        working.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scratch_org_is_nobodys_production_and_is_scrubbed() {
    let desk = Desk::new().await;
    let org = desk.org(OrgSetup { kind: OrgKind::Scratch, ..sandbox("uat").relay(exposed()) }).await;
    desk.orgs(&[("uat", &org)]);
    let replica = desk.replica().await;
    let working = replica.work();

    let id = replica.deliver_uat(&org).await;
    replica.finished(&id, State::Done).await;

    assert!(are_cleared(&org));
    working.stop().await;
}
