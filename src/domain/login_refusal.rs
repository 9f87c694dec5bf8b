//! What Salesforce's refusals of a login mean: for each the cause, what to change, where, and whether waiting helps.

/// A refusal of the token endpoint, told apart by `error` and `error_description`.
///
/// The texts are Salesforce's, collected in several sources and undocumented as a whole; what is not in the
/// list is [`LoginRefusal::Other`] and shown as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// `invalid_grant`: `authentication failure`
    AuthenticationFailure,
    /// `invalid_grant`: `user hasn't approved this consumer`
    NotApproved,
    /// `invalid_grant`: `expired access/refresh token`
    ExpiredRefreshToken,
    /// `invalid_grant`: `expired authorization code`, which an expired JWT gets too
    ExpiredGrant,
    /// `invalid_grant`: `audience is invalid`
    WrongAudience,
    /// `invalid_grant`: `no client credentials user enabled`
    NoRunAsUser,
    /// `invalid_grant`: `request not supported on this domain`
    WrongDomain,
    /// `invalid_grant`: `ip restricted`
    AddressRestricted,
    /// `invalid_client`: `invalid client credentials`
    WrongClientSecret,
    /// `invalid_client_id`: `client identifier invalid`
    UnknownClientId,
    /// `invalid_app_access`: `user is not admin approved to access this app`
    NotAdmitted,
    /// `app_not_found`: `External client app is not installed in this org`
    AppNotInstalled,
    /// `inactive_user`
    InactiveUser,
    /// `inactive_org`
    InactiveOrg,
    /// `unsupported_grant_type`, `unauthorized_client`
    FlowDisabled,
    /// `invalid_assertion`, or an `invalid_grant` that speaks of the assertion
    WrongSignature,
    /// `rate_limit_exceeded`
    TooManyLogins,
    /// `access_denied`: the person said no
    Denied,
    /// `OAUTH_APP_BLOCKED`: an administrator has blocked the app
    AppBlocked,
    /// `redirect_uri_mismatch`: the app does not list the callback
    CallbackNotListed,
    /// `OAUTH_APPROVAL_ERROR_GENERIC` and its kin: the page where the person approves the app failed
    ApprovalFailed,
    /// `invalid_scope`
    ScopeNotAllowed,
    /// Anything else, as it came: shortened, without control characters.
    Other {
        /// `error`
        error: String,
        /// `error_description`
        description: String,
    },
}

/// Whether the same login can work later without anybody changing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Somebody has to change something.
    Useless,
    /// It may: this is what an org answers that is not ready yet after a refresh.
    MayHelp,
    /// It does.
    Helps,
}

/// What to tell the user about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Stable name for reports.
    pub code: &'static str,
    /// Why the login was refused.
    pub cause: &'static str,
    /// What to change, and where in Setup.
    pub change: &'static str,
    /// Whether waiting helps.
    pub waiting: Waiting,
}

