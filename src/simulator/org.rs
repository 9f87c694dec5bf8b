//! An org as a state machine: a request and the moment go in, the state changes, an answer comes out. No I/O, no clock.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::app::User;
use super::message::{ApiError, Request, Response};
use super::state::OrgState;

/// When and where a request arrived.
#[derive(Clone, Debug)]
pub struct Occasion {
    /// Milliseconds since 1970.
    pub now_ms: u64,
    /// Requests that this org is answering right now, this one included.
    pub concurrent: usize,
    /// The request came to the shared login host, not to the org's own address.
    pub at_login_host: bool,
    /// The shared login host's own address, which stands for `https://test.salesforce.com`.
    pub login_url: String,
}

/// A request to a resource, read and allowed, alone or as a part of a Composite request.
pub(super) struct Call {
    pub(super) method: String,
    pub(super) version: u32,
    /// What follows `/services/data/vNN.0/`.
    pub(super) path: Vec<String>,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    pub(super) user: User,
    pub(super) in_composite: bool,
}

impl Call {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl OrgState {
    /// Carries out one request.
    pub fn answer(&mut self, request: &Request, occasion: &Occasion) -> Response {
        // `//services/data` is answered as well: callers join a base that ends in a slash.
        let path = format!("/{}", request.path.trim_start_matches('/'));
        match path.as_str() {
            "/services/oauth2/token" => self.token(request, occasion),
            "/services/oauth2/revoke" => self.revoke(request),
            "/services/oauth2/authorize" => self.authorize(request, occasion),
            _ if occasion.at_login_host => ApiError::not_found().into(),
            "/services/oauth2/userinfo" => self.userinfo(request),
            "/services/data" | "/services/data/" => self.versions(),
            _ if path.starts_with("/services/Soap/m/") => {
                self.metadata_api(path.trim_start_matches("/services/Soap/m/"), request, occasion)
            }
            _ => match path.strip_prefix("/services/data/") {
                Some(rest) => self.api(rest, request, occasion).unwrap_or_else(Response::from),
                None => {
                    Response::text(404, "text/html;charset=UTF-8", "<html><body>URL No Longer Exists</body></html>")
                }
            },
        }
    }

    fn versions(&self) -> Response {
        let seasons = ["Spring", "Summer", "Winter"];
        let list: Vec<Value> = (self.limits.lowest_version..=self.limits.highest_version)
            .map(|version| {
                // v66 is Spring '26, and three versions make a year.
                let year = if version % 3 == 2 { 5 + version / 3 } else { 4 + version / 3 };
                let label = format!("{} '{year:02}", seasons[(version % 3) as usize]);
                let url = format!("/services/data/v{version}.0");
                json!({"label": label, "url": url, "version": format!("{version}.0")})
            })
            .collect();
        Response::json(200, list.into())
    }

    /// Everything below `/services/data/` that wants a session.
    fn api(&mut self, rest: &str, request: &Request, occasion: &Occasion) -> Result<Response, ApiError> {
        let user = self.session_user(request)?;
        if !user.api_enabled {
            return Err(ApiError::new(
                403,
                "API_DISABLED_FOR_ORG",
                "The REST API is not enabled for this Organization.",
            ));
        }
        self.count_request(occasion)?;
        let (version, path) = self.version(rest)?;
        let call = Call {
            method: request.method.clone(),
            version,
            path,
            parameters: decoded(&request.query),
            body: json_body(request)?,
            user,
            in_composite: false,
        };
        let usage = format!("api-usage={}/{}", self.api_requests, self.limits.daily);
        Ok(self.resource(&call).header("sforce-limit-info", usage))
    }

    /// The user of the session in the `Authorization` header.
    pub(super) fn session_user(&self, request: &Request) -> Result<User, ApiError> {
        let expired = || ApiError::new(401, "INVALID_SESSION_ID", "Session expired or invalid");
        let header = request.header("authorization").ok_or_else(expired)?;
        let (scheme, token) = header.split_once(' ').ok_or_else(expired)?;
        if !scheme.eq_ignore_ascii_case("bearer") && !scheme.eq_ignore_ascii_case("oauth") {
            return Err(expired());
        }
        let name = self.sessions.get(token).ok_or_else(expired)?;
        let user = self.user(name).filter(|user| user.active && !user.frozen);
        user.cloned().ok_or_else(expired)
    }

    pub(super) fn count_request(&mut self, occasion: &Occasion) -> Result<(), ApiError> {
        let exceeded = |what: &str| ApiError::new(403, "REQUEST_LIMIT_EXCEEDED", format!("{what} Limit exceeded."));
        if self.api_requests >= self.limits.daily {
            return Err(exceeded("TotalRequests"));
        }
        if occasion.concurrent > self.limits.concurrent {
            return Err(exceeded("ConcurrentRequests (Concurrent API Requests)"));
        }
        self.api_requests += 1;
        Ok(())
    }

    /// Splits `vNN.0/a/b` into the version and the segments behind it.
    pub(super) fn version(&self, rest: &str) -> Result<(u32, Vec<String>), ApiError> {
        let mut segments = rest.split('/').filter(|segment| !segment.is_empty()).map(percent_decoded);
        let version = segments.next().unwrap_or_default();
        let number = version.strip_prefix('v').and_then(|version| version.strip_suffix(".0"));
        let number: u32 = number.and_then(|number| number.parse().ok()).ok_or_else(ApiError::not_found)?;
        if number > self.limits.highest_version {
            return Err(ApiError::not_found());
        }
        if number < self.limits.lowest_version {
            let message = "The requested API version is retired or no longer supported.";
            return Err(ApiError::new(410, "UNSUPPORTED_API_VERSION", message));
        }
        Ok((number, segments.collect()))
    }

