//! The judgement on an org, over every history that a relay can have: nothing exposed is ever called cleared or clean.

use std::collections::BTreeMap;

use proptest::prelude::*;
use relay_scrub::domain::diff::Usernames;
use relay_scrub::domain::id::RecordId;
use relay_scrub::domain::plan::{Decision, Policy, plan};
use relay_scrub::domain::record::{Record, Value};
use relay_scrub::domain::report::{RecordResult, Written, unverified, verify};
use relay_scrub::domain::rule::Rule;

/// A relay before the write, what was heard of its write, and the relay after it; absent where it was not there.
type History = (Option<Fields>, Written, Option<Fields>);

/// `IsRequireAuth` and `Username`.
type Fields = (Value, Value);

/// The snippet's condition, written down a second time.
fn is_exposed((auth, username): &Fields) -> bool {
    *auth != Value::Boolean(false) || *username != Value::Null
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => Just(Value::Null),
        3 => Just(Value::Boolean(false)),
        2 => Just(Value::Boolean(true)),
        1 => Just(Value::Text(String::new())),
        1 => Just(Value::Text("false".into())),
        2 => Just(Value::Text("smtp@acme.com".into())),
    ]
}

fn fields() -> impl Strategy<Value = Fields> {
    prop_oneof![(value(), value()), Just((Value::Boolean(false), Value::Null))]
}

fn written() -> impl Strategy<Value = Written> {
    prop_oneof![Just(Written::Yes), Just(Written::No("no".into())), Just(Written::Unknown), Just(Written::NotSent),]
}

fn histories() -> impl Strategy<Value = Vec<History>> {
    prop::collection::vec((prop::option::of(fields()), written(), prop::option::of(fields())), 0..6)
}

fn id(number: usize) -> RecordId {
    format!("0Xe5e000000{number:04}").parse().expect("an id")
}

fn record(number: usize, (auth, username): &Fields) -> Record {
    let fields = [("IsRequireAuth", auth), ("Username", username)];
    let fields: BTreeMap<_, _> = fields.into_iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    Record { id: id(number), fields }
}

fn records(histories: &[History], side: impl Fn(&History) -> &Option<Fields>) -> Vec<Record> {
    let records = histories.iter().enumerate();
    records.filter_map(|(number, history)| side(history).as_ref().map(|fields| record(number, fields))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_exposed_is_called_cleared_and_nothing_is_verified_while_it_is(
        histories in histories(),
        every_record: bool,
    ) {
        let rule = Rule::email_relay();
        let policy = Policy { every_record, usernames: Usernames::Masked };
        let before = records(&histories, |(before, ..)| before);
        let after = records(&histories, |(.., after)| after);
        let plan = plan(&rule, policy, &before);

        // The plan has every exposed relay, and the others only on demand.
        let planned = |number| plan.clears().find(|step| step.record == id(number));
        for (number, (before, ..)) in histories.iter().enumerate() {
            let expected = before.as_ref().is_some_and(|fields| every_record || is_exposed(fields));
            prop_assert_eq!(planned(number).is_some(), expected);
        }

        let heard: Vec<Written> = histories
            .iter()
            .enumerate()
            .filter(|(number, _)| planned(*number).is_some())
            .map(|(_, (_, written, _))| written.clone())
            .collect();
        let verdict = verify(&rule, policy, &plan, &heard, &after);

        for (number, (_, written, after)) in histories.iter().enumerate() {
            let report = verdict.records.iter().find(|report| report.id == id(number));
            let exposed_now = after.as_ref().is_some_and(is_exposed);
            let result = report.map(|report| report.result);
            // Whatever was read again is told of once: what is left is not exposed, and nothing was done to it.
            let left = verdict.left.iter().filter(|left| left.id == id(number)).count();
            prop_assert_eq!(left, usize::from(after.is_some() && report.is_none()));
            if exposed_now {
                prop_assert!(!verdict.verified);
                prop_assert!(matches!(result, Some(RecordResult::Failed | RecordResult::NotAttempted)), "{result:?}");
            }
            match result {
                Some(RecordResult::Cleared) => {
                    prop_assert!(after.is_some() && !exposed_now);
                    let unseen = planned(number).is_some_and(|step| step.decision == Decision::ClearUnseen);
                    // An exposed record that is no longer so was changed by the write whose answer was lost.
                    let is_ours = *written == Written::Yes || !unseen && *written == Written::Unknown;
                    prop_assert!(is_ours, "a password that nobody sees: {written:?}");
                }
                Some(RecordResult::Gone) => prop_assert!(after.is_none()),
                Some(RecordResult::Failed | RecordResult::NotAttempted) => prop_assert!(!verdict.verified),
                Some(RecordResult::WouldClear) => prop_assert!(false, "nothing is left to a later run"),
                None => prop_assert!(planned(number).is_none() && !exposed_now),
            }
        }

        // Without a reading again nothing is cleared, whatever was heard.
        let results = unverified(&plan, &heard);
        prop_assert_eq!(results.len(), plan.clears().count());
        prop_assert!(results.iter().all(|r| matches!(r.result, RecordResult::Failed | RecordResult::NotAttempted)));
    }
}
