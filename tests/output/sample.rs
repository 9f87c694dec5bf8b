//! Sample reports that cover every outcome of an org and every result of a record, made by the domain's own judgement.

use std::time::Duration;

use relay_scrub::domain::diff::Usernames;
use relay_scrub::domain::id::OrgId;
use relay_scrub::domain::org::{Org, OrgKind};
use relay_scrub::domain::plan::{Plan, Policy, plan};
use relay_scrub::domain::record::{Record, Value};
use relay_scrub::domain::refusal::Refusal;
use relay_scrub::domain::report::{
    Failure, FleetReport, Mode, OrgReport, Outcome, RecordResult, Warning, Written, left, untouched, verify,
};
use relay_scrub::domain::rule::Rule;
use relay_scrub::domain::trouble::Trouble;

/// The local part of every exposed user name in the samples; masked, nothing of it but `sm…` is left.
pub(crate) const LOCAL_PART: &str = "smtp-relay-production";

pub(crate) fn fleet(mode: Mode, orgs: Vec<OrgReport>) -> FleetReport {
    FleetReport {
        run_id: "01JDB3Q0Z5W8K6M4N2P7R9T1V3".into(),
        mode,
        started_at: "2026-11-23T09:00:00Z".parse().expect("a timestamp"),
        finished_at: "2026-11-23T09:00:00.412345678Z".parse().expect("a timestamp"),
        orgs,
    }
}

pub(crate) fn org_id() -> OrgId {
    "00D5e000000abcD".parse().expect("an org id")
}

/// An org that was reached and has nothing else to tell.
pub(crate) fn org(target: &str, outcome: Outcome) -> OrgReport {
    OrgReport {
        target: target.into(),
        org: Some(Org {
            id: org_id(),
            name: "Acme".into(),
            kind: OrgKind::Sandbox,
            is_sandbox: true,
            instance_url: format!("https://acme--{target}.sandbox.my.salesforce.com"),
        }),
        api_version: Some("68.0".into()),
        outcome,
        verified: None,
        records: Vec::new(),
        left: Vec::new(),
        records_read: 0,
        api_requests: 2,
        duration: Duration::from_millis(187),
        warnings: Vec::new(),
        error: None,
    }
}

/// A relay as it is read from the org, exposed or as it is after clearing.
pub(crate) fn relay(number: usize, exposed: bool) -> Record {
    let text = |text: &str| Value::Text(text.into());
    let username = if exposed { text(&format!("{LOCAL_PART}@acme.com")) } else { Value::Null };
    let host = if number == 1 { "smtp.acme.com".into() } else { format!("smtp{number}.acme.com") };
    let fields = [
        ("Host", text(&host)),
        ("Port", text("587")),
        ("TlsSetting", text("RequiredVerify")),
        ("IsRequireAuth", Value::Boolean(exposed)),
        ("Username", username),
    ];
    let fields = fields.into_iter().map(|(field, value)| (field.to_string(), value)).collect();
    Record { id: format!("0Xe5e0000{number:06}").parse().expect("a record id"), fields }
}

pub(crate) fn policy(every_record: bool) -> Policy {
    Policy { every_record, usernames: Usernames::Masked }
}

/// A plan for as many exposed relays, and as many that are not, in that order.
pub(crate) fn planned(exposed: usize, others: usize, policy: Policy) -> Plan {
    let records: Vec<_> = (1..=exposed + others).map(|number| relay(number, number <= exposed)).collect();
    plan(&Rule::email_relay(), policy, &records)
}

/// The report of an org after a scrub: what was planned, how each write ended, and what was read again.
pub(crate) fn scrubbed(target: &str, plan: &Plan, policy: Policy, written: &[Written], again: &[Record]) -> OrgReport {
    let verdict = verify(&Rule::email_relay(), policy, plan, written, again);
    OrgReport {
        verified: Some(verdict.verified),
        records: verdict.records,
        left: verdict.left,
        records_read: plan.steps.len(),
        api_requests: 4,
        duration: Duration::from_millis(412),
        ..org(target, if verdict.verified { Outcome::Cleared } else { Outcome::Failed })
    }
}

pub(crate) fn clean(relays: usize) -> OrgReport {
    let left = left(&planned(0, relays, policy(false)));
    OrgReport { left, records_read: relays, ..org("dev", Outcome::Clean) }
}

/// One of three relays was exposed, and was cleared.
pub(crate) fn cleared() -> OrgReport {
    let plan = planned(1, 2, policy(false));
    let again: Vec<_> = (1..=3).map(|number| relay(number, false)).collect();
    let unknowable = Warning {
        code: "password_unknowable".into(),
        message: "2 relays show no credential and may still hold a password, which Salesforce never shows; \
                  --every-relay rewrites them too"
            .into(),
    };
    OrgReport { warnings: vec![unknowable], ..scrubbed("uat", &plan, policy(false), &[Written::Yes], &again) }
}

