//! What is known of an org so far, so that a run that ends anywhere can tell what was and was not done.

use std::time::Duration;

use super::{Settings, Stage};
use crate::domain::plan::Plan;
use crate::domain::report::{
    Failure, Mode, OrgReport, Outcome, RecordReport, RecordResult, Verdict, Warning, Written, left, untouched,
    unverified,
};
use crate::domain::rule::Rule;
use crate::domain::trouble::Trouble;
use crate::salesforce::Ledger;

/// Filled while an org is scrubbed; turned into its report at the end, whichever end that is.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) stage: Stage,
    plan: Plan,
    warnings: Vec<Warning>,
    /// What was heard of each write, in the order of the plan's clears.
    pub(super) written: Vec<Written>,
    pub(super) verdict: Option<Verdict>,
}

impl Journal {
    /// Notes what is to be done.
    pub(super) fn found(&mut self, rule: &Rule, plan: Plan, unknown_credential_fields: &[String]) {
        self.written = vec![Written::NotSent; plan.clears().count()];
        self.warnings.extend(password_unknowable(rule, plan.left()));
        self.warnings.extend(unknown_fields(rule, unknown_credential_fields));
        self.plan = plan;
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn nothing_to_clear(&self) -> bool {
        self.written.is_empty()
    }

    /// True if no write can have changed anything, so that the org is as it was read.
    pub(super) fn is_untouched(&self) -> bool {
        !self.written.iter().any(|written| matches!(written, Written::Yes | Written::Unknown))
    }

    /// Turns the journal into the org's report. Nothing is clean, or cleared, unless `result` says that the work went
    /// through; and nothing is cleared without a verdict that it was read back so.
    pub(super) fn into_report(
        mut self,
        target: &str,
        settings: &Settings,
        result: Result<(), Failure>,
        ledger: &Ledger,
        duration: Duration,
    ) -> OrgReport {
        let error = result.err();
        let (org, api_version) = ledger.word().unzip();
        let outcome = self.outcome(settings.mode, error.as_ref(), org.is_some());
        let records = self.records(outcome);
        let left = self.verdict.as_ref().map_or_else(|| left(&self.plan), |verdict| verdict.left.clone());
        self.warnings.extend(ledger.take_warnings());
        OrgReport {
            target: target.to_string(),
            org,
            api_version: api_version.map(|version| version.to_string()),
            outcome,
            verified: self.verdict.as_ref().map(|verdict| verdict.verified),
            records,
            left,
            records_read: self.plan.steps.len(),
            api_requests: ledger.requests(),
            duration,
            warnings: self.warnings,
            error,
        }
    }

    fn outcome(&self, mode: Mode, error: Option<&Failure>, was_reached: bool) -> Outcome {
        match (error.map(|error| &error.trouble), &self.verdict) {
            (Some(Trouble::Refused(_)), _) => Outcome::Refused,
            (Some(Trouble::Interrupted), _) if !was_reached => Outcome::NotRun,
            (Some(_), _) => Outcome::Failed,
            (None, _) if !was_reached => Outcome::Failed,
            (None, Some(verdict)) if verdict.verified => Outcome::Cleared,
            (None, Some(_)) => Outcome::Failed,
            (None, None) if self.nothing_to_clear() => Outcome::Clean,
            (None, None) if mode == Mode::DryRun => Outcome::WouldClear,
            (None, None) => Outcome::Failed,
        }
    }

    fn records(&self, outcome: Outcome) -> Vec<RecordReport> {
        match (&self.verdict, outcome) {
            (Some(verdict), _) => verdict.records.clone(),
            (None, Outcome::WouldClear) => untouched(&self.plan, RecordResult::WouldClear),
            (None, _) => unverified(&self.plan, &self.written),
        }
    }
}

fn password_unknowable(rule: &Rule, left: usize) -> Option<Warning> {
    (left > 0 && rule.has_unreadable_field()).then(|| Warning {
        code: "password_unknowable".into(),
        message: format!(
            "{} without authentication and user name may still hold a password, which no query shows; \
             --every-relay rewrites {} too",
            rule.noun.count(left),
            if left == 1 { "it" } else { "them" }
        ),
    })
}

fn unknown_fields(rule: &Rule, fields: &[String]) -> Option<Warning> {
    (!fields.is_empty()).then(|| Warning {
        code: "unknown_credential_fields".into(),
        message: format!(
            "{} has fields that this version of relay-scrub does not know and that may hold a credential: {}. \
             They are not cleared: look at them in Setup, and look for a newer relay-scrub",
            rule.object,
            fields.join(", ")
        ),
    })
}
