//! What a browser login and a session's owner use: authorize, userinfo, revoke.

use serde_json::json;
use url::Url;

use super::app::App;
use super::message::{Request, Response};
use super::org::{Occasion, decoded};
use super::state::{Grant, OrgState, PendingCode};

/// How long an authorization code lives: 15 minutes, as Salesforce documents it.
const CODE_LIFE_MS: u64 = 15 * 60 * 1000;

/// What the browser asks with.
struct Asked<'a>(&'a [(String, String)]);

impl<'a> Asked<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl OrgState {
    /// Shows a login page and takes what is chosen there; or redirects at once where the org is set so.
    ///
    /// What is wrong with the app's key or callback is told on a page of the org's own: nobody is sent to an address that
    /// the app does not list. Anything else is told to the callback.
    pub(super) fn authorize(&mut self, request: &Request, occasion: &Occasion) -> Response {
        let posted = request.method == "POST";
        let parameters = if posted { decoded(&request.text()) } else { decoded(&request.query) };
        let asked = Asked(&parameters);
        let app = asked.get("client_id").and_then(|key| self.app(key)).cloned();
        let Some(app) = app else {
            return error_page("invalid_client_id", "client identifier invalid");
        };
        let listed = asked.get("redirect_uri").filter(|uri| app.callbacks.iter().any(|callback| callback == uri));
        let Some(redirect) = listed.and_then(|uri| Url::parse(uri).ok()) else {
            return error_page("redirect_uri_mismatch", "redirect_uri must match configuration");
        };
        let refuse =
            |error, description| back(&redirect, &asked, &[("error", error), ("error_description", description)]);
        let plain_pkce = asked.get("code_challenge_method").is_some_and(|method| method != "S256");
        if asked.get("response_type") != Some("code") || plain_pkce {
            return refuse("invalid_request", "invalid response_type or code_challenge_method");
        }
        if app.blocked {
            return refuse("OAUTH_APP_BLOCKED", "this app is blocked by admin");
        }
        if !app.installed {
            return refuse("OAUTH_EC_APP_NOT_FOUND", "External client app is not installed in this org");
        }
        let user = match (posted, self.quirks.authorize_at_once) {
            (true, _) if asked.get("decision") == Some("Allow") => asked.get("username"),
            (true, _) => return refuse("access_denied", "end-user denied authorization"),
            (false, true) => self.users.first().map(|user| user.name.as_str()),
            (false, false) => return self.login_page(&app, &parameters),
        };
        let user = user.and_then(|name| self.user(name)).filter(|user| user.active && !user.frozen);
        let Some(user) = user.map(|user| user.name.clone()) else {
            return self.login_page(&app, &parameters);
        };
        let code = format!("aPrx{}", self.random_text(40));
        let pending = PendingCode {
            grant: Grant { consumer_key: app.consumer_key, user },
            redirect_uri: asked.get("redirect_uri").unwrap_or_default().to_string(),
            challenge: asked.get("code_challenge").map(str::to_string),
            expires_ms: occasion.now_ms + CODE_LIFE_MS,
        };
        self.codes.insert(code.clone(), pending);
        back(&redirect, &asked, &[("code", &code)])
    }

    fn login_page(&self, app: &App, parameters: &[(String, String)]) -> Response {
        let hidden = parameters.iter().filter(|(name, _)| !matches!(name.as_str(), "username" | "decision"));
        let hidden: String = hidden
            .map(|(name, value)| format!("<input type=hidden name=\"{}\" value=\"{}\">", escaped(name), escaped(value)))
            .collect();
        let user = self.users.first().map_or("", |user| user.name.as_str());
        let body = format!(
            "<!doctype html><html><head><meta charset=utf-8><title>Login | Salesforce</title></head><body>\
             <h1>{}</h1><form id=login_form method=post action=\"/services/oauth2/authorize\">{hidden}\
             <label>Username <input id=username name=username value=\"{}\"></label>\
             <p>Allow access? {} asks for your permission.</p>\
             <button id=oaapprove name=decision value=Allow>Allow</button> \
             <button id=oadeny name=decision value=Deny>Deny</button></form></body></html>",
            escaped(&self.name),
            escaped(user),
            escaped(&app.consumer_key),
        );
        Response::text(200, "text/html;charset=UTF-8", body)
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

/// Sends the browser back to the app, with the state that it came with.
fn back(redirect: &Url, asked: &Asked<'_>, answer: &[(&str, &str)]) -> Response {
    let mut redirect = redirect.clone();
    redirect.query_pairs_mut().extend_pairs(answer).extend_pairs(asked.get("state").map(|state| ("state", state)));
    Response::text(302, "text/html;charset=UTF-8", "").header("location", redirect.as_str())
}

fn error_page(error: &str, description: &str) -> Response {
    let body = format!("<html><body>error={error}&amp;error_description={description}</body></html>");
    Response::text(400, "text/html;charset=UTF-8", body)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