/// Every relay was rewritten: one was exposed, one was not, and one was deleted meanwhile.
pub(crate) fn cleared_every() -> OrgReport {
    let plan = planned(2, 1, policy(true));
    let again = [relay(1, false), relay(3, false)];
    scrubbed("uat", &plan, policy(true), &[Written::Yes, Written::Yes, Written::Yes], &again)
}

pub(crate) fn would_clear(relays: usize) -> OrgReport {
    let plan = planned(relays, 2, policy(false));
    OrgReport {
        records: untouched(&plan, RecordResult::WouldClear),
        left: left(&plan),
        records_read: relays + 2,
        ..org("uat", Outcome::WouldClear)
    }
}

/// `--partial`: of three relays two were cleared, one was rejected and one deleted; a new one has appeared.
pub(crate) fn partial() -> OrgReport {
    let plan = planned(4, 0, policy(false));
    let reason = "FIELD_CUSTOM_VALIDATION_EXCEPTION: The relay of the finance department can be changed by its \
                  owners only (Host)";
    let written = [Written::Yes, Written::Yes, Written::No(reason.into()), Written::Yes];
    let again = [relay(1, false), relay(2, false), relay(3, true), relay(9, true)];
    let failure = Failure::new(Trouble::Rejected, "Salesforce rejected the change of 1 relay");
    OrgReport { error: Some(failure), ..scrubbed("uat", &plan, policy(false), &written, &again) }
}

/// The answer to the write was lost, and so was the connection for reading again.
pub(crate) fn unconfirmed() -> OrgReport {
    let plan = planned(1, 2, policy(false));
    OrgReport {
        records: untouched(&plan, RecordResult::Failed),
        left: left(&plan),
        records_read: 3,
        error: Some(Failure::new(Trouble::Unconfirmed, "the answer to the write was lost, and reading again failed")),
        duration: Duration::from_secs(61),
        ..org("uat", Outcome::Failed)
    }
}

/// Ended by the user before the write.
pub(crate) fn interrupted() -> OrgReport {
    let plan = planned(1, 2, policy(false));
    OrgReport {
        records: untouched(&plan, RecordResult::NotAttempted),
        left: left(&plan),
        records_read: 3,
        error: Some(Failure::new(Trouble::Interrupted, "the run was interrupted")),
        ..org("uat", Outcome::Failed)
    }
}

/// Nothing was found out: the user lacks a permission.
pub(crate) fn failed() -> OrgReport {
    let message = "the user cannot see EmailRelay, which takes Email Administration, Customize Application, View Setup \
                   and Configuration";
    OrgReport { error: Some(Failure::new(Trouble::Permission, message)), ..org("full", Outcome::Failed) }
}

/// The org says that it is production.
pub(crate) fn refused() -> OrgReport {
    let refusal = Refusal::NotASandbox { id: org_id(), name: "Acme".into(), kind: OrgKind::Production };
    let message = refusal.to_string();
    OrgReport {
        org: None,
        api_version: None,
        error: Some(Failure::new(Trouble::Refused(refusal), message)),
        ..org("qa", Outcome::Refused)
    }
}

/// The address is production's, so nothing was sent.
pub(crate) fn refused_address() -> OrgReport {
    let host = "acme.my.salesforce.com".to_string();
    let refusal = Refusal::Address { host, looks_like: Some("production") };
    let message = refusal.to_string();
    let error = Some(Failure::new(Trouble::Refused(refusal), message));
    OrgReport { error, outcome: Outcome::Refused, ..OrgReport::not_run("prod".into(), fail_fast()) }
}

fn fail_fast() -> Failure {
    Failure::new(Trouble::FailFast, "an org before it failed, and --fail-fast was given")
}

pub(crate) fn not_run() -> OrgReport {
    OrgReport::not_run("staging".into(), fail_fast())
}

/// One report with every outcome of a scrub.
pub(crate) fn everything() -> FleetReport {
    let orgs = vec![
        clean(3),
        cleared(),
        partial(),
        unconfirmed(),
        interrupted(),
        failed(),
        refused(),
        refused_address(),
        not_run(),
    ];
    fleet(Mode::Scrub, orgs)
}

/// A report whose every text from outside is `text`.
pub(crate) fn hostile(text: &str) -> FleetReport {
    let mut report = everything();
    report.orgs.push(would_clear(1));
    for org in &mut report.orgs {
        org.target = text.into();
        if let Some(org) = &mut org.org {
            org.name = text.into();
            org.instance_url = format!("https://{text}/");
        }
        for record in &mut org.records {
            record.about.iter_mut().for_each(|(_, value)| *value = text.into());
            record.error = record.error.as_ref().map(|_| text.into());
            for change in &mut record.changes {
                change.before = relay_scrub::domain::diff::Seen::Text(text.into());
            }
        }
        org.left.iter_mut().flat_map(|record| &mut record.about).for_each(|(_, value)| *value = text.into());
        org.warnings = vec![Warning { code: "password_unknowable".into(), message: text.into() }];
        if let Some(error) = &mut org.error {
            error.message = text.into();
        }
    }
    report
}
