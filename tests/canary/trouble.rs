//! Every kind of trouble in which a secret may be said that is not said otherwise.

use std::sync::{Arc, Mutex};

use relay_scrub::simulator::{Fault, Matcher, Request, SimulatedOrg};
use serde_json::json;

use super::login::RELAY_USERNAME;

/// A name for messages, and what it does to an org.
pub(super) type Trouble = (&'static str, fn(&SimulatedOrg));

/// Trouble of which nothing is shown that says anything of the request.
pub(super) const MUTE: [Trouble; 23] = [
    ("no trouble", |_| {}),
    ("a redirect with the session in its query, of which nothing is shown", |org| {
        let (session, handle) = (spy(org, authorization), org.clone());
        org.fault(Fault::before(Matcher::reading_composite(), move |_| {
            let to = format!("https://login.example/?sid={}", heard(&session));
            handle.fault(Fault::redirect(Matcher::writing_composite(), &to));
        }));
    }),
    ("a token of an unknown app", |org| org.edit(|state| state.apps.clear())),
    ("a token for a frozen user", |org| org.edit(|state| state.users[0].frozen = true)),
    ("a web page in place of a token", |org| org.fault(Fault::html_200(Matcher::token()))),
    ("half a token", |org| org.fault(Fault::malformed_json(Matcher::token()))),
    ("a token cut short", |org| org.fault(Fault::truncated(Matcher::token()))),
    ("a token lost", |org| org.fault(Fault::reply_lost(Matcher::token()))),
    ("a token of a foreign instance", |org| org.fault(Fault::foreign_instance_url("https://evil.example"))),
    ("a token's host that redirects", |org| org.fault(Fault::redirect(Matcher::token(), "https://evil.example/"))),
    ("a web page in place of relays", |org| org.fault(Fault::html_200(Matcher::api()))),
    ("503", |org| org.fault(Fault::unavailable(Matcher::api()))),
    ("half the relays", |org| org.fault(Fault::malformed_json(Matcher::api()))),
    ("relays cut short", |org| org.fault(Fault::truncated(Matcher::api()))),
    ("a reset", |org| org.fault(Fault::reset(Matcher::api()))),
    ("a session that ends before the read", |org| org.fault(Fault::expire_sessions(Matcher::reading_composite()))),
    ("a session that ends before the write", |org| org.fault(Fault::expire_sessions(Matcher::writing_composite()))),
    ("a write without an answer", |org| org.fault(Fault::reply_lost(Matcher::writing_composite()))),
    ("half the answer to a write", |org| org.fault(Fault::malformed_json(Matcher::writing_composite()))),
    ("a field that is hidden", |org| org.edit(|state| state.users[0].hidden_fields.push("Username".into()))),
    ("production", SimulatedOrg::become_production),
    ("production from the write on", |org| {
        org.fault(Fault::before(Matcher::writing_composite(), |state| state.become_production()));
    }),
    ("an API that is off", |org| org.edit(|state| state.users[0].api_enabled = false)),
];

/// Trouble that quotes what was sent, or what the org holds.
pub(super) const QUOTING: [Trouble; 5] = [
    ("a rejection that quotes the user name", |org| {
        let message = format!("{RELAY_USERNAME} is no user name");
        org.refuse_updates(&org.relays()[0].id, "FIELD_INTEGRITY_EXCEPTION", &message, None);
    }),
    ("a lock that quotes the user name", |org| {
        let message = format!("somebody edits {RELAY_USERNAME}");
        org.refuse_updates(&org.relays()[0].id, "UNABLE_TO_LOCK_ROW", &message, Some(1));
    }),
    ("a name that quotes the session", |org| {
        let session = spy(org, authorization);
        org.fault(Fault::before(Matcher::api(), move |state| state.name = heard(&session)));
    }),
    ("an error that quotes the session", |org| {
        let (session, handle) = (spy(org, authorization), org.clone());
        org.fault(Fault::before(Matcher::reading_composite(), move |_| {
            let said = json!([{"errorCode": "WEIRD", "message": format!("got Authorization: {}", heard(&session))}]);
            handle.fault(Fault::status(Matcher::writing_composite(), 400, &[], &said.to_string()));
        }));
    }),
    ("a login that quotes the request for a token", |org| {
        let (form, handle) = (spy(org, Request::text), org.clone());
        org.fault(Fault::before(Matcher::token(), move |_| {
            let said = json!({"error": "invalid_grant", "error_description": heard(&form)}).to_string();
            handle.fault(Fault::status(Matcher::token(), 400, &[], &said).always());
        }));
        org.fault(Fault::expire_sessions(Matcher::writing_composite()));
    }),
];

/// Keeps what `read` finds in the last request.
fn spy(org: &SimulatedOrg, read: fn(&Request) -> String) -> Arc<Mutex<String>> {
    let heard = Arc::new(Mutex::new(String::new()));
    let inside = heard.clone();
    let note = Matcher::when(move |request| {
        *inside.lock().expect("what was heard") = read(request);
        false
    });
    org.fault(Fault::before(note, |_| {}).always());
    heard
}

fn authorization(request: &Request) -> String {
    request.header("authorization").unwrap_or_default().to_string()
}

fn heard(heard: &Mutex<String>) -> String {
    let heard = heard.lock().expect("what was heard").clone();
    assert!(!heard.is_empty(), "nothing was heard");
    heard
}
