//! Reading: every record of a rule, with the org's word, its proof and the object's description.

use std::collections::HashSet;
use std::slice;

use super::client::Client;
use super::composite::{Composite, CompositeAnswer, PROVEN_ID, SubAnswer};
use super::error::Error;
use super::proof::{ORGANIZATION, check_proof, proof_query};
use super::shape::Shape;
use super::wire::record;
use crate::domain::id::{OrgId, RecordId};
use crate::domain::org::Org;
use crate::domain::record::Record;
use crate::domain::refusal::Refusal;
use crate::domain::rule::Rule;

/// No org has more relays; what goes on longer is no answer but a loop.
const MOST_RECORDS: usize = 50_000;

/// What was read of a rule's object.
#[derive(Debug)]
pub struct Reading {
    /// Every record, ordered by id.
    pub records: Vec<Record>,
    /// Fields that the rule doesn't know and that may hold a credential.
    pub unknown_credential_fields: Vec<String>,
}

/// The first page of a reading, with the org's word.
struct FirstPage {
    org: Org,
    /// Nothing where the description did not come with the others and has to be asked for alone.
    shape: Option<Shape>,
    relays: Result<(Vec<Record>, bool), Error>,
}

/// Reads the org and every record of a rule, page by page.
pub(super) async fn read_all(client: &mut Client, rule: &Rule) -> Result<(Org, Reading), Error> {
    let first = first_page(client, rule).await?;
    client.remember_org(&first.org);
    let shape = match first.shape {
        Some(shape) => shape,
        None => describe(client, rule).await?,
    };
    let missing = shape.missing_rights(rule);
    if !missing.is_empty() {
        return Err(missing_permission(rule, &missing.join(", ")));
    }
    let (mut records, mut done) = first.relays?;
    let mut seen: HashSet<RecordId> = records.iter().map(|record| record.id.clone()).collect();
    while !done {
        let last = records.last().map(|record: &Record| record.id.clone());
        let (page, page_is_last) = next_page(client, rule, &first.org.id, last.as_ref()).await?;
        let all_new = page.iter().all(|record| seen.insert(record.id.clone()));
        if !all_new || seen.len() > MOST_RECORDS {
            let what = format!("pages of {} without an end", rule.object);
            return Err(client.unreadable(&what));
        }
        records.extend(page);
        done = page_is_last;
    }
    Ok((first.org, Reading { records, unknown_credential_fields: shape.unknown_credential_fields(rule) }))
}

async fn first_page(client: &mut Client, rule: &Rule) -> Result<FirstPage, Error> {
    client
        .composite(
            |version, orgs| {
                Composite::independent(version)
                    .query("org", ORGANIZATION)
                    .query("proof", &proof_query(orgs))
                    .get("shape", &format!("/sobjects/{}/describe", rule.object))
                    .query("relays", &records_query(rule, None))
            },
            |answer, client| interpret_first_page(answer, client, rule),
            Error::is_passing,
        )
        .await
}

async fn next_page(
    client: &mut Client,
    rule: &Rule,
    org: &OrgId,
    last: Option<&RecordId>,
) -> Result<(Vec<Record>, bool), Error> {
    client
        .composite(
            |version, _| {
                Composite::independent(version)
                    .query("proof", &proof_query(slice::from_ref(org)))
                    .query("relays", &records_query(rule, last))
            },
            |answer, client| {
                check_proof(client.part(&answer, "proof")?.settled()?, org)?;
                records(client.part(&answer, "relays")?, rule, client)
            },
            Error::is_passing,
        )
        .await
}

/// The query for a rule's records after `last`. Its own text refers to the proof: where that has no row, there is no query.
///
/// An Id of another object in an Id filter matches nothing, so `!=` leaves every record in.
fn records_query(rule: &Rule, last: Option<&RecordId>) -> String {
    let fields = rule.readable_fields().collect::<Vec<_>>().join(", ");
    let after = last.map_or_else(String::new, |last| format!(" AND Id > '{last}'"));
    format!("SELECT Id, {fields} FROM {} WHERE Id != '{PROVEN_ID}'{after} ORDER BY Id", rule.object)
}

fn interpret_first_page(answer: CompositeAnswer, client: &Client, rule: &Rule) -> Result<FirstPage, Error> {
    let organization = client.part(&answer, "org")?.settled()?;
    let org = client.take_word(organization, client.known_org())?;
    check_proof(client.part(&answer, "proof")?.settled()?, &org.id)?;
    let shape = client.part(&answer, "shape")?;
    let shape = if shape.succeeded() { Shape::read(&shape.body) } else { None };
    let relays = records(client.part(&answer, "relays")?, rule, client);
    match relays {
        Err(error) if error.is_passing() || matches!(error, Error::Refused(_)) => Err(error),
        relays => Ok(FirstPage { org, shape, relays }),
    }
}

fn records(answer: &SubAnswer, rule: &Rule, client: &Client) -> Result<(Vec<Record>, bool), Error> {
    if let Some(error) = answer.error() {
        return Err(match error.code.as_str() {
            _ if error.is_invalid_reference() => Refusal::ProofFailed { seen: error.message() }.into(),
            "INVALID_TYPE" | "INVALID_FIELD" => missing_permission(rule, &error.message()),
            _ => error.into_error(),
        });
    }
    let page = answer.page().ok_or_else(|| client.unreadable("JSON, but not a query's answer"))?;
    if !page.is_whole() {
        return Err(client.unreadable("a page of records with another number of them than it says"));
    }
    let records = page.records.iter().map(|row| record(row, rule.readable_fields()));
    let records = records.collect::<Result<Vec<_>, _>>().map_err(|what| client.unreadable(&what))?;
    for username in records.iter().flat_map(|record| rule.masked_texts(record)) {
        client.echoes().learn_username(username);
    }
    Ok((records, page.done))
}

async fn describe(client: &mut Client, rule: &Rule) -> Result<Shape, Error> {
    match client.get(&format!("/sobjects/{}/describe", rule.object)).await {
        Ok(json) => Shape::read(&json).ok_or_else(|| client.unreadable("JSON, but not an object's description")),
        Err(Error::Api { code, .. }) if matches!(code.as_str(), "NOT_FOUND" | "INVALID_TYPE") => {
            Err(missing_permission(rule, &format!("{} can't be seen", rule.object)))
        }
        Err(error) => Err(error),
    }
}

fn missing_permission(rule: &Rule, what: &str) -> Error {
    let permissions = rule.permissions.join(", ");
    Error::Permission(format!("the user lacks a permission: {what}. {} asks for {permissions}", rule.object))
}
