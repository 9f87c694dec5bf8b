//! What is told, as JSON: `type`, `timestamp` and `data`, as the Standard Webhooks specification wants it. Pure.

use jiff::Timestamp;
use serde::Serialize;

use crate::output::job_v1 as v1;
use crate::server::queue::Notice;

/// Name and version of the format of `data`.
const SCHEMA: &str = "relay-scrub/notice/v1";

#[derive(Serialize)]
struct Payload {
    r#type: &'static str,
    /// When it came to be so.
    timestamp: Timestamp,
    data: Data,
}

#[derive(Serialize)]
struct Data {
    schema: &'static str,
    /// Why, as it was then.
    reason: Option<v1::Reason>,
    /// The job as it is when this is told, without its report: so there is no user name in it, not even a masked one.
    job: v1::Job,
}

/// The notice as it is sent.
///
/// # Errors
/// None that is known of: what it is made of can always be written.
pub fn body(notice: &Notice) -> serde_json::Result<String> {
    let job = v1::Job { report: None, ..(&notice.job).into() };
    let data = Data { schema: SCHEMA, reason: notice.reason.as_ref().map(Into::into), job };
    serde_json::to_string(&Payload { r#type: notice.event.word(), timestamp: notice.made_at, data })
}
