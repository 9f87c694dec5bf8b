//! `/services/oauth2/token`: every flow's checks, answers and refusals.
//!
//! Source: Salesforce's OAuth documentation and the answers that its own client library expects.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::app::{App, AppKind, Approval, Flow};
use super::message::{Request, Response};
use super::org::{Occasion, decoded};
use super::state::{Grant, OrgState};

/// The longest that a JWT may live, in seconds, where that is enforced.
const LONGEST_JWT: u64 = 180;

pub(super) type Refused = Response;

/// The fields of the token request.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the body; what Salesforce would not take is refused here.
    pub(super) fn read(request: &Request) -> Result<Self, Refused> {
        let bad = |description: &str| Response::oauth_error(400, "invalid_request", description);
        if request.method != "POST" {
            return Err(bad("must use HTTP POST"));
        }
        let content_type = request.header("content-type").unwrap_or_default();
        if !content_type.starts_with("application/x-www-form-urlencoded") {
            return Err(bad("content type must be application/x-www-form-urlencoded"));
        }
        if request.header("authorization").is_some() {
            return Err(bad("unexpected credentials in the Authorization header"));
        }
        let pairs = decoded(&request.text());
        for (position, (name, _)) in pairs.iter().enumerate() {
            if pairs[..position].iter().any(|(earlier, _)| earlier == name) {
                return Err(bad(&format!("duplicate parameter: {name}")));
            }
        }
        Ok(Self(pairs))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn need(&self, name: &str) -> Result<&str, Refused> {
        let missing = || Response::oauth_error(400, "invalid_request", &format!("missing required parameter: {name}"));
        self.get(name).filter(|value| !value.is_empty()).ok_or_else(missing)
    }
}

impl OrgState {
    pub(super) fn token(&mut self, request: &Request, occasion: &Occasion) -> Response {
        let answer = Form::read(request).and_then(|form| self.grant(&form, occasion));
        // The token endpoint forbids caching of everything it says.
        answer.unwrap_or_else(|refused| refused).header("cache-control", "no-cache, no-store")
    }

    fn grant(&mut self, form: &Form, occasion: &Occasion) -> Result<Response, Refused> {
        match form.get("grant_type") {
            Some("client_credentials") => self.client_credentials(form, occasion),
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => self.jwt_bearer(form, occasion),
            Some("refresh_token") => self.refresh_session(form, occasion),
            Some("authorization_code") => self.redeem_code(form, occasion),
            _ => Err(Response::oauth_error(400, "unsupported_grant_type", "grant type not supported")),
        }
    }

    fn client_credentials(&mut self, form: &Form, occasion: &Occasion) -> Result<Response, Refused> {
        if occasion.at_login_host {
            return Err(invalid_grant("request not supported on this domain"));
        }
        let app = self.known_app(form.need("client_id")?, Flow::ClientCredentials)?;
        if form.get("client_secret").is_none_or(str::is_empty) || app.client_secret.is_none() {
            return Err(self.invalid_client("invalid_client", "invalid client credentials"));
        }
        self.check_secret(&app, form)?;
        let user = app.run_as.clone().ok_or_else(|| invalid_grant("no client credentials user enabled"))?;
        self.check_user(&app, &user)?;
        Ok(self.signed_answer(&user, "api", occasion, Map::new()))
    }

    fn jwt_bearer(&mut self, form: &Form, occasion: &Occasion) -> Result<Response, Refused> {
        if form.get("client_secret").is_some() {
            let description = "unexpected parameter: client_secret";
            return Err(Response::oauth_error(400, "invalid_request", description));
        }
        let assertion = form.need("assertion")?;
        let claims = unverified_claims(assertion).ok_or_else(|| invalid_grant("invalid assertion"))?;
        let app = self.known_app(claims["iss"].as_str().unwrap_or_default(), Flow::JwtBearer)?;
        if !signature_holds(&app, assertion) {
            return Err(invalid_grant("invalid assertion"));
        }
        self.check_audience(&app, claims["aud"].as_str().unwrap_or_default(), occasion)?;
        self.check_expiry(&claims, occasion.now_ms / 1000)?;
        let user = claims["sub"].as_str().unwrap_or_default().to_string();
        self.check_user(&app, &user)?;
        Ok(self.bare_answer(&user, "api"))
    }

