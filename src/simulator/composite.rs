//! Composite and batch requests: order, references, and real rollback.
//!
//! Source: the REST API guide on composite resources; what a reference without a value answers was reported with a
//! real org.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::message::{ApiError, Body, Response};
use super::org::{Call, decoded};
use super::reference::{References, placeholders};
use super::state::OrgState;

/// The most subrequests of a Composite request.
const MOST_SUBREQUESTS: usize = 25;
/// The most queries and collections among them.
const MOST_QUERIES: usize = 5;
/// From this version on subrequests may be reordered by default.
const COLLATES_BY_DEFAULT: u32 = 49;

const ROLLED_BACK: &str = "The transaction was rolled back since another operation in the same transaction failed.";

struct Subrequest {
    method: String,
    url: String,
    reference_id: String,
    body: Option<Value>,
}

impl OrgState {
    pub(super) fn composite(&mut self, call: &Call) -> Result<Response, ApiError> {
        let body = call.body.clone().unwrap_or_default();
        let subrequests = subrequests(&body)?;
        let flag = |name: &str, default: bool| match &body[name] {
            Value::Null => Ok(default),
            Value::Bool(flag) => Ok(*flag),
            _ => Err(ApiError::new(
                400,
                "JSON_PARSER_ERROR",
                format!("Cannot deserialize instance of boolean from '{name}'"),
            )),
        };
        let all_or_none = flag("allOrNone", false)?;
        let collates = flag("collateSubrequests", call.version >= COLLATES_BY_DEFAULT)?;

        let before = self.records.clone();
        let mut answers: BTreeMap<usize, Response> = BTreeMap::new();
        let mut references = References::new(self.quirks.long_reference_message, self.quirks.encoded_references);
        for position in self.order(&subrequests, collates) {
            let subrequest = &subrequests[position];
            let answer = self.carry_out(call, subrequest, &references, all_or_none).unwrap_or_else(Response::from);
            references.learn(&subrequest.reference_id, answer.status, answer.value());
            let failed = has_failed(&answer);
            answers.insert(position, answer);
            if failed && all_or_none {
                self.records = before;
                halt_all_but(position, subrequests.len(), &mut answers);
                break;
            }
        }
        let list: Vec<Value> =
            answers.into_iter().map(|(position, answer)| shown(&subrequests[position], answer)).collect();
        Ok(Response::json(200, json!({"compositeResponse": list})))
    }

    /// The order of execution: as given, or, where that is left to Salesforce, any that respects the references.
    fn order(&self, subrequests: &[Subrequest], collates: bool) -> Vec<usize> {
        if !collates || !self.quirks.collate_reorders {
            return (0..subrequests.len()).collect();
        }
        let mut order: Vec<usize> = Vec::new();
        while order.len() < subrequests.len() {
            let waiting = |position: &usize| !order.contains(position);
            let ready = |position: &usize| {
                let needs = |other: usize| subrequests[*position].refers_to(&subrequests[other].reference_id);
                (0..subrequests.len()).all(|other| other == *position || order.contains(&other) || !needs(other))
            };
            let positions = || (0..subrequests.len()).rev().filter(waiting);
            let Some(next) = positions().find(ready).or_else(|| (0..subrequests.len()).find(waiting)) else { break };
            order.push(next);
        }
        order
    }

    fn carry_out(
        &mut self,
        outer: &Call,
        subrequest: &Subrequest,
        references: &References,
        all_or_none: bool,
    ) -> Result<Response, ApiError> {
        let (path, query) = subrequest.url.split_once('?').unwrap_or((&subrequest.url, ""));
        let rest = path.strip_prefix("/services/data/").ok_or_else(|| {
            let message = format!("The requested url is not a valid REST API resource: {path}");
            ApiError::new(400, "INVALID_INPUT", message)
        })?;
        let (version, mut path) = self.version(rest)?;
        for segment in &mut path {
            *segment = references.fill_url(segment, &subrequest.url)?;
        }
        let mut parameters = decoded(query);
        for (_, value) in &mut parameters {
            *value = references.fill_url(value, &subrequest.url)?;
        }
        let mut body = subrequest.body.clone();
        if let Some(body) = &mut body {
            references.fill_body(body)?;
            // The flag of the whole request overrides the collection's own.
            let collection = body.as_object_mut().filter(|_| all_or_none && path == ["composite", "sobjects"]);
            if let Some(collection) = collection {
                collection.insert("allOrNone".into(), true.into());
            }
        }
        let (method, user) = (subrequest.method.clone(), outer.user.clone());
        Ok(self.resource(&Call { method, version, path, parameters, body, user, in_composite: true }))
    }

