//! What a browser login and a session's owner use: authorize, userinfo, revoke.

use serde_json::json;
use url::Url;

use super::message::{Request, Response};
use super::org::{Occasion, decoded};
use super::state::{Grant, OrgState, PendingCode};

/// How long an authorization code lives: 15 minutes, as Salesforce documents it.
const CODE_LIFE_MS: u64 = 15 * 60 * 1000;

impl OrgState {
    /// Shows a login page, or redirects at once with a code where the org is set so.
    pub(super) fn authorize(&mut self, request: &Request, occasion: &Occasion) -> Response {
        let parameters = decoded(&request.query);
        let get = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let page =
            |text: &str| Response::text(400, "text/html;charset=UTF-8", format!("<html><body>{text}</body></html>"));
        let Some(app) = get("client_id").and_then(|key| self.app(key)).cloned() else {
            return page("error=invalid_client_id&amp;error_description=client%20identifier%20invalid");
        };
        let Some(mut redirect) = get("redirect_uri").and_then(|uri| Url::parse(uri).ok()) else {
            return page("error=redirect_uri_mismatch");
        };
        if get("response_type") != Some("code") || get("code_challenge_method").is_some_and(|method| method != "S256") {
            return page("error=invalid_request");
        }
        if !self.quirks.authorize_at_once {
            return Response::text(
                200,
                "text/html;charset=UTF-8",
                "<html><body><form id=\"login_form\"></form></body></html>",
            );
        }
        let Some(user) = self.users.first().map(|user| user.name.clone()) else {
            return page("error=access_denied");
        };
        let code = format!("aPrx{}", self.random_text(40));
        let pending = PendingCode {
            grant: Grant { consumer_key: app.consumer_key, user },
            redirect_uri: get("redirect_uri").unwrap_or_default().to_string(),
            challenge: get("code_challenge").map(str::to_string),
            expires_ms: occasion.now_ms + CODE_LIFE_MS,
        };
        self.codes.insert(code.clone(), pending);
        redirect.query_pairs_mut().append_pair("code", &code);
        if let Some(state) = get("state") {
            redirect.query_pairs_mut().append_pair("state", state);
        }
        Response::text(302, "text/html;charset=UTF-8", "").header("location", redirect.as_str())
    }

    pub(super) fn userinfo(&self, request: &Request) -> Response {
        let Ok(user) = self.session_user(request) else {
            return Response::text(403, "text/html;charset=UTF-8", "Bad_OAuth_Token");
        };
        let body = json!({
            "user_id": self.user_id(&user.name), "organization_id": self.id, "preferred_username": user.name,
            "active": user.active, "urls": {},
        });
        Response::json(200, body)
    }

    pub(super) fn revoke(&mut self, request: &Request) -> Response {
        let form = decoded(&request.text());
        let token = form.iter().find(|(name, _)| name == "token").map(|(_, token)| token.as_str()).unwrap_or_default();
        let known = self.sessions.remove(token).is_some() || self.refresh_tokens.remove(token).is_some();
        if known {
            return Response::text(200, "text/html;charset=UTF-8", "");
        }
        Response::oauth_error(400, "unsupported_token_type", "this token type is not supported")
    }
}
