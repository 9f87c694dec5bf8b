//! Scripted trouble: which request it meets, and what happens to it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::message::Request;
use super::state::OrgState;

type Predicate = Arc<dyn Fn(&Request) -> bool + Send + Sync>;
type Script = Arc<dyn Fn(&mut OrgState) + Send + Sync>;
type Edit = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// Which requests a fault is meant for.
#[derive(Clone)]
pub struct Matcher(Predicate);

/// Trouble for some requests to come; by default for one.
#[derive(Clone, Debug)]
pub struct Fault {
    matcher: Matcher,
    action: Action,
    skip: u32,
    times: Option<u32>,
}

/// What happens to a request that a fault meets.
#[derive(Clone)]
pub(super) enum Action {
    /// Changes the org before the request is carried out.
    Before(Script),
    /// Changes the org after the request was carried out and before its answer is sent.
    After(Script),
    /// Changes the JSON of the answer.
    Alter(Edit),
    /// Waits before the request is carried out.
    Delay(Duration),
    /// Does something else than to carry out and answer it.
    Deliver(Delivery),
}

/// How an answer goes astray.
#[derive(Clone, Debug)]
pub(super) enum Delivery {
    Instead { status: u16, headers: Vec<(String, String)>, body: String },
    Reset,
    ReplyLost,
    HangBefore,
    HangAfter,
    Truncated,
    Malformed,
    SlowDrip { chunk: usize, pause: Duration },
    Huge { bytes: usize },
}

impl Matcher {
    /// Requests for which a function says true.
    pub fn when(holds: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(holds))
    }

    /// Every request.
    pub fn any() -> Self {
        Self::when(|_| true)
    }

    /// Requests for a token.
    pub fn token() -> Self {
        Self::when(Request::asks_for_token)
    }

    /// Every request but those for a token.
    pub fn api() -> Self {
        Self::when(|request| !request.asks_for_token())
    }

    /// Requests whose body contains a text.
    pub fn body_contains(text: &str) -> Self {
        let text = text.to_string();
        Self::when(move |request| request.text().contains(&text))
    }

    /// Requests whose path contains a text.
    pub fn path_contains(text: &str) -> Self {
        let text = text.to_string();
        Self::when(move |request| request.path.contains(&text))
    }

    /// Composite requests that change a record.
    pub fn writing_composite() -> Self {
        Self::when(|request| !request.subrequests().is_empty() && request.writes())
    }

    /// Composite requests that only read.
    pub fn reading_composite() -> Self {
        Self::when(|request| !request.subrequests().is_empty() && !request.writes())
    }
}

impl Fault {
    fn new(matcher: Matcher, action: Action) -> Self {
        Self { matcher, action, skip: 0, times: Some(1) }
    }

    fn deliver(matcher: Matcher, delivery: Delivery) -> Self {
        Self::new(matcher, Action::Deliver(delivery))
    }

    /// Changes the org before the request is carried out.
    pub fn before(matcher: Matcher, script: impl Fn(&mut OrgState) + Send + Sync + 'static) -> Self {
        Self::new(matcher, Action::Before(Arc::new(script)))
    }

    /// Changes the org after the request was carried out, before its answer is sent.
    pub fn after(matcher: Matcher, script: impl Fn(&mut OrgState) + Send + Sync + 'static) -> Self {
        Self::new(matcher, Action::After(Arc::new(script)))
    }

    /// Waits before the request is carried out.
    pub fn delay(matcher: Matcher, pause: Duration) -> Self {
        Self::new(matcher, Action::Delay(pause))
    }

    /// Changes the JSON of the answer, which is otherwise as it should be.
    pub fn alter(matcher: Matcher, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::new(matcher, Action::Alter(Arc::new(edit)))
    }

    /// All sessions expire just before the request is carried out.
    pub fn expire_sessions(matcher: Matcher) -> Self {
        Self::before(matcher, OrgState::expire_sessions)
    }

    /// A status, headers and a body instead of the answer; nothing is carried out.
    pub fn status(matcher: Matcher, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Self::deliver(matcher, Delivery::Instead { status, headers, body: body.into() })
    }

    /// An error in the form of the REST API instead of the answer; nothing is carried out.
    pub fn api_error(matcher: Matcher, status: u16, code: &str, message: &str) -> Self {
        let body = json!([{"message": message, "errorCode": code}]).to_string();
        Self::status(matcher, status, &[("content-type", "application/json;charset=UTF-8")], &body)
    }

    /// The token endpoint refuses with 400.
    pub fn login_refused(error: &str, description: &str) -> Self {
        let body = json!({"error": error, "error_description": description}).to_string();
        Self::status(Matcher::token(), 400, &[("content-type", "application/json;charset=UTF-8")], &body)
    }