    /// `/composite/batch`: one after another, nothing is taken back.
    pub(super) fn batch(&mut self, call: &Call) -> Result<Response, ApiError> {
        let body = call.body.clone().unwrap_or_default();
        let requests = body["batchRequests"].as_array().cloned().unwrap_or_default();
        if requests.is_empty() || requests.len() > MOST_SUBREQUESTS {
            return Err(ApiError::new(400, "LIMIT_EXCEEDED", "A batch needs between 1 and 25 subrequests."));
        }
        let halts = body["haltOnError"].as_bool().unwrap_or_default();
        let (mut has_errors, mut results) = (false, Vec::new());
        for request in &requests {
            if has_errors && halts {
                let error =
                    json!([{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}]);
                results.push(json!({"statusCode": 412, "result": error}));
                continue;
            }
            let url = request["url"].as_str().unwrap_or_default().trim_start_matches('/');
            let subrequest = Subrequest {
                method: request["method"].as_str().unwrap_or_default().into(),
                url: format!("/services/data/{}", url.trim_start_matches("services/data/")),
                reference_id: String::new(),
                body: request.get("richInput").cloned(),
            };
            let references = References::new(true, false);
            let answer = self.carry_out(call, &subrequest, &references, false).unwrap_or_else(Response::from);
            has_errors |= answer.status >= 400;
            results.push(json!({"statusCode": answer.status, "result": answer.value()}));
        }
        Ok(Response::json(200, json!({"hasErrors": has_errors, "results": results})))
    }
}

impl Subrequest {
    fn refers_to(&self, reference_id: &str) -> bool {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        let decoded_url = decoded(&self.url.replace('+', "%2B").replace(['&', '='], " "));
        let decoded_url: String = decoded_url.into_iter().map(|(name, _)| name).collect();
        let names = placeholders(&decoded_url).into_iter().chain(placeholders(&body));
        names.map(|name| name.split(['.', '[']).next().unwrap_or_default().to_string()).any(|name| name == reference_id)
    }
}

fn subrequests(body: &Value) -> Result<Vec<Subrequest>, ApiError> {
    let bad = |message: String| ApiError::new(400, "JSON_PARSER_ERROR", message);
    let list =
        body["compositeRequest"].as_array().ok_or_else(|| bad("The property 'compositeRequest' is required".into()))?;
    let mut subrequests: Vec<Subrequest> = Vec::new();
    for one in list {
        let text = |name: &str| {
            let value = one[name].as_str().filter(|text| !text.is_empty());
            value.map(str::to_string).ok_or_else(|| bad(format!("The property '{name}' is required")))
        };
        let (method, url, reference_id) = (text("method")?, text("url")?, text("referenceId")?);
        let fits = reference_id.starts_with(|first: char| first.is_ascii_alphanumeric())
            && reference_id.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
        if !fits || subrequests.iter().any(|earlier| earlier.reference_id == reference_id) {
            let message = format!(
                "Provided referenceId ('{reference_id}') must be unique, start with a letter or a number, and it can \
                 contain only letters, numbers and underscores ('_')."
            );
            return Err(ApiError::new(400, "INVALID_INPUT", message));
        }
        if url.contains(|character: char| character.is_whitespace()) {
            return Err(ApiError::new(
                400,
                "INVALID_INPUT",
                format!("Illegal character in the url of '{reference_id}'"),
            ));
        }
        subrequests.push(Subrequest { method, url, reference_id, body: one.get("body").cloned() });
    }
    let queries =
        subrequests.iter().filter(|one| one.url.contains("/query") || one.url.contains("/composite/sobjects"));
    if subrequests.is_empty() || subrequests.len() > MOST_SUBREQUESTS || queries.count() > MOST_QUERIES {
        let message =
            "Limit exceeded: a composite request takes 1 to 25 subrequests, of which 5 may be queries or collections.";
        return Err(ApiError::new(400, "LIMIT_EXCEEDED", message));
    }
    Ok(subrequests)
}

/// An error, or a collection with a record that failed: either undoes an all-or-none request.
fn has_failed(answer: &Response) -> bool {
    let records = answer.value();
    let records = records.as_array().map(Vec::as_slice).unwrap_or_default();
    answer.status >= 400 || records.iter().any(|record| record["success"] == false)
}

/// Every subrequest but the one that failed is said to have been rolled back, those never reached too.
fn halt_all_but(failed: usize, count: usize, answers: &mut BTreeMap<usize, Response>) {
    for position in (0..count).filter(|position| *position != failed) {
        answers.insert(position, ApiError::new(400, "PROCESSING_HALTED", ROLLED_BACK).into());
    }
}

fn shown(subrequest: &Subrequest, answer: Response) -> Value {
    let headers: Map<String, Value> =
        answer.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let body = match answer.body {
        Body::Json(body) => body,
        Body::Empty => Value::Null,
        Body::Text(_, text) => text.into(),
    };
    json!({
        "body": body, "httpHeaders": headers, "httpStatusCode": answer.status, "referenceId": subrequest.reference_id,
    })
}