    fn check_audience(&self, app: &App, audience: &str, occasion: &Occasion) -> Result<(), Refused> {
        let own = audience.trim_end_matches('/') == self.address.trim_end_matches('/');
        let shared = self.kind.is_sandbox() && audience == occasion.login_url || audience == self.login_host();
        let taken = match app.kind {
            AppKind::Connected => shared || own && self.quirks.connected_app_takes_own_address,
            AppKind::External if shared || occasion.at_login_host => return Err(app_not_found()),
            AppKind::External => own,
        };
        if taken { Ok(()) } else { Err(invalid_grant("audience is invalid")) }
    }

    fn check_expiry(&self, claims: &Value, now: u64) -> Result<(), Refused> {
        // The official client sends milliseconds, which is far ahead in seconds: only the bound, where there is
        // one, refuses that.
        let expires = claims["exp"].as_u64().unwrap_or_default();
        let too_far = self.quirks.jwt_upper_bound && expires > now + LONGEST_JWT;
        if expires <= now || too_far { Err(invalid_grant("expired authorization code")) } else { Ok(()) }
    }

    fn refresh_session(&mut self, form: &Form, occasion: &Occasion) -> Result<Response, Refused> {
        let app = self.known_app(form.need("client_id")?, Flow::RefreshToken)?;
        self.check_secret(&app, form)?;
        let token = form.need("refresh_token")?;
        let dead = || invalid_grant("expired access/refresh token");
        let grant = self.refresh_tokens.get(token).cloned().ok_or_else(dead)?;
        if grant.consumer_key != app.consumer_key {
            return Err(dead());
        }
        self.check_user(&app, &grant.user)?;
        let mut more = Map::new();
        if app.rotates_refresh_tokens {
            self.refresh_tokens.remove(token);
            more.insert("refresh_token".into(), self.new_refresh_token(grant.clone()).into());
        }
        Ok(self.signed_answer(&grant.user, "refresh_token api", occasion, more))
    }

    fn redeem_code(&mut self, form: &Form, occasion: &Occasion) -> Result<Response, Refused> {
        let app = self.known_app(form.need("client_id")?, Flow::AuthorizationCode)?;
        self.check_secret(&app, form)?;
        let expired = || invalid_grant("expired authorization code");
        // A code works once, whatever comes of it.
        let pending = self.codes.remove(form.need("code")?).ok_or_else(expired)?;
        let fits = pending.grant.consumer_key == app.consumer_key && pending.expires_ms > occasion.now_ms;
        if !fits {
            return Err(expired());
        }
        if form.need("redirect_uri")? != pending.redirect_uri {
            return Err(invalid_grant("redirect_uri mismatch"));
        }
        if let Some(challenge) = &pending.challenge {
            let verifier = form.get("code_verifier").ok_or_else(|| invalid_grant("invalid code verifier"))?;
            if challenge_of(verifier) != *challenge {
                return Err(Response::oauth_error(400, "invalid_request", "invalid code verifier"));
            }
        }
        let user = pending.grant.user.clone();
        self.check_user(&app, &user)?;
        let refresh_token = self.new_refresh_token(pending.grant);
        let more = Map::from_iter([("refresh_token".to_string(), refresh_token.into())]);
        Ok(self.signed_answer(&user, "refresh_token api", occasion, more))
    }

    /// Makes a refresh token, as a login in the browser would.
    pub(super) fn new_refresh_token(&mut self, grant: Grant) -> String {
        let token = format!("5Aep861{}", self.random_text(48));
        self.issued.push(token.clone());
        self.refresh_tokens.insert(token.clone(), grant);
        token
    }

    fn known_app(&self, consumer_key: &str, flow: Flow) -> Result<App, Refused> {
        let unknown = || self.invalid_client("invalid_client_id", "client identifier invalid");
        let app = self.app(consumer_key).ok_or_else(unknown)?;
        if !app.installed {
            return Err(app_not_found());
        }
        if !app.flows.contains(&flow) {
            return Err(Response::oauth_error(400, "unauthorized_client", "this flow is not enabled for this app"));
        }
        Ok(app.clone())
    }

