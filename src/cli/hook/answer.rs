//! What an answer of the hook means, and what to do about it. Pure.

use std::fmt;

use reqwest::StatusCode;
use serde::Serialize;

use crate::server::signature::TOLERANCE;

/// What came back.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    /// Nothing where there was no answer.
    pub(super) status: Option<StatusCode>,
    /// The job that the delivery is, where it was accepted.
    pub(super) job: Option<String>,
    /// What the service said of its refusal.
    pub(super) told: Option<String>,
    /// How many seconds this machine's clock is ahead of the one that answered.
    pub(super) clock_ahead: Option<i64>,
    /// `Retry-After`
    pub(super) retry_after: Option<String>,
    /// `Location`
    pub(super) location: Option<String>,
    /// Why there was no answer.
    pub(super) nothing: Option<String>,
}

impl Answer {
    /// No answer, and why.
    pub(super) fn nothing(why: String) -> Self {
        Self { nothing: Some(why), ..Self::default() }
    }
}

/// What it means. As JSON it is what `--json` prints; fields may be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Explained {
    /// Whether the delivery was taken, or with `--check` would have been.
    pub(super) accepted: bool,
    /// The status of the answer, if there was one.
    status: Option<u16>,
    /// The job.
    job: Option<String>,
    /// How many seconds this machine's clock is ahead of the service's.
    clock_ahead_s: Option<i64>,
    /// What happened.
    message: String,
    /// What to do; empty where nothing has to be done.
    hint: String,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.message)?;
        if self.hint.is_empty() { Ok(()) } else { writeln!(f, "{}", self.hint) }
    }
}

/// Says what an answer means.
pub(super) fn explain(answer: &Answer, is_check: bool) -> Explained {
    let (accepted, message, hint) = match answer.status {
        None => no_answer(answer.nothing.as_deref().unwrap_or("no reason is known")),
        Some(status) => meaning(status, answer, is_check),
    };
    Explained {
        accepted,
        status: answer.status.map(|status| status.as_u16()),
        job: answer.job.clone(),
        clock_ahead_s: answer.clock_ahead,
        message,
        hint,
    }
}

fn meaning(status: StatusCode, answer: &Answer, is_check: bool) -> (bool, String, String) {
    let told = answer.told.as_ref().map(|told| format!(": {told}")).unwrap_or_default();
    let refused = |hint: String| (false, format!("Not accepted ({status}){told}."), hint);
    match (status.as_u16(), &answer.job) {
        (202, Some(job)) => {
            let message = format!("Accepted: it is job {job}, on the service's disk.");
            (true, message, format!("`relay-scrub jobs show {job}` tells what becomes of it."))
        }
        (422, _) if is_check && answer.told.is_some() => {
            let message = "The service answers, and the signature holds: it would accept deliveries. No job was made.";
            (true, message.into(), String::new())
        }
        (401, _) => refused(unsigned(answer.clock_ahead)),
        (404 | 405, _) => {
            refused("There is no hook at this address: is it the service's, and the public listener's?".into())
        }
        (408, _) => refused("The service did not get the whole request in time: is the way to it slow?".into()),
        (413, _) => refused("Something on the way takes less than the few hundred bytes of a delivery.".into()),
        (422, _) => refused("The signature holds; what the service says of the delivery is to be mended.".into()),
        (429, _) => refused(format!("{} A sandbox that calls gets the same answer.", again(answer))),
        (502 | 504, _) => refused("A proxy answered, and could not reach the service: does `serve` run there?".into()),
        (503, _) => refused(format!(
            "{} The service is about to leave, or its database is away: its log says which.",
            again(answer)
        )),
        (300..=399, _) => {
            let to = answer.location.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
            refused(format!(
                "It is a redirect{to}, and a callout of Salesforce follows none: give the address it leads to."
            ))
        }
        _ => refused("That is no answer of relay-scrub: does this address lead to it?".into()),
    }
}

fn again(answer: &Answer) -> String {
    let after = answer.retry_after.as_ref().filter(|after| after.bytes().all(|byte| byte.is_ascii_digit()));
    after.map_or_else(|| "Try again later.".into(), |seconds| format!("Try again in {seconds} s."))
}

/// Why a signature is not accepted: the service doesn't say, so the clock is what can be looked at from here.
fn unsigned(clock_ahead: Option<i64>) -> String {
    let minutes = TOLERANCE / 60;
    match clock_ahead {
        Some(seconds) if seconds.abs() > TOLERANCE => {
            let where_to = if seconds > 0 { "ahead of" } else { "behind" };
            format!(
                "This machine's clock is {} s {where_to} the service's, and no more than {minutes} minutes are allowed: set \
                 the clock that is wrong.",
                seconds.abs()
            )
        }
        _ => "Most likely the service has another secret than was signed with: compare RELAY_SCRUB_WEBHOOK_SECRET, \
              --webhook-secret-file and webhook_secret_file on both sides. Else a proxy on the way drops the webhook-… \
              headers or changes the body. The service's log says which."
            .into(),
    }
}

fn no_answer(why: &str) -> (bool, String, String) {
    let lower = why.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let hint = if says(&["invalidcontenttype", "wrong version number"]) {
        "What answers there speaks no TLS: is it the service's own port, behind the proxy that has the certificate? On \
         this machine the address begins with http:// then."
    } else if says(&["invalid http", "http/0.9", "message completed", "connection closed", "unexpected eof"]) {
        "What answers there speaks no plain http: where the service has a certificate (--tls-cert), the address begins \
         with https://."
    } else if says(&["certificate", "tls", "handshake", "issuer"]) {
        "The certificate must be one that this machine trusts, for this name, and not expired, with the whole chain; \
         Salesforce asks for that too. SSL_CERT_FILE names a certificate authority of your own."
    } else if says(&["refused"]) {
        "Nothing listens there: does `serve` run, on this address and port?"
    } else if says(&["dns", "lookup", "resolve", "name or service", "no address"]) {
        "The name is not known: is it written right?"
    } else if says(&["in time"]) {
        "Something swallows what is sent: a firewall, or a proxy that can't reach the service."
    } else {
        "Is this the address of the public listener, or of the proxy in front of it?"
    };
    (false, format!("No answer: {why}."), hint.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Answer {
        Answer { status: StatusCode::from_u16(status).ok(), ..Answer::default() }
    }

    #[test]
    fn accepted_is_a_job_and_nothing_else() {
        assert!(explain(&Answer { job: Some("01J".into()), ..answer(202) }, false).accepted);
        for status in [200, 202, 204, 301, 400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504] {
            let explained = explain(&answer(status), status != 422);
            assert!(!explained.accepted && !explained.hint.is_empty(), "{explained:?}");
        }
        assert!(!explain(&Answer::nothing("x".into()), true).accepted);
    }

    #[test]
    fn a_check_wants_the_services_own_refusal() {
        let told = Answer { told: Some("missing field".into()), ..answer(422) };
        assert!(explain(&told, true).accepted);
        assert!(!explain(&told, false).accepted);
        assert!(!explain(&answer(422), true).accepted);
    }

    #[test]
    fn a_clock_that_is_wrong_is_told_from_a_secret_that_is_wrong() {
        let hint = |clock_ahead| explain(&Answer { clock_ahead, ..answer(401) }, false).hint;
        assert!(hint(Some(400)).starts_with("This machine's clock is 400 s ahead of the service's"));
        assert!(hint(Some(-301)).starts_with("This machine's clock is 301 s behind the service's"));
        for near in [None, Some(0), Some(300), Some(-300)] {
            assert!(hint(near).starts_with("Most likely the service has another secret"), "{near:?}");
        }
    }
}
