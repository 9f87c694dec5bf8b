//! The status page: HTML from the server, with nothing that would have to be fetched and no script. Pure.

mod job;
mod list;
mod notice;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

pub(super) use job::job;
pub(super) use list::{Counts, list};
pub(super) use notice::{notice, sign_in};

use crate::output::job_v1::{Job, State};

const STYLE: &str = include_str!("style.css");
/// A page that shows what changes by itself is asked for again after so many seconds.
const AGAIN: u32 = 15;

/// Nothing may be fetched, run or framed, and forms go to this service alone; the one style sheet is known by its digest.
pub(super) static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
});

/// What every page has in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    /// Before the name of the program in the title.
    pub(super) title: &'a str,
    /// Whether it is to be asked for again by itself.
    pub(super) again: bool,
    /// Whether somebody is signed in, who may want to sign out.
    pub(super) signed_in: bool,
}

/// A whole page.
fn page(frame: Frame<'_>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if frame.again { meta http-equiv="refresh" content=(AGAIN); }
                title { (frame.title) " · relay-scrub" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    a href="/" { "relay-scrub" }
                    @if frame.signed_in {
                        form method="post" action="/sign-out" { button.plain { "Sign out" } }
                    }
                }
                main { (content) }
                footer { "relay-scrub " (env!("CARGO_PKG_VERSION")) }
            }
        }
    }
}

/// The state of a job, and whether it needs somebody.
fn badges(job: &Job) -> Markup {
    html! {
        span.badge.(job.state.word()) { (word(job.state)) }
        @if job.needs_attention { " " span.badge.attention { "Needs attention" } }
    }
}

/// A state at the start of a line.
fn word(state: State) -> &'static str {
    match state {
        State::Waiting => "Waiting",
        State::Running => "Running",
        State::Done => "Done",
        State::Refused => "Refused",
        State::Dead => "Dead",
        State::Cancelled => "Cancelled",
    }
}
