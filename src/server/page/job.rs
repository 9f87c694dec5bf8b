//! One job: where it stands and why, what was done in the org, and what a person can do about it.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{Frame, badges, page};
use crate::domain::report::RecordResult;
use crate::output::job_v1::{Job, Reason, State};
use crate::output::told::{Told, ToldChange, ToldRecord, tell};
use crate::output::when::absolute;
use crate::output::{jobs, kept};

/// The job as a page. It is asked for again by itself while something can still happen to it.
pub(in crate::server) fn job(job: &Job, now: Timestamp, signed_in: bool) -> Markup {
    let content = html! {
        h1 { (job.sandbox) " " (badges(job)) }
        p.id { (job.id) }
        @if let Some(reason) = &job.reason { (why(job, reason)) }
        (actions(job))
        div.card {
            dl { @for (label, fact) in jobs::facts(job, now) { dt { (label) } dd { (fact) } } }
        }
        @if let Some(report) = &job.report {
            @match kept::read(report) {
                Some(kept) => {
                    h2 { (jobs::last_attempt(kept.ended_at, now)) }
                    (told(&tell(&kept.org)))
                },
                None => {
                    h2 { "Last finished attempt" }
                    p { "Its report is of another version, and can't be shown here. " }
                },
            }
        }
        @if !job.received.is_empty() { h2 { "Deliveries" } (deliveries(job)) }
        nav {
            a href={ "/?sandbox=" (job.sandbox) } { "All jobs of " (job.sandbox) }
            a href={ "/v1/jobs/" (job.id) } { "As JSON" }
        }
    };
    page(Frame { title: &job.sandbox, again: !job.state.is_final(), signed_in }, &content)
}

fn why(job: &Job, reason: &Reason) -> Markup {
    let label = if job.state.is_final() { "Not done: " } else { "Not done yet: " };
    html! {
        div.card.why.final[job.state.is_final()] {
            p { b { (label) } (sentence(&reason.message)) }
            @if !reason.hint.is_empty() { p { (sentence(&reason.hint)) } }
        }
    }
}

fn sentence(text: &str) -> String {
    let ended = text.ends_with(['.', '!', '?', '…']);
    format!("{text}{}", if ended { "" } else { "." })
}

/// The newest deliveries that told of the job.
fn deliveries(job: &Job) -> Markup {
    let more = usize::try_from(job.deliveries).unwrap_or(usize::MAX).saturating_sub(job.received.len());
    html! {
        div.card {
            dl {
                @for one in &job.received { dt { (absolute(one.accepted_at)) } dd.id { (one.webhook_id) } }
            }
            @if more > 0 { p.soft { "… and " (more) " before." } }
        }
    }
}

/// What a person can do. What can't be done from where the job stands is not offered.
fn actions(job: &Job) -> Markup {
    let act = |verb: &str, text: &str, first: bool| {
        html! {
            form method="post" action={ "/jobs/" (job.id) "/" (verb) } { button.first[first] { (text) } }
        }
    };
    html! {
        @match job.state {
            State::Waiting => div.actions { (act("retry", "Try now", true)) (act("cancel", "Cancel", false)) },
            State::Running => {},
            State::Done => div.actions { (act("retry", "Scrub again", false)) },
            State::Refused | State::Dead | State::Cancelled => div.actions { (act("retry", "Try again", true)) },
        }
    }
}

fn told(told: &Told) -> Markup {
    html! {
        div.card {
            @if let Some(org) = &told.org { p { (org) } }
            p { (told.standing) @if let Some(cost) = &told.cost { " " span.soft { (cost) } } }
            @for warning in &told.warnings { p { span.badge.attention { "Warning" } " " (warning) } }
        }
        @for each in &told.records { (record(each)) }
        @if told.left_out > 0 { p.soft { "… and " (told.left_out) " more, which the JSON has." } }
    }
}

fn record(record: &ToldRecord) -> Markup {
    let (word, class) = match record.result {
        RecordResult::Cleared => ("Cleared", "done"),
        RecordResult::WouldClear => ("Would be cleared", "attention"),
        RecordResult::Failed => ("Failed", "dead"),
        RecordResult::NotAttempted => ("Not attempted", "attention"),
        RecordResult::Gone => ("Gone", "cancelled"),
    };
    html! {
        section.card {
            h3 { (record.label) " " span.badge.(class) { (word) } }
            p.id { (record.id) }
            @if let Some(note) = &record.note { p { (note) } }
            @if !record.changes.is_empty() { dl.diff { @for each in &record.changes { (change(each)) } } }
        }
    }
}

fn change(change: &ToldChange) -> Markup {
    html! {
        dt { (change.field) }
        @match &change.after {
            Some(after) => { dd { del { (change.before) } } dd { ins { (after) } } },
            None => { dd { (change.before) } dd {} },
        }
    }
}