    fn check_secret(&self, app: &App, form: &Form) -> Result<(), Refused> {
        let given = form.get("client_secret").filter(|secret| !secret.is_empty());
        if given == app.client_secret.as_deref() {
            return Ok(());
        }
        Err(self.invalid_client("invalid_client", "invalid client credentials"))
    }

    fn check_user(&self, app: &App, name: &str) -> Result<(), Refused> {
        let not_approved = || invalid_grant("user hasn't approved this consumer");
        let user = self.user(name).ok_or_else(not_approved)?;
        if !user.active {
            return Err(Response::oauth_error(400, "inactive_user", "user is inactive"));
        }
        if user.frozen {
            return Err(invalid_grant("authentication failure"));
        }
        match &app.approval {
            Approval::Nobody => Err(not_approved()),
            Approval::Only(users) if !users.iter().any(|approved| approved.eq_ignore_ascii_case(name)) => {
                let description = "user is not admin approved to access this app";
                Err(Response::oauth_error(400, "invalid_app_access", description))
            }
            Approval::Only(_) | Approval::Everyone => Ok(()),
        }
    }

    fn invalid_client(&self, error: &str, description: &str) -> Response {
        Response::oauth_error(self.quirks.invalid_client_status, error, description)
    }

    /// Opens a session without a login and returns its access token.
    pub fn open_session(&mut self, user: &str) -> String {
        let random = self.random_text(64);
        let short = &self.id[..15];
        let token = if self.quirks.jwt_access_tokens {
            format!("eyJhbGciOiJSUzI1NiJ9.{}.{random}", URL_SAFE_NO_PAD.encode(format!("{{\"sub\":\"{user}\"}}")))
        } else {
            format!("{short}!{random}")
        };
        self.issued.push(token.clone());
        self.sessions.insert(token.clone(), user.to_string());
        token
    }

    /// The answer of the JWT flow: without signature, time of issue or refresh token.
    fn bare_answer(&mut self, user: &str, scope: &str) -> Response {
        let mut answer = json!({
            "access_token": self.open_session(user), "scope": scope, "instance_url": self.address,
            "id": format!("{}/id/{}/{}", self.login_host(), self.id, self.user_id(user)), "token_type": "Bearer",
        });
        if self.quirks.token_without_id {
            answer.as_object_mut().map(|fields| fields.remove("id"));
        }
        Response::json(200, answer)
    }

    /// The answer of every other flow; times are texts of milliseconds.
    fn signed_answer(&mut self, user: &str, scope: &str, occasion: &Occasion, more: Map<String, Value>) -> Response {
        let mut answer = self.bare_answer(user, scope).value();
        answer["signature"] = STANDARD.encode(Sha256::digest(self.random_text(8))).into();
        answer["token_format"] = if self.quirks.jwt_access_tokens { "jwt" } else { "opaque" }.into();
        answer["issued_at"] = occasion.now_ms.to_string().into();
        for (name, value) in more {
            answer[name] = value;
        }
        Response::json(200, answer)
    }

    /// Letters and digits that look random, differ each time, and are the same in every run.
    pub(super) fn random_text(&mut self, length: usize) -> String {
        let mut text = String::new();
        while text.len() < length {
            let hash = Sha256::digest(self.next_number().to_string());
            text.extend(STANDARD.encode(hash).chars().filter(char::is_ascii_alphanumeric));
        }
        text.truncate(length);
        text
    }
}

/// The S256 challenge of a verifier (RFC 7636).
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

fn invalid_grant(description: &str) -> Response {
    Response::oauth_error(400, "invalid_grant", description)
}

fn app_not_found() -> Response {
    Response::oauth_error(400, "app_not_found", "External client app is not installed in this org")
}

/// The claims of a JWT before its signature was looked at: the app whose key it takes is among them.
pub(super) fn unverified_claims(assertion: &str) -> Option<Value> {
    let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

fn signature_holds(app: &App, assertion: &str) -> bool {
    let Some(pem) = &app.public_key_pem else { return false };
    let Ok(key) = jsonwebtoken::DecodingKey::from_rsa_pem(pem.as_bytes()) else { return false };
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    // Only the signature: audience and expiry have refusals of their own.
    validation.validate_aud = false;
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode::<Value>(assertion, &key, &validation).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standards_example() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge_of(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
