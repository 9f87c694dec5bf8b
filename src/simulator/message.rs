//! A request as an org sees it, what it answers, and how Salesforce words an error.

use serde_json::{Value, json};

/// What arrived, once it was read to its end.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// As sent, before the `?`.
    pub path: String,
    /// As sent, after the `?`; empty where there is none.
    pub query: String,
    /// In the order sent, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// An answer before it becomes bytes.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers besides the content type and length.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// What an answer carries.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing, as after a PATCH of one record.
    Empty,
    /// `application/json;charset=UTF-8`
    Json(Value),
    /// Any other text, with its content type.
    Text(String, String),
}

/// One entry of the array in which the REST API names what is wrong.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
}

impl Request {
    /// The value of the first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text, with replacement characters for what is no UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// True for the token endpoint.
    pub fn asks_for_token(&self) -> bool {
        self.path.ends_with("/services/oauth2/token")
    }

    /// The subrequests of a Composite request as (method, url, reference id); empty for every other request.
    pub fn subrequests(&self) -> Vec<(String, String, String)> {
        if !self.path.trim_end_matches('/').ends_with("/composite") {
            return Vec::new();
        }
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let list = body["compositeRequest"].as_array().cloned().unwrap_or_default();
        list.iter().map(|one| (text(&one["method"]), text(&one["url"]), text(&one["referenceId"]))).collect()
    }

    /// True if the request changes records, alone or in one of its subrequests.
    pub fn writes(&self) -> bool {
        let subrequests = self.subrequests();
        if !subrequests.is_empty() {
            return subrequests.iter().any(|(method, ..)| method != "GET");
        }
        let soap = self.path.contains("/services/Soap/") && !self.text().contains("<readMetadata>");
        soap || self.path.contains("/services/data") && self.method != "GET"
    }
}

impl Response {
    /// JSON with a status.
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body) }
    }

    /// 204.
    pub fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: Body::Empty }
    }

    /// Text with a status and a content type.
    pub fn text(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: Body::Text(content_type.into(), body.into()) }
    }

    /// The answer with one more header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What the token endpoint says when it refuses.
    pub(super) fn oauth_error(status: u16, error: &str, description: &str) -> Self {
        Self::json(status, json!({"error": error, "error_description": description}))
    }

    /// The body, where it is JSON.
    pub fn value(&self) -> Value {
        match &self.body {
            Body::Json(value) => value.clone(),
            Body::Empty | Body::Text(..) => Value::Null,
        }
    }
}

impl ApiError {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    /// 404, which a path to an object that the user may not see gets too.
    pub(super) fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    pub(super) fn method_not_allowed(method: &str) -> Self {
        let message = format!("HTTP Method '{method}' not allowed.");
        Self::new(405, "METHOD_NOT_ALLOWED", message)
    }
}

impl From<ApiError> for Response {
    fn from(error: ApiError) -> Self {
        Self::json(error.status, json!([{"message": error.message, "errorCode": error.code}]))
    }
}
