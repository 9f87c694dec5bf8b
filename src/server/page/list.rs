//! The list of jobs.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{AGAIN, Frame, badges, page};
use crate::domain::printable::excerpt;
use crate::output::job_v1::{Job, Jobs, State as Shown};
use crate::output::when::{absolute, relative};
use crate::server::job::{JobId, State};
use crate::server::question::Question;
use crate::server::queue::Census;

/// Of a reason no more is shown in the list; the job's own page has all of it.
const LONGEST_REASON: usize = 160;

/// How many jobs there are: of each state, and of those that need attention.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::server) struct Counts {
    states: Vec<(State, u64)>,
    needing_attention: u64,
}

impl Counts {
    /// Counts the states, whatever the outcome.
    pub(in crate::server) fn of(census: &Census) -> Self {
        let number = |state| census.jobs.iter().filter(|(each, ..)| *each == state).map(|(.., number)| number).sum();
        let states = State::ALL.into_iter().map(|state| (state, number(state))).collect();
        Self { states, needing_attention: census.needing_attention }
    }

    fn all(&self) -> u64 {
        self.states.iter().map(|(_, number)| number).sum()
    }
}

/// The list as a page. It is asked for again by itself, but where somebody types, reads older jobs, or stopped it.
pub(in crate::server) fn list(
    question: &Question,
    jobs: &Jobs,
    counts: &Counts,
    now: Timestamp,
    signed_in: bool,
) -> Markup {
    let again = !question.stays && question.before.is_none();
    let content = html! {
        h1 { "Jobs" }
        (states(question, counts))
        (narrowing(question))
        @if jobs.jobs.is_empty() { (nothing(question)) } @else { (table(&jobs.jobs, now)) }
        @if let Some(next) = jobs.next.as_deref().and_then(JobId::parse) {
            nav { a href=(address(&Question { before: Some(next), ..question.clone() })) { "Older jobs" } }
        }
        p.soft { (freshness(question, again, now)) }
    };
    page(Frame { title: "Jobs", again, signed_in }, &content)
}

fn address(question: &Question) -> String {
    format!("/?{}", question.query()).trim_end_matches('?').to_string()
}

/// The states as links with their numbers, the one that is shown marked. A sandbox stays chosen; numbers are of all.
fn states(question: &Question, counts: &Counts) -> Markup {
    let chosen = Question { sandbox: question.sandbox.clone(), stays: question.stays, ..Question::default() };
    let link = |text: &str, number: u64, to: Question| {
        let here = (&to.states, to.needs_attention) == (&question.states, question.needs_attention);
        let number = Some(number).filter(|_| question.sandbox.is_none());
        html! {
            a href=(address(&to)) aria-current=[here.then_some("page")] {
                (text) @if let Some(number) = number { " " b { (number) } }
            }
        }
    };
    html! {
        nav aria-label="State" {
            (link("All", counts.all(), chosen.clone()))
            (link("Needs attention", counts.needing_attention, Question { needs_attention: true, ..chosen.clone() }))
            @for (state, number) in &counts.states {
                (link(super::word(Shown::from(*state)), *number, Question { states: vec![*state], ..chosen.clone() }))
            }
        }
    }
}

/// The sandbox that is chosen, or the way to choose one. Only the form's own page has something to type into, and that
/// one stays as it is.
fn narrowing(question: &Question) -> Markup {
    let without = Question { sandbox: None, before: None, ..question.clone() };
    html! {
        @match &question.sandbox {
            Some(sandbox) => nav aria-label="Sandbox" {
                a href=(address(&without)) aria-current="page" { "Sandbox " b { (sandbox) } " ✕" }
            },
            None if question.stays => form.ask method="get" action="/" role="search" {
                div {
                    label for="sandbox" { "Sandbox" }
                    input #sandbox name="sandbox" type="search" maxlength="10" pattern="[A-Za-z0-9]{1,10}" autofocus
                        autocapitalize="none" spellcheck="false" title="1 to 10 letters and digits";
                }
                @for state in &question.states { input name="state" type="hidden" value=(state.word()); }
                @if question.needs_attention { input name="attention" type="hidden" value="1"; }
                button { "Filter" }
            },
            None => {
                @let finding = Question { stays: true, before: None, ..question.clone() };
                nav { a href=(address(&finding)) { "Find a sandbox…" } }
            },
        }
    }
}

fn nothing(question: &Question) -> Markup {
    let all = Question { stays: question.stays, ..Question::default() };
    html! {
        div.card {
            @if *question == all {
                p { "No delivery has come yet." }
                p.soft { code { "relay-scrub hook send" } " sends one as a sandbox would." }
            } @else {
                p { "No job is like that. " a href="/" { "Show all" } }
            }
        }
    }
}

fn table(jobs: &[Job], now: Timestamp) -> Markup {
    html! {
        table {
            thead { tr {
                th { "Sandbox" } th { "State" } th { "Attempts" } th { "Next try" } th { "Accepted" } th { "Outcome" }
            } }
            tbody { @for job in jobs { (row(job, now)) } }
        }
    }
}

fn row(job: &Job, now: Timestamp) -> Markup {
    // What is due and not taken up yet is due now.
    let due = job.due_at.filter(|_| job.state == Shown::Waiting);
    html! {
        tr {
            td { a href={ "/jobs/" (job.id) } { (job.sandbox) } }
            td { (badges(job)) }
            td data-is="Attempts" { (job.attempts) }
            td.short data-is="Next try" { @if let Some(due) = due { (time(due.max(now), now)) } }
            td.short data-is="Accepted" { (time(job.accepted_at, now)) }
            td.outcome { (outcome(job)) }
        }
    }
}

/// What the last attempt came to: the outcome of one that went well, else why it did not; and what it warned of.
fn outcome(job: &Job) -> Markup {
    html! {
        @match (&job.reason, &job.outcome) {
            (Some(reason), _) => { (excerpt(&reason.message, LONGEST_REASON)) },
            (None, Some(outcome)) if job.state == Shown::Done => { (excerpt(outcome, LONGEST_REASON)) },
            _ => {},
        }
        @for warning in &job.warnings { p { b { "Warning: " } (excerpt(&warning.message, LONGEST_REASON)) } }
    }
}

fn time(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(at) title=(absolute(at)) { (relative(at, now)) } }
}

fn freshness(question: &Question, again: bool, now: Timestamp) -> Markup {
    let other = |stays| address(&Question { stays, before: None, ..question.clone() });
    html! {
        "As of " (absolute(now)) ". "
        @if again {
            "Shown anew every " (AGAIN) " s; " a href=(other(true)) { "keep it as it is" } "."
        } @else {
            "It stays as it is; " a href=(other(false)) { "show what is new" } "."
        }
    }
}
