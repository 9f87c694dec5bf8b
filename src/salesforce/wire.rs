//! The JSON of Salesforce's REST API, turned into what the rest of this module speaks of.

use serde::Deserialize;
use serde_json::Value as Json;

use super::error::Error;
use super::http::Answer;
use crate::domain::id::RecordId;
use crate::domain::printable::excerpt;
use crate::domain::record::{Record, Value};

/// The longest part of a remote message that is shown.
const MESSAGE_LIMIT: usize = 300;

/// One of Salesforce's errors: `errorCode` in most answers, `statusCode` in those of a collection.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ApiError {
    #[serde(alias = "errorCode", alias = "statusCode")]
    pub(super) code: String,
    #[serde(default)]
    message: String,
}

/// A page of a query.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    /// How many rows the query has, on this page and on those behind it.
    total_size: usize,
    pub(super) done: bool,
    pub(super) records: Vec<Json>,
}

impl Page {
    /// True if it has as many rows as it says: all of them where it is the last page, else some, but not all.
    ///
    /// An answer that lost its rows on the way must not look like one that has none.
    pub(super) fn is_whole(&self) -> bool {
        let rows = self.records.len();
        if self.done { rows == self.total_size } else { (1..self.total_size).contains(&rows) }
    }
}

impl ApiError {
    /// The message, shortened, without control characters.
    pub(super) fn message(&self) -> String {
        excerpt(&self.message, MESSAGE_LIMIT)
    }

    pub(super) fn into_error(self) -> Error {
        Error::Api { message: self.message(), code: excerpt(&self.code, 80) }
    }
}

/// The first error of an error body, which is an array of errors (or, from some services, a single one).
pub(super) fn api_error(body: &Json) -> Option<ApiError> {
    let first = body.as_array().map_or(Some(body), |errors| errors.first())?;
    ApiError::deserialize(first).ok()
}

/// The JSON of an answer that carries one, or the error that it is.
pub(super) fn success(answer: &Answer) -> Result<Json, Error> {
    let status = answer.status.as_u16();
    let json = answer.json()?;
    if answer.status.is_success() {
        return Ok(json);
    }
    match api_error(&json) {
        Some(error) if status == 401 && error.code == "INVALID_SESSION_ID" => Err(Error::SessionExpired),
        Some(error) => Err(error.into_error()),
        None => Err(answer.unreadable(format!("status {status} without a reason"))),
    }
}

/// Reads a record with exactly the fields that were asked for.
///
/// A field that is missing, or of another shape than a text, a checkbox or nothing, is an error: what was not read must
/// not look like what is empty.
pub(super) fn record<'f>(json: &Json, fields: impl Iterator<Item = &'f str>) -> Result<Record, String> {
    let id = json.get("Id").and_then(Json::as_str).ok_or("a record without an Id")?;
    let id: RecordId = id.parse().map_err(|error| format!("a record whose Id is none: {error}"))?;
    let fields = fields.map(|field| {
        let value = match json.get(field) {
            Some(Json::Null) => Value::Null,
            Some(Json::Bool(value)) => Value::Boolean(*value),
            Some(Json::String(text)) => Value::Text(text.clone()),
            Some(_) => return Err(format!("a record whose {field} is of an unknown type")),
            None => return Err(format!("a record without {field}")),
        };
        Ok((field.to_string(), value))
    });
    Ok(Record { id, fields: fields.collect::<Result<_, String>>()? })
}

impl ApiError {
    /// An error that gave no reason.
    pub(super) fn unknown(status: u16) -> Self {
        Self { code: format!("HTTP_{status}"), message: "no reason was given".into() }
    }
}

/// A value as the API takes it.
pub(super) fn json_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(value) => Json::Bool(*value),
        Value::Text(text) => Json::String(text.clone()),
    }
}