impl LoginRefusal {
    /// Tells a refusal by the two fields of the endpoint's answer.
    pub fn classify(error: &str, description: &str) -> Self {
        let text = description.to_ascii_lowercase();
        let says = |part: &str| text.contains(part);
        match error {
            "invalid_grant" if says("hasn't approved") => Self::NotApproved,
            "invalid_grant" if says("access/refresh token") => Self::ExpiredRefreshToken,
            "invalid_grant" if says("authorization code") => Self::ExpiredGrant,
            "invalid_grant" if says("audience") => Self::WrongAudience,
            "invalid_grant" if says("no client credentials user") => Self::NoRunAsUser,
            "invalid_grant" if says("not supported on this domain") => Self::WrongDomain,
            "invalid_grant" if says("ip restricted") => Self::AddressRestricted,
            "invalid_grant" if says("assertion") || says("signature") => Self::WrongSignature,
            "invalid_grant" if says("inactive user") => Self::InactiveUser,
            "invalid_grant" if says("authentication failure") => Self::AuthenticationFailure,
            "invalid_client" if says("identifier") => Self::UnknownClientId,
            "invalid_client" => Self::WrongClientSecret,
            "invalid_client_id" => Self::UnknownClientId,
            "invalid_app_access" | "OAUTH_APP_ACCESS_DENIED" => Self::NotAdmitted,
            "access_denied" => Self::Denied,
            "OAUTH_APP_BLOCKED" => Self::AppBlocked,
            "redirect_uri_mismatch" => Self::CallbackNotListed,
            "invalid_grant" if says("redirect_uri") => Self::CallbackNotListed,
            "OAUTH_APPROVAL_ERROR_GENERIC" | "OAUTH_AUTHORIZATION_BLOCKED" => Self::ApprovalFailed,
            "invalid_scope" => Self::ScopeNotAllowed,
            "app_not_found" | "OAUTH_EC_APP_NOT_FOUND" => Self::AppNotInstalled,
            "inactive_user" => Self::InactiveUser,
            "inactive_org" => Self::InactiveOrg,
            "unsupported_grant_type" | "unauthorized_client" => Self::FlowDisabled,
            "invalid_assertion" => Self::WrongSignature,
            "rate_limit_exceeded" => Self::TooManyLogins,
            _ => Self::Other { error: error.to_string(), description: description.to_string() },
        }
    }

