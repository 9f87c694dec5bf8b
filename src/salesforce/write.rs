//! Writing: the rule's assignments on at most 200 records, behind the proof, all of them or none.

use std::slice;

use serde_json::{Value as Json, json};

use super::client::Client;
use super::composite::{Composite, CompositeAnswer, PROVEN_ID};
use super::error::Error;
use super::proof::{check_proof, proof_query};
use super::wire::{api_error, json_value};
use crate::domain::id::{OrgId, RecordId};
use crate::domain::printable::excerpt;
use crate::domain::refusal::Refusal;
use crate::domain::rule::Rule;

/// How many records one request can change (REST API guide, "sObject Collections").
pub const BATCH: usize = 200;

/// What Salesforce said of one record of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was changed.
    Changed,
    /// It was not, by its own fault, with the reason in Salesforce's words.
    Rejected(String),
    /// It was not, because another record of the same request was rejected.
    RolledBack,
    /// It was not, because somebody else held its lock to the last try, with the reason in Salesforce's words.
    Locked(String),
    /// It is said to exist no more, in Salesforce's words. Reading again tells whether that is so.
    Gone(String),
}

/// Sends one write. The gate refers to the proof, so that without a proof there is a failure, and with one failure
/// Salesforce rolls back all.
pub(super) async fn write(
    client: &mut Client,
    org: &OrgId,
    rule: &Rule,
    ids: &[RecordId],
) -> Result<Vec<Answer>, Error> {
    let body = collection(rule, ids);
    client
        .composite(
            |version, _| {
                Composite::transaction(version)
                    .query("proof", &proof_query(slice::from_ref(org)))
                    .get("gate", &format!("/sobjects/Organization/{PROVEN_ID}?fields=Id"))
                    .patch("clear", "/composite/sobjects", &body)
            },
            |answer, client| interpret_write(&answer, client, org, ids.len()),
            |error| error.is_passing() && !error.may_have_been_carried_out(),
        )
        .await
}

fn collection(rule: &Rule, ids: &[RecordId]) -> Json {
    let records = ids.iter().map(|id| {
        let mut record = serde_json::Map::new();
        record.insert("attributes".into(), json!({"type": rule.object}));
        record.insert("id".into(), id.as_str().into());
        record.extend(rule.assignments.iter().map(|set| (set.field.clone(), json_value(&set.value))));
        Json::Object(record)
    });
    json!({"allOrNone": true, "records": records.collect::<Vec<_>>()})
}

/// Reads the answer to a write. The proof and the gate must hold, whatever the write itself says.
fn interpret_write(
    answer: &CompositeAnswer,
    client: &Client,
    id: &OrgId,
    expected: usize,
) -> Result<Vec<Answer>, Error> {
    let unreadable = || client.unreadable("JSON, but not the answer to this write");
    let (proof, gate, clear) =
        (client.part(answer, "proof")?, client.part(answer, "gate")?, client.part(answer, "clear")?);
    let gate_error = gate.error().filter(|error| error.is_invalid_reference() || error.code == "NOT_FOUND");
    if let Some(error) = gate_error {
        return Err(Refusal::ProofFailed { seen: error.message() }.into());
    }
    if let Some(results) = clear.body.as_array().filter(|results| is_collection(results)) {
        if results.len() != expected {
            return Err(unreadable());
        }
        let answers: Vec<Answer> = results.iter().map(record_answer).collect();
        if answers.iter().any(|answer| matches!(answer, Answer::Locked(_))) {
            return Err(Error::Locked(answers));
        }
        if clear.succeeded() && answers.contains(&Answer::Changed) {
            check_proof(proof, id).map_err(without_proof)?;
        }
        return Ok(answers);
    }
    match answer.cause() {
        // One part always says why the others were rolled back. Where none does, a reference had no value, in other words
        // than those that are known.
        Some(error) if error.is_halt() => Err(Refusal::ProofFailed { seen: error.message() }.into()),
        Some(error) => Err(error.into_error()),
        None => Err(unreadable()),
    }
}

/// A write that says it was carried out although the proof does not hold.
fn without_proof(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::ProofFailed { seen } => Refusal::WrittenWithoutProof { seen },
        other => other,
    }
}

fn is_collection(results: &[Json]) -> bool {
    results.iter().all(|result| result.get("success").is_some_and(Json::is_boolean))
}

/// Reads one record's result.
fn record_answer(result: &Json) -> Answer {
    if result.get("success") == Some(&Json::Bool(true)) {
        return Answer::Changed;
    }
    let Some(error) = result.get("errors").and_then(api_error) else {
        return Answer::Rejected("Salesforce gave no reason".into());
    };
    let words = || format!("{}: {}", excerpt(&error.code, 80), error.message());
    match error.code.as_str() {
        "ALL_OR_NONE_OPERATION_ROLLED_BACK" | "PROCESSING_HALTED" => Answer::RolledBack,
        "ENTITY_IS_DELETED" | "NOT_FOUND" | "INVALID_CROSS_REFERENCE_KEY" => Answer::Gone(words()),
        "UNABLE_TO_LOCK_ROW" => Answer::Locked(words()),
        _ => Answer::Rejected(words()),
    }
}