    /// 429 with `Retry-After`, in seconds or as an HTTP date.
    pub fn too_many_requests(matcher: Matcher, retry_after: &str) -> Self {
        Self::status(matcher, 429, &[("retry-after", retry_after)], "")
    }

    /// 503 with a page in HTML.
    pub fn unavailable(matcher: Matcher) -> Self {
        let html = "<html><body>Service Unavailable</body></html>";
        Self::status(matcher, 503, &[("content-type", "text/html;charset=UTF-8")], html)
    }

    /// 200 with a page in HTML, as a captive portal or a login page would answer.
    pub fn html_200(matcher: Matcher) -> Self {
        Self::status(matcher, 200, &[("content-type", "text/html")], "<html><body>Please log in</body></html>")
    }

    /// A redirect.
    pub fn redirect(matcher: Matcher, location: &str) -> Self {
        Self::status(matcher, 302, &[("location", location)], "")
    }

    /// The connection is closed before the request is carried out.
    pub fn reset(matcher: Matcher) -> Self {
        Self::deliver(matcher, Delivery::Reset)
    }

    /// The request is carried out and its effect stays, then the connection is closed without an answer.
    pub fn reply_lost(matcher: Matcher) -> Self {
        Self::deliver(matcher, Delivery::ReplyLost)
    }

    /// Nothing is carried out and no answer ever comes.
    pub fn hang_before(matcher: Matcher) -> Self {
        Self::deliver(matcher, Delivery::HangBefore)
    }

    /// The request is carried out and its effect stays, but no answer ever comes.
    pub fn hang_after(matcher: Matcher) -> Self {
        Self::deliver(matcher, Delivery::HangAfter)
    }

    /// The answer announces its length, and the connection is closed halfway.
    pub fn truncated(matcher: Matcher) -> Self {
        Self::deliver(matcher, Delivery::Truncated)
    }

    /// The answer's JSON is broken off, though its length is right.
    pub fn malformed_json(matcher: Matcher) -> Self {
        Self::deliver(matcher, Delivery::Malformed)
    }

    /// The answer comes in small pieces with a pause between them.
    pub fn slow_drip(matcher: Matcher, chunk: usize, pause: Duration) -> Self {
        Self::deliver(matcher, Delivery::SlowDrip { chunk: chunk.max(1), pause })
    }

    /// An answer of JSON that goes on for many bytes, of no announced length.
    pub fn huge_body(matcher: Matcher, bytes: usize) -> Self {
        Self::deliver(matcher, Delivery::Huge { bytes })
    }

    /// The answer to a request for a token names another instance.
    pub fn foreign_instance_url(url: &str) -> Self {
        let url = url.to_string();
        Self::alter(Matcher::token(), move |answer| answer["instance_url"] = url.clone().into())
    }

    /// For so many requests.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// For every request that matches, without end.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Only for the n-th request that matches, counted from 1 and from now on, and those after it as `times` says.
    pub fn nth(mut self, n: u32) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }
}

/// What the faults of an org have in store for one request.
#[derive(Default)]
pub(super) struct Fate {
    pub(super) before: Vec<Script>,
    pub(super) after: Vec<Script>,
    pub(super) alter: Vec<Edit>,
    pub(super) delay: Duration,
    pub(super) delivery: Option<Delivery>,
}

/// Takes from the queue what meets this request; of several deliveries the first, the others wait for later requests.
pub(super) fn fate(faults: &mut Vec<Fault>, request: &Request) -> Fate {
    let mut fate = Fate::default();
    for fault in faults.iter_mut() {
        let waits = matches!(fault.action, Action::Deliver(_)) && fate.delivery.is_some();
        if waits || fault.times == Some(0) || !(fault.matcher.0)(request) {
            continue;
        }
        if fault.skip > 0 {
            fault.skip -= 1;
            continue;
        }
        fault.times = fault.times.map(|times| times - 1);
        match &fault.action {
            Action::Before(script) => fate.before.push(script.clone()),
            Action::After(script) => fate.after.push(script.clone()),
            Action::Alter(edit) => fate.alter.push(edit.clone()),
            Action::Delay(pause) => fate.delay += *pause,
            Action::Deliver(delivery) => fate.delivery = Some(delivery.clone()),
        }
    }
    faults.retain(|fault| fault.times != Some(0));
    fate
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Matcher")
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(_) => f.write_str("Before"),
            Self::After(_) => f.write_str("After"),
            Self::Alter(_) => f.write_str("Alter"),
            Self::Delay(pause) => write!(f, "Delay({pause:?})"),
            Self::Deliver(delivery) => delivery.fmt(f),
        }
    }
}