    /// Cause, remedy and place for a refusal.
    pub fn advice(&self) -> Advice {
        use Waiting::{Helps, MayHelp, Useless};
        let (code, waiting, cause, change) = match self {
            Self::AuthenticationFailure => (
                "login_authentication_failure",
                MayHelp,
                "Salesforce did not accept the user or the app (authentication failure)",
                "Is the user name the sandbox's (name@company.com.SANDBOX), and active there? Setup > Users; \
                 Setup > Login History shows the reason. A refresh that is not activated yet answers the same.",
            ),
            Self::NotApproved => (
                "login_not_approved",
                MayHelp,
                "the user has not approved the app, and no administrator has done so for the user",
                "Set the app's Permitted Users to \"Admin approved users are pre-authorized\", and add the user's profile or \
                 permission set: Setup > Connected Apps OAuth Usage (or External Client App Manager) > Policies.",
            ),
            Self::ExpiredRefreshToken => (
                "login_refresh_token_expired",
                Useless,
                "the refresh token has expired or was revoked; a refresh of the sandbox ends all logins of the old one",
                "Log in again and store the new refresh token. For unattended work use a connected app with the JWT flow, \
                 whose logins outlive a refresh.",
            ),
            Self::ExpiredGrant => (
                "login_grant_expired",
                Useless,
                "the signed login request (or the authorization code) has expired",
                "Check this machine's clock: a JWT is valid for two minutes.",
            ),
            Self::WrongAudience => (
                "login_audience",
                Useless,
                "Salesforce did not accept the audience of the JWT",
                "A connected app wants https://test.salesforce.com, an External Client App the sandbox's own address; both \
                 are tried unless jwt_audience (--jwt-audience) is set. Remove or correct it.",
            ),
            Self::NoRunAsUser => (
                "login_no_run_as_user",
                Useless,
                "the app's client credentials flow has no user to run as",
                "Choose one: Setup > External Client App Manager (or Manage Connected Apps) > the app > Policies > Client \
                 Credentials Flow > Run As. A refresh may have removed it.",
            ),
            Self::WrongDomain => (
                "login_domain",
                Useless,
                "this flow is not served at this address",
                "Client credentials go to the sandbox's My Domain address: remove login_url (--login-url), and check \
                 instance_url.",
            ),
            Self::AddressRestricted => (
                "login_ip_restricted",
                Useless,
                "the user, or the app, may not log in from this network address",
                "Setup > Network Access, the profile's Login IP Ranges, or the app's IP Relaxation policy.",
            ),
            Self::WrongClientSecret => (
                "login_client_secret",
                Useless,
                "the consumer secret is not the one of this app (or the app did not accept the signature)",
                "Compare it in Setup > External Client App Manager (or App Manager) > the app > Consumer Key and Secret, in \
                 the sandbox itself: a copied app may have a secret of its own.",
            ),
            Self::UnknownClientId => (
                "login_client_id",
                MayHelp,
                "this org knows no app with this consumer key",
                "Compare client_id with Setup > External Client App Manager (or App Manager) > the app. An External Client \
                 App that is local to production is not copied by a refresh; a connected app is.",
            ),
            Self::NotAdmitted => (
                "login_not_admitted",
                MayHelp,
                "the user is not among those whom an administrator has admitted to the app",
                "Add the user's profile or permission set: Setup > Connected Apps OAuth Usage (or External Client App \
                 Manager) > the app > Policies.",
            ),
            Self::AppNotInstalled => (
                "login_app_not_installed",
                MayHelp,
                "the External Client App is not installed in this org",
                "A refresh does not copy an External Client App that is local to production. Install it in the sandbox \
                 (Setup > External Client App Manager), or use a connected app with the JWT flow, which is copied.",
            ),
            Self::InactiveUser => (
                "login_inactive_user",
                Useless,
                "the user is inactive or frozen",
                "Setup > Users > the user: Active, and Unfreeze. Logins from a VPN or a risky address freeze users.",
            ),
            Self::InactiveOrg => (
                "login_inactive_org",
                MayHelp,
                "the org is closed, suspended, or not activated yet",
                "Setup > Sandboxes in production shows whether the refresh is complete and activated.",
            ),
            Self::FlowDisabled => (
                "login_flow_disabled",
                Useless,
                "the org or the app does not allow this login flow",
                "Enable the flow in the app's OAuth settings, and see Setup > OAuth and OpenID Connect Settings.",
            ),
            Self::WrongSignature => (
                "login_signature",
                Useless,
                "the JWT's signature does not fit the certificate of the app",
                "Upload the certificate that belongs to the private key: Setup > App Manager > the app > Use digital \
                 signatures.",
            ),
            Self::TooManyLogins => (
                "login_rate_limit",
                Helps,
                "too many logins of this user in a short time",
                "Wait an hour: Salesforce counts logins by user and hour.",
            ),
            Self::Denied => (
                "login_denied",
                Useless,
                "access was denied in the browser",
                "Log in again and choose Allow. If Salesforce denied it by itself, the app's policies do not admit the user: \
                 Setup > Connected Apps OAuth Usage (or External Client App Manager) > the app > Policies.",
            ),
            Self::AppBlocked => (
                "login_app_blocked",
                Useless,
                "an administrator has blocked the app in this org",
                "Unblock it: Setup > Connected Apps OAuth Usage > the app > Unblock. Where API Access Control is on, the app \
                 must be installed and its users admitted.",
            ),
            Self::CallbackNotListed => (
                "login_callback",
                Useless,
                "the app does not list the callback address of this login",
                "Add it, letter by letter, in the app's OAuth settings (Callback URL): http://localhost:1717/OauthRedirect, or \
                 with the port given by --port. A change takes up to ten minutes to work.",
            ),
            Self::ApprovalFailed => (
                "login_approval",
                MayHelp,
                "Salesforce could not let the user approve the app",
                "Is the app installed in the sandbox, and the user admitted? Setup > Connected Apps OAuth Usage (Install), or \
                 External Client App Manager > the app > Policies. The user may lack \"Approve Uninstalled Connected Apps\".",
            ),
            Self::ScopeNotAllowed => (
                "login_scope",
                Useless,
                "the app does not have the scopes that this login needs",
                "Give the app's OAuth settings \"Manage user data via APIs (api)\" and \"Perform requests at any time \
                 (refresh_token, offline_access)\".",
            ),
            Self::Other { .. } => (
                "login_refused",
                Useless,
                "Salesforce refused the login",
                "Setup > Login History in the sandbox shows the reason.",
            ),
        };
        Advice { code, cause, change, waiting }
    }
}
