//! What is to be done with each record, and why.

use super::diff::{Change, Usernames, changes};
use super::id::{OrgId, RecordId};
use super::printable::printable;
use super::record::{Record, Value};
use super::rule::Rule;

/// What the user wants beyond the rule itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Rewrite records that are not exposed too, for they may hold a password that no query shows.
    pub every_record: bool,
    /// Whether user names are shown in full.
    pub usernames: Usernames,
}

/// A step for each record that was read, in the order read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The rule's name.
    pub rule: String,
    /// The rule's object.
    pub object: String,
    /// One for each record.
    pub steps: Vec<Step>,
}

/// What is to be done with one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The record.
    pub record: RecordId,
    /// What tells a person which record it is: field and value, without control characters.
    pub about: Vec<(String, String)>,
    /// What to do, and why.
    pub decision: Decision,
    /// What clearing changes, masked; for a record that is left too.
    pub changes: Vec<Change>,
}

/// What to do with a record, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Clear it: the rule's condition selects it.
    ClearExposed,
    /// Clear it: it is not exposed as far as can be seen, and the user wants every record rewritten.
    ClearUnseen,
    /// Leave it: the rule's condition does not select it.
    Leave,
}

/// Decides for each record what is to be done.
pub fn plan(rule: &Rule, policy: Policy, records: &[Record]) -> Plan {
    let steps = records
        .iter()
        .map(|record| Step {
            record: record.id.clone(),
            about: about(rule, record),
            decision: decide(rule.exposes(record), policy.every_record),
            changes: changes(rule, record, policy.usernames),
        })
        .collect();
    Plan { rule: rule.name.clone(), object: rule.object.clone(), steps }
}

fn decide(exposed: bool, every_record: bool) -> Decision {
    match (exposed, every_record) {
        (true, _) => Decision::ClearExposed,
        (false, true) => Decision::ClearUnseen,
        (false, false) => Decision::Leave,
    }
}

fn about(rule: &Rule, record: &Record) -> Vec<(String, String)> {
    rule.about
        .iter()
        .filter_map(|field| match record.get(field) {
            Value::Text(text) => Some((field.clone(), printable(text))),
            Value::Boolean(value) => Some((field.clone(), value.to_string())),
            Value::Null => None,
        })
        .collect()
}

/// What somebody was shown and agreed to: an org, the records to clear there, and what changes in each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The org.
    pub org: OrgId,
    /// The records to clear, with their changes as they were shown.
    pub clears: Vec<(RecordId, Vec<Change>)>,
}

impl Agreed {
    /// True if a plan for an org does what was agreed to, and nothing else.
    pub fn covers(&self, org: &OrgId, plan: &Plan) -> bool {
        let planned = plan.clears().map(|step| (&step.record, &step.changes));
        self.org == *org && planned.eq(self.clears.iter().map(|(record, changes)| (record, changes)))
    }
}

impl Plan {
    /// The steps that clear.
    pub fn clears(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.decision != Decision::Leave)
    }

    /// The ids of the records to clear, in order.
    pub fn ids_to_clear(&self) -> Vec<RecordId> {
        self.clears().map(|step| step.record.clone()).collect()
    }

    /// How many records the rule's condition selects.
    pub fn exposed(&self) -> usize {
        self.steps.iter().filter(|step| step.decision == Decision::ClearExposed).count()
    }

    /// How many records are left as they are.
    pub fn left(&self) -> usize {
        self.steps.iter().filter(|step| step.decision == Decision::Leave).count()
    }
}
