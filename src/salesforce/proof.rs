//! Locks 2 and 4: what the org must say of itself, and what the user expects of it. Pure.

use serde_json::Value as Json;

use super::address::{Endpoint, Reach, sandbox_name};
use super::composite::SubAnswer;
use crate::domain::id::OrgId;
use crate::domain::org::{Org, OrgKind};
use crate::domain::printable::{excerpt, printable};
use crate::domain::refusal::Refusal;

/// What an org says of itself. One row; `IsSandbox` decides, the rest tells sandboxes and scratch orgs apart.
pub(super) const ORGANIZATION: &str = "SELECT Id, Name, IsSandbox, OrganizationType, TrialExpirationDate, InstanceName, NamespacePrefix FROM Organization";

/// What the user expects of the org (lock 4).
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Orgs that are refused whatever they say of themselves.
    pub denied: Vec<OrgId>,
    /// The org's id.
    pub org_id: Option<OrgId>,
    /// The sandbox's name, compared without regard to case.
    pub sandbox: Option<String>,
}

impl Expected {
    /// Holds an address against what is expected, before anything is sent there.
    pub(super) fn check_address(&self, endpoint: &Endpoint) -> Result<(), Refusal> {
        let Some(expected) = &self.sandbox else { return Ok(()) };
        let actual = sandbox_name(endpoint.host());
        if actual.is_some_and(|actual| actual.eq_ignore_ascii_case(expected)) {
            return Ok(());
        }
        Err(Refusal::NotTheExpectedSandbox {
            expected: expected.clone(),
            host: endpoint.host().to_string(),
            actual: actual.map(str::to_string),
        })
    }

    /// Holds an org's id against what is expected, as soon as it is known.
    pub(super) fn check_id(&self, id: &OrgId) -> Result<(), Refusal> {
        if self.denied.contains(id) {
            return Err(Refusal::DeniedOrg { id: id.clone() });
        }
        match &self.org_id {
            Some(expected) if expected != id => {
                Err(Refusal::NotTheExpectedOrg { expected: expected.clone(), actual: id.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// Reads the org's own word: one row, with an id and a boolean `IsSandbox`. Anything else, or nothing, is a refusal.
pub(super) fn read_word(organization: &SubAnswer, endpoint: &Endpoint) -> Result<Org, Refusal> {
    let no_word = |missing: String| Refusal::NoWord { missing };
    if let Some(error) = organization.error() {
        return Err(no_word(format!("{}: {}", excerpt(&error.code, 80), error.message())));
    }
    let page = organization.page().ok_or_else(|| no_word("its answer is no query's".into()))?;
    let [row] = page.records.as_slice() else {
        return Err(no_word(format!("it answered {} rows for Organization", page.records.len())));
    };
    read_org(row, endpoint).map_err(no_word)
}

/// Accepts the org's word, or refuses: the id must be the one that the token was given for, where that is known, and one
/// that is expected, and the org a sandbox, unless the reach is wider.
pub(super) fn check_word(
    org: &Org,
    token_org: Option<&OrgId>,
    expected: &Expected,
    reach: Reach,
) -> Result<(), Refusal> {
    if let Some(token) = token_org.filter(|token| **token != org.id) {
        return Err(Refusal::OtherOrg { token: token.clone(), answered: org.id.clone() });
    }
    expected.check_id(&org.id)?;
    if !org.is_sandbox && reach == Reach::Sandboxes {
        return Err(Refusal::NotASandbox { id: org.id.clone(), name: org.name.clone(), kind: org.kind });
    }
    Ok(())
}

fn read_org(row: &Json, endpoint: &Endpoint) -> Result<Org, String> {
    let text = |field: &str| row.get(field).and_then(Json::as_str);
    let id = text("Id").ok_or("Organization without an Id")?;
    let id: OrgId = id.parse().map_err(|error| format!("Organization's Id is none: {error}"))?;
    let is_sandbox = match row.get("IsSandbox") {
        Some(Json::Bool(value)) => *value,
        Some(_) => return Err("IsSandbox is not a boolean".into()),
        None => return Err("IsSandbox is missing".into()),
    };
    let has_trial_end = text("TrialExpirationDate").is_some();
    Ok(Org {
        id,
        name: printable(text("Name").unwrap_or("(no name)")),
        kind: OrgKind::of(is_sandbox, text("OrganizationType"), has_trial_end),
        is_sandbox,
        instance_url: endpoint.as_str().to_string(),
    })
}

/// Checks that the proof of a request holds: exactly one row, with the org's id.
pub(super) fn check_proof(proof: &SubAnswer, id: &OrgId) -> Result<(), Refusal> {
    let failed = |seen: String| Refusal::ProofFailed { seen };
    if let Some(error) = proof.error() {
        return Err(failed(error.message()));
    }
    let rows = proof.page().map(|page| page.records).unwrap_or_default();
    let proven: Option<OrgId> =
        rows.first().and_then(|row| row.get("Id")).and_then(Json::as_str).and_then(|id| id.parse().ok());
    match (rows.len(), proven) {
        (1, Some(proven)) if proven == *id => Ok(()),
        (0, _) => Err(failed("no sandbox with this id answered".into())),
        _ => Err(failed("another org answered".into())),
    }
}

/// The query that is the proof: a row in this sandbox, none anywhere else.
pub(super) fn proof_query(id: Option<&OrgId>) -> String {
    match id {
        Some(id) => format!("SELECT Id FROM Organization WHERE IsSandbox = true AND Id = '{id}'"),
        None => "SELECT Id FROM Organization WHERE IsSandbox = true".into(),
    }
}

/// As [`proof_query`]; in a wider reach a row in the org with this id, whatever it is, and none anywhere else. Nothing that
/// reads or writes a record of a sandbox goes by it.
pub(super) fn identity_query(reach: Reach, id: Option<&OrgId>) -> String {
    match (reach, id) {
        (Reach::Sandboxes, id) => proof_query(id),
        (Reach::AnyOrg, Some(id)) => format!("SELECT Id FROM Organization WHERE Id = '{id}'"),
        (Reach::AnyOrg, None) => "SELECT Id FROM Organization".into(),
    }
}