    /// Finds what a path leads to.
    pub(super) fn resource(&mut self, call: &Call) -> Response {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let result = match (call.method.as_str(), path.as_slice()) {
            ("GET", []) => Ok(Response::json(200, json!({"sobjects": "", "query": "", "composite": "", "limits": ""}))),
            ("GET", ["limits"]) => Ok(self.remaining_limits()),
            ("GET", ["query" | "queryAll"]) => self.query(call),
            ("GET", ["query" | "queryAll", locator]) => self.next_page(call.version, locator),
            ("GET", ["sobjects"]) => Ok(self.object_list(call)),
            ("GET", ["sobjects", object, "describe"]) => self.describe(call, object),
            ("GET", ["sobjects", "User", id]) => self.user_record(call, id),
            (_, ["sobjects", object]) => self.object_resource(call, object),
            (_, ["sobjects", object, id]) => self.record_resource(call, object, id),
            ("PATCH", ["composite", "sobjects"]) => self.update_collection(call),
            ("POST", ["composite"]) if !call.in_composite => self.composite(call),
            ("POST", ["composite", "batch"]) if !call.in_composite => self.batch(call),
            (method, ["query" | "queryAll", ..] | ["composite"] | ["composite", "sobjects" | "batch"]) => {
                Err(ApiError::method_not_allowed(method))
            }
            _ => Err(ApiError::not_found()),
        };
        result.unwrap_or_else(Response::from)
    }

    fn remaining_limits(&self) -> Response {
        let remaining = self.limits.daily.saturating_sub(self.api_requests);
        Response::json(200, json!({"DailyApiRequests": {"Max": self.limits.daily, "Remaining": remaining}}))
    }
}

/// The pairs of a query string or form, decoded.
pub(super) fn decoded(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A segment of a path, decoded; `+` stays as it is there.
pub(super) fn percent_decoded(segment: &str) -> String {
    let kept = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(kept.as_bytes()).map(|(key, _)| key.into_owned()).next().unwrap_or_default()
}

/// The body of a request that has one, which must be JSON and must say so.
fn json_body(request: &Request) -> Result<Option<Value>, ApiError> {
    if !matches!(request.method.as_str(), "POST" | "PATCH" | "PUT") {
        return Ok(None);
    }
    let content_type = request.header("content-type").unwrap_or_default();
    if !content_type.trim_start().to_ascii_lowercase().starts_with("application/json") {
        let message = format!("Content-Type header specified in HTTP request is not supported: {content_type}");
        return Err(ApiError::new(415, "UNSUPPORTED_MEDIA_TYPE", message));
    }
    let parsed: Value = serde_json::from_slice(&request.body)
        .map_err(|error| ApiError::new(400, "JSON_PARSER_ERROR", format!("Unexpected input: {error}")))?;
    if !parsed.is_object() {
        return Err(ApiError::new(400, "JSON_PARSER_ERROR", "Unexpected input: an object was expected"));
    }
    Ok(Some(parsed))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simulator::{OrgSetup, Relay, User};

    /// JSON with the names and values that the org looks for, in places where they don't belong.
    fn any_json() -> impl Strategy<Value = Value> {
        let texts = ["PATCH", "GET", "/services/data/v68.0/composite/sobjects", "EmailRelay", "@{a.b[0].c}", "a", ""];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            proptest::sample::select(texts.to_vec()).prop_map(Value::from),
        ];
        let names =
            ["compositeRequest", "records", "allOrNone", "method", "url", "referenceId", "body", "id", "attributes"];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            let fields = proptest::collection::vec((proptest::sample::select(names.to_vec()), inner.clone()), 0..6);
            prop_oneof![
                proptest::collection::vec(inner, 0..4).prop_map(Value::from),
                fields.prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()),
            ]
        })
    }

    fn part(method: &str, url: &str, body: &Value) -> Value {
        json!({"method": method, "url": url, "referenceId": "a", "body": body})
    }

    proptest! {
        #[test]
        fn no_request_makes_it_panic(tail in "\\PC{0,20}", query in "\\PC{0,40}", body in any_json()) {
            let setup = OrgSetup::sandbox("uat").user(User::new("u")).relay(Relay::exposed("h", "u", "p"));
            let mut org = OrgState::new(setup, 1, "http://127.0.0.1:1".into());
            let token = org.open_session("u");
            let headers = vec![
                ("authorization".to_string(), format!("Bearer {token}")),
                ("content-type".to_string(), "application/json".to_string()),
            ];
            let occasion = Occasion { now_ms: 0, concurrent: 1, at_login_host: false, login_url: String::new() };
            let wrapped = json!({"allOrNone": true, "compositeRequest": [
                part("PATCH", "/services/data/v68.0/composite/sobjects", &body),
            ]});
            for (path, body) in [
                ("composite".to_string(), &body),
                ("composite".to_string(), &wrapped),
                ("composite/batch".to_string(), &body),
                ("composite/sobjects".to_string(), &body),
                ("sobjects/EmailRelay".to_string(), &body),
                (tail, &body),
            ] {
                for method in ["GET", "POST", "PATCH"] {
                    let request = Request {
                        method: method.into(),
                        path: format!("/services/data/v68.0/{path}"),
                        query: query.clone(),
                        headers: headers.clone(),
                        body: body.to_string().into_bytes(),
                    };
                    let answer = org.answer(&request, &occasion);
                    prop_assert!((200..500).contains(&answer.status));
                }
            }
        }
    }
}
