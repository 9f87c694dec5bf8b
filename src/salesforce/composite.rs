//! Composite requests: several in one, in order, each able to refer to the answers of those before.
//!
//! `POST /services/data/vNN.0/composite` (REST API guide, "Composite"). Subrequests are answered by `referenceId`.

use serde::Deserialize;
use serde_json::{Value as Json, json};
use url::form_urlencoded;

use super::error::Error;
use super::http::Answer;
use super::wire::{ApiError, Page, api_error, success};
use crate::domain::api_version::ApiVersion;

/// The reference that a later subrequest makes to the org's proof. Without a row, it has no value.
pub(super) const PROVEN_ID: &str = "@{proof.records[0].Id}";

/// A request made of several.
pub(super) struct Composite {
    all_or_none: bool,
    subrequests: Vec<Json>,
    version: ApiVersion,
}

/// What came back, one for each subrequest.
#[derive(Debug, Deserialize)]
pub(super) struct CompositeAnswer {
    #[serde(rename = "compositeResponse")]
    answers: Vec<SubAnswer>,
}

/// The answer to one subrequest.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubAnswer {
    reference_id: String,
    http_status_code: u16,
    #[serde(default)]
    pub(super) body: Json,
}

impl Composite {
    /// A request whose subrequests stand alone: one may fail, and those that don't refer to it go on.
    pub(super) fn independent(version: ApiVersion) -> Self {
        Self { all_or_none: false, subrequests: Vec::new(), version }
    }

    /// A request that Salesforce carries out as a whole or rolls back as a whole.
    pub(super) fn transaction(version: ApiVersion) -> Self {
        Self { all_or_none: true, ..Self::independent(version) }
    }

    /// Adds a subrequest that reads a path below `/services/data/vNN.0`.
    pub(super) fn get(mut self, reference: &str, path: &str) -> Self {
        let url = self.url(path);
        self.subrequests.push(json!({"method": "GET", "referenceId": reference, "url": url}));
        self
    }

    /// Adds a query.
    pub(super) fn query(self, reference: &str, soql: &str) -> Self {
        let path = format!("/query?q={}", encode(soql));
        self.get(reference, &path)
    }

    /// Adds a subrequest that changes records.
    pub(super) fn patch(mut self, reference: &str, path: &str, body: &Json) -> Self {
        let url = self.url(path);
        self.subrequests.push(json!({"method": "PATCH", "referenceId": reference, "url": url, "body": body}));
        self
    }

    fn url(&self, path: &str) -> String {
        format!("/services/data/v{}{path}", self.version)
    }

    /// The body of the request. `collateSubrequests` is false always: the default since v49.0 may reorder, and the
    /// proof has to come first.
    pub(super) fn body(&self) -> Json {
        json!({
            "allOrNone": self.all_or_none,
            "collateSubrequests": false,
            "compositeRequest": self.subrequests,
        })
    }
}

/// Encodes a query for a URL, but leaves its references as they are: Salesforce fills them in before it decodes.
fn encode(soql: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    soql.split(PROVEN_ID).map(encode).collect::<Vec<_>>().join(PROVEN_ID)
}

impl CompositeAnswer {
    /// Reads the answer to a Composite request. A part that is answered twice could be read in two ways, so it is no answer.
    pub(super) fn read(answer: &Answer) -> Result<Self, Error> {
        let json = success(answer)?;
        let read = Self::deserialize(json).ok().filter(|read: &Self| !read.has_twins());
        read.ok_or_else(|| answer.unreadable("JSON, but not the answer to a Composite request"))
    }

    fn has_twins(&self) -> bool {
        let references = || self.answers.iter().map(|answer| &answer.reference_id);
        references().enumerate().any(|(index, one)| references().skip(index + 1).any(|other| other == one))
    }

    /// The answer to a subrequest.
    pub(super) fn get(&self, reference: &str) -> Option<&SubAnswer> {
        self.answers.iter().find(|answer| answer.reference_id == reference)
    }

    /// The error that made Salesforce roll the others back: the one that says more than that it was.
    pub(super) fn cause(&self) -> Option<ApiError> {
        let errors = || self.answers.iter().filter(|answer| !answer.succeeded()).filter_map(|a| api_error(&a.body));
        let first_own = errors().find(|error| !error.is_echo());
        first_own.or_else(|| errors().next())
    }
}

impl SubAnswer {
    pub(super) fn succeeded(&self) -> bool {
        (200..300).contains(&self.http_status_code)
    }

    /// The error that this answer is, if it is one.
    pub(super) fn error(&self) -> Option<ApiError> {
        if self.succeeded() {
            return None;
        }
        Some(api_error(&self.body).unwrap_or_else(|| ApiError::unknown(self.http_status_code)))
    }

    /// The answer, which the guard decides by, unless its error is one that passes: that is trouble, and no refusal.
    pub(super) fn settled(&self) -> Result<&Self, Error> {
        match self.error().map(ApiError::into_error).filter(Error::is_passing) {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// A page of a query's rows; nothing where the answer is none.
    pub(super) fn page(&self) -> Option<Page> {
        self.succeeded().then(|| Page::deserialize(&self.body).ok()).flatten()
    }
}

impl ApiError {
    /// True if it only tells that another subrequest failed.
    fn is_echo(&self) -> bool {
        self.is_halt() && !self.is_invalid_reference()
    }

    /// True if it is no error of a resource, but says that Composite did not carry out, or rolled back, a subrequest.
    pub(super) fn is_halt(&self) -> bool {
        self.code == "PROCESSING_HALTED"
    }

    /// True if a reference had no value: the proof had no row.
    pub(super) fn is_invalid_reference(&self) -> bool {
        self.is_halt() && self.message().contains("Invalid reference")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_left_as_they_are_in_an_encoded_query() {
        assert_eq!(
            encode("SELECT Id FROM EmailRelay WHERE Id != '@{proof.records[0].Id}' ORDER BY Id"),
            "SELECT+Id+FROM+EmailRelay+WHERE+Id+%21%3D+%27@{proof.records[0].Id}%27+ORDER+BY+Id"
        );
    }
}
