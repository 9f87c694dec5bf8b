//! What the audit asks for, and that the proof travels along.

use super::*;
use relay_scrub::simulator::{OrgState, Seen};

fn decoded(text: &str) -> String {
    url::form_urlencoded::parse(text.as_bytes()).map(|(name, value)| format!("{name}={value} ")).collect()
}

/// The parts of a Composite request, decoded.
pub(super) fn parts(seen: &Seen) -> Vec<String> {
    seen.subrequests.iter().map(|(method, url, _)| format!("{method} {}", decoded(&url.replace('?', "&")))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_and_no_credential_is_asked_for() {
    let simulator = simulator().await;
    for kind in [OrgKind::Sandbox, OrgKind::Production] {
        let org = add(&simulator, acme(kind)).await;
        let before = org.edit(|state| state.records.clone());

        let (ran, _) = audit(&org, &["--allow-production"]).await;

        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(format!("{before:?}"), format!("{:?}", org.edit(|state| state.records.clone())));
        for seen in org.requests().iter().skip(1) {
            let is_soap = seen.path.starts_with("/services/Soap/");
            assert!(is_soap || seen.path.ends_with("/composite"), "{seen:?}");
            assert!(!is_soap || seen.body.contains("<readMetadata>") && !seen.authorized, "{seen:?}");
            for part in parts(seen) {
                assert!(part.starts_with("GET "), "{part}");
                let selected = part.split(" FROM ").next().expect("a part").to_string();
                for word in ["Username", "Password", "PrivateKey", "FIELDS"] {
                    assert!(!selected.contains(word), "{part}");
                }
                assert!(kind == OrgKind::Sandbox || !part.contains("Username"), "of production: {part}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_refers_to_the_proof_of_its_own_request() {
    let simulator = simulator().await;
    for kind in [OrgKind::Sandbox, OrgKind::Production] {
        let setup = acme(kind).limits(|limits| limits.page_size = 1).quirks(|quirks| quirks.token_without_id = true);
        let org = add(&simulator, setup.relay(Relay::clean("b.acme.com"))).await;
        let arguments: &[&str] = if kind == OrgKind::Production { &["--allow-production"] } else { &[] };

        let (ran, _) = audit(&org, arguments).await;

        assert_eq!(ran.code, 0, "{ran:?}");
        let composites: Vec<Seen> = org.requests().into_iter().filter(|seen| !seen.subrequests.is_empty()).collect();
        assert_eq!(composites.len(), 3, "{composites:?}");
        for (number, seen) in composites.iter().enumerate() {
            assert!(seen.body.contains("\"collateSubrequests\":false"), "{seen:?}");
            let position = seen.subrequests.iter().position(|(.., reference)| reference == "proof").expect("a proof");
            let all = parts(seen);
            let proof = &all[position];
            assert_eq!(proof.contains("IsSandbox = true"), kind == OrgKind::Sandbox, "{proof}");
            assert!(number == 0 || proof.contains(&format!("Id = '{}'", org.id())), "{proof}");
            for (place, part) in all.iter().enumerate().filter(|(_, part)| part.contains(" FROM Email")) {
                assert!(place > position && part.contains("WHERE Id != '@{proof.records[0].Id}'"), "{part}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_changes_meanwhile_is_refused() {
    let changes: [fn(&mut OrgState); 2] = [OrgState::become_production, |state| state.id = "00D9z000000otheEAA".into()];
    let simulator = simulator().await;
    for change in changes {
        let org = add(&simulator, acme(OrgKind::Sandbox)).await;
        org.fault(Fault::before(Matcher::reading_composite(), change).nth(2));
        let (ran, report) = audit(&org, &[]).await;
        assert_eq!((ran.code, &report["error"]["code"]), (3, &"proof_failed".into()), "{ran:?}");
        assert_eq!(report["findings"], serde_json::json!([]), "nothing that was read of it is told: {report:#}");
    }
    let org = add(&simulator, acme(OrgKind::Production)).await;
    org.fault(Fault::before(Matcher::reading_composite(), |state| state.id = "00D9z000000otheEAA".into()).nth(2));
    let (ran, report) = audit(&org, &["--allow-production"]).await;
    assert_eq!((ran.code, &report["error"]["code"]), (3, &"proof_failed".into()), "{ran:?}");
}
