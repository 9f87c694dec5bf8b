//! Locks 2 and 4: what the org must say of itself, and what the user expects of it. Pure.

use serde_json::Value as Json;

use super::address::{Endpoint, Reach};
use super::composite::SubAnswer;
use crate::domain::id::OrgId;
use crate::domain::org::{Org, OrgKind, sandbox_name};
use crate::domain::printable::{excerpt, printable};
use crate::domain::refusal::Refusal;

/// What an org says of itself. One row; `IsSandbox` decides, the rest tells sandboxes and scratch orgs apart.
pub(super) const ORGANIZATION: &str = "SELECT Id, Name, IsSandbox, OrganizationType, TrialExpirationDate, InstanceName, NamespacePrefix FROM Organization";

/// What the user expects of the org (lock 4).
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Orgs that are refused whatever they say of themselves.
    pub denied: Vec<OrgId>,
    /// The org's id is one of these; where there are none, it may be any.
    pub org_ids: Vec<OrgId>,
    /// The sandbox's name, compared without regard to case.
    pub sandbox: Option<String>,
    /// Whether another org, told by its token, is asked what it is before it is refused: for those who must know production
    /// from a sandbox that is not activated yet. It takes one request, in which no relay is read.
    pub asks_others: bool,
}

impl Expected {
    /// What is expected of an org of this reach: an id that the settings name as production's refuses nothing where
    /// production may be looked at, for it is what is to be looked at.
    pub(super) fn within(mut self, reach: Reach) -> Self {
        if reach == Reach::AnyOrg {
            self.denied.clear();
        }
        self
    }

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
        self.check_denied(id)?;
        if self.org_ids.is_empty() || self.org_ids.contains(id) {
            return Ok(());
        }
        Err(Refusal::NotTheExpectedOrg { expected: self.org_ids.clone(), actual: id.clone() })
    }

    fn check_denied(&self, id: &OrgId) -> Result<(), Refusal> {
        if self.denied.contains(id) { Err(Refusal::DeniedOrg { id: id.clone() }) } else { Ok(()) }
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

/// Accepts the org's word, or refuses: the id must be the one that the token was given for, where that is known, the org a
/// sandbox, unless the reach is wider, and the id one that is expected. Production is called so, expected or not.
pub(super) fn check_word(
    org: &Org,
    token_org: Option<&OrgId>,
    expected: &Expected,
    reach: Reach,
) -> Result<(), Refusal> {
    if let Some(token) = token_org.filter(|token| **token != org.id) {
        return Err(Refusal::OtherOrg { token: token.clone(), answered: org.id.clone() });
    }
    expected.check_denied(&org.id)?;
    if !org.is_sandbox && reach == Reach::Sandboxes {
        return Err(Refusal::NotASandbox { id: org.id.clone(), name: org.name.clone(), kind: org.kind });
    }
    expected.check_id(&org.id)
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

/// The query that is the proof: a row in a sandbox with one of these ids, none anywhere else. Without ids, any sandbox has
/// one.
pub(super) fn proof_query(ids: &[OrgId]) -> String {
    identity_query(Reach::Sandboxes, ids)
}

/// As [`proof_query`]; in a wider reach a row in an org with one of these ids, whatever it is. Nothing that reads or writes
/// a record of a sandbox goes by that.
pub(super) fn identity_query(reach: Reach, ids: &[OrgId]) -> String {
    let is_sandbox = (reach == Reach::Sandboxes).then(|| "IsSandbox = true".to_string());
    let is_one_of = match ids {
        [] => None,
        [id] => Some(format!("Id = '{id}'")),
        ids => {
            let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
            Some(format!("Id IN ({})", ids.join(", ")))
        }
    };
    let conditions: Vec<String> = is_sandbox.into_iter().chain(is_one_of).collect();
    let any = "SELECT Id FROM Organization";
    if conditions.is_empty() { any.into() } else { format!("{any} WHERE {}", conditions.join(" AND ")) }
}
