//! Answers that are none of Salesforce's, at every request: never clean, never a hang, never a panic.

use super::*;

type MakeFault = fn(Matcher) -> Fault;

/// Answers that no repetition mends: what they are, and a word of what is said of them.
const UNREADABLE: [(&str, MakeFault, &str); 6] = [
    ("web page", Fault::html_200, "a web page"),
    ("cut off in itself", Fault::malformed_json, "cut off"),
    ("redirect", |matcher| Fault::redirect(matcher, "https://evil.example/login"), "redirect to https://evil.example"),
    ("huge", |matcher| Fault::huge_body(matcher, 9 * 1024 * 1024), "more than 8 MiB"),
    ("empty", |matcher| Fault::status(matcher, 200, &[("content-type", "application/json")], ""), "without a body"),
    ("other JSON", |matcher| Fault::status(matcher, 200, &[("content-type", "application/json")], "[]"), ""),
];

/// Answers that don't come, or not whole: they are asked for again.
const LOST: [(&str, MakeFault); 3] = [
    ("cut off in transit", Fault::truncated),
    ("too slow", |matcher| Fault::slow_drip(matcher, 1, Duration::from_millis(100))),
    ("hang", Fault::hang_before),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_ends_a_login_and_a_reading_with_what_it_was() {
    for (name, fault, word) in UNREADABLE {
        for place in [Place::Token, Place::Read, Place::ReadAgain] {
            let (_simulator, org) = simulate(with_relays(1)).await;
            org.fault(place.meets(fault));
            let done = Scrub::new().run(&org).await;
            let told = format!("{name} at {place:?}: {done:?}");
            let code = if place == Place::ReadAgain { "write_unconfirmed" } else { "unreadable_answer" };
            assert_eq!(done.end(), (Outcome::Failed, 1, code, place.before() + 1), "{told}");
            // Of what a token endpoint says that is no answer nothing is shown: it could be a token.
            let is_shown = place != Place::Token || !matches!(name, "cut off in itself" | "empty" | "other JSON");
            assert!(!is_shown || done.message().contains(word), "{told}");
            assert_eq!(cleared(&org), usize::from(place == Place::ReadAgain), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_to_a_write_is_settled_by_reading() {
    for (name, fault, _) in UNREADABLE {
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(Place::Write.meets(fault));
        let done = Scrub::new().run(&org).await;
        let is_committed = matches!(name, "cut off in itself" | "huge");
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", if is_committed { 4 } else { 6 }), "{name}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_is_asked_for_again_and_given_up_in_the_end() {
    let places = [Place::Token, Place::Read, Place::ReadAgain];
    let cases = places.into_iter().flat_map(|place| LOST.map(|(name, fault)| (place, name, fault)));
    side_by_side(cases, |(place, name, fault)| async move {
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(place.meets(fault));
        let done = Scrub::new().impatient().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", 5), "{name} at {place:?}: {done:?}");
    })
    .await;
    let (_simulator, org) = simulate(with_relays(1)).await;
    org.fault(Place::Read.meets(Fault::truncated).always());
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "unavailable", 1 + TRIES as u32), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_with_a_part_missing_or_bent_is_never_clean() {
    type Edit = fn(&mut serde_json::Value);
    let edits: [(&str, Edit); 9] = [
        ("no relays part", |answer| {
            answer["compositeResponse"].as_array_mut().expect("parts").pop();
        }),
        ("no parts", |answer| answer["compositeResponse"] = serde_json::json!([])),
        ("no list of parts", |answer| answer["compositeResponse"] = serde_json::Value::Null),
        ("records missing", |answer| {
            answer["compositeResponse"][3]["body"].as_object_mut().expect("a page").remove("records");
        }),
        ("records of no page", |answer| answer["compositeResponse"][3]["body"] = serde_json::json!([])),
        ("fewer records than there are", |answer| {
            answer["compositeResponse"][3]["body"]["records"] = serde_json::json!([]);
        }),
        ("a record without its user name", |answer| {
            answer["compositeResponse"][3]["body"]["records"][0].as_object_mut().expect("a record").remove("Username");
        }),
        ("a record without its id", |answer| {
            answer["compositeResponse"][3]["body"]["records"][0].as_object_mut().expect("a record").remove("Id");
        }),
        ("a page that is not the last, and empty", |answer| {
            answer["compositeResponse"][3]["body"]["done"] = false.into();
            answer["compositeResponse"][3]["body"]["records"] = serde_json::json!([]);
        }),
    ];
    for (name, edit) in edits {
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(Fault::alter(Matcher::reading_composite(), edit));
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Failed, 1, "unreadable_answer", 2), "{name}: {done:?}");
        assert!(is_untouched(&org), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_another_type_is_read_as_exposed_or_not_at_all() {
    for (field, value) in [
        ("IsRequireAuth", serde_json::json!("false")),
        ("IsRequireAuth", serde_json::Value::Null),
        ("IsRequireAuth", serde_json::json!(0)),
        ("Username", serde_json::json!("")),
        ("Username", serde_json::json!({})),
    ] {
        let (_simulator, org) = simulate(sandbox("uat").relay(Relay::clean("smtp.acme.com"))).await;
        let bent = value.clone();
        org.fault(Fault::alter(Matcher::reading_composite(), move |answer| {
            answer["compositeResponse"][3]["body"]["records"][0][field] = bent.clone();
        }));
        let done = Scrub::new().dry_run().run(&org).await;
        assert_ne!(done.report.outcome, Outcome::Clean, "{field} {value}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_go_round_in_a_circle_end() {
    let (_simulator, org) = simulate(with_relays(2)).await;
    org.fault(
        Fault::alter(Matcher::reading_composite(), |answer| {
            let body = &mut answer["compositeResponse"].as_array_mut().expect("parts").last_mut().expect("one")["body"];
            let id = "0Xe000000000001";
            *body = serde_json::json!({"totalSize": 9, "done": false, "records": [{
                "Id": id, "Host": "h", "Port": "25", "TlsSetting": "Off", "IsRequireAuth": true, "Username": null,
            }]});
        })
        .always(),
    );
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "unreadable_answer", 3), "{done:?}");
    assert!(done.message().contains("without an end"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_only_claims_success_is_found_out_by_reading() {
    let (_simulator, org) = simulate(with_relays(1)).await;
    // It was carried out as far as Salesforce says, and something put the relay back in the same moment.
    let before = org.relays()[0].clone();
    org.fault(
        Fault::after(Matcher::writing_composite(), move |state| {
            state.put_relay(before.clone());
        })
        .always(),
    );
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "still_exposed", 4), "{done:?}");
    assert_eq!(done.reason(0), "Salesforce said it was changed; read again, it is exposed");
    assert_eq!(done.report.verified, Some(false));
}
