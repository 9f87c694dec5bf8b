//! `relay-scrub hook send`: a delivery as the class of a sandbox makes it, and what its answer means.

mod answer;

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use ulid::Ulid;

use self::answer::{Answer, Explained, explain};
use super::arguments::{GlobalArguments, HookCommand, HookVerb, SendArguments};
use super::console::Console;
use super::error::CliError;
use super::signals;
use crate::config::{Environment, HookCall, Places, resolve_hook};
use crate::domain::printable::excerpt;
use crate::server::hook::PATH;
use crate::server::outgoing::{client, reason};
use crate::server::signature::sign;

/// How long an answer may take: a callout of Salesforce waits no longer, unless it is told to.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer of the hook is longer.
const LONGEST_ANSWER: usize = 4096;

pub(super) fn run(
    global: &GlobalArguments,
    arguments: &HookCommand,
    environment: &Environment,
    console: &Console,
) -> Result<u8, CliError> {
    let HookVerb::Send(arguments) = &arguments.verb;
    let places = Places::of_this_process().map_err(CliError::System)?;
    let call = resolve_hook(&arguments.asked(global), environment, &places)?;
    call.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let runtime = Runtime::new().map_err(CliError::System)?;
    let code = runtime.block_on(async {
        tokio::select! {
            answer = send(&call) => tell(&explain(&answer, arguments.check), arguments, console),
            signal = signals::first() => signal.map(signals::Signal::exit_code).map_err(CliError::System),
        }
    });
    runtime.shutdown_background();
    code
}

/// What the class sends, and what came back.
async fn send(call: &HookCall) -> Answer {
    let mut url = call.url.clone();
    if url.path() == "/" {
        url.set_path(PATH);
    }
    // Without a sandbox it is signed, and says nothing.
    let body = call.sandbox.as_ref().map_or_else(
        || json!({}),
        |sandbox| {
            json!({
                "organizationId": sandbox.organization_id.as_str(),
                "sandboxId": sandbox.sandbox_id,
                "sandboxName": sandbox.name,
            })
        },
    );
    let (body, id, now) = (body.to_string(), format!("msg_{}", Ulid::generate()), Timestamp::now());
    let signed = match sign(&call.secret, &id, now, body.as_bytes()) {
        Ok(signed) => signed,
        Err(error) => return Answer::nothing(format!("it could not be signed: {error}")),
    };
    let request = client(&url, PATIENCE).map(|client| client.post(url).header(CONTENT_TYPE, "application/json"));
    let request = match request {
        Ok(request) => {
            signed.into_iter().fold(request.body(body), |request, (name, value)| request.header(name, value))
        }
        Err(error) => return Answer::nothing(reason(error)),
    };
    match request.send().await {
        Ok(response) => read(response).await,
        Err(error) => Answer::nothing(reason(error)),
    }
}

async fn read(mut response: Response) -> Answer {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            break;
        }
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().map(|text| excerpt(text, 300));
    Answer {
        status: Some(status),
        job: text("job").filter(|_| status == StatusCode::ACCEPTED),
        told: text("error"),
        clock_ahead: clock_ahead(&headers, Timestamp::now()),
        retry_after: header(&headers, RETRY_AFTER.as_str()),
        location: header(&headers, LOCATION.as_str()),
        nothing: None,
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(|text| excerpt(text, 200))
}

/// How many seconds this machine's clock is ahead of the one that answered.
fn clock_ahead(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(now.as_second() - Timestamp::try_from(date).ok()?.as_second())
}

fn tell(explained: &Explained, arguments: &SendArguments, console: &Console) -> Result<u8, CliError> {
    let text = if arguments.json {
        serde_json::to_string_pretty(explained).unwrap_or_default() + "\n"
    } else {
        explained.to_string()
    };
    let lost = |error| CliError::Result { to: "stdout".into(), error };
    console.product(text.as_bytes()).map_err(lost)?;
    Ok(if explained.accepted { 0 } else { 1 })
}
