//! Who may log in: connected apps, External Client Apps and users.

/// Which of Salesforce's two sorts of app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppKind {
    /// The old sort, whose JWTs name `https://test.salesforce.com` as audience.
    Connected,
    /// The new sort, whose JWTs name the org's own address since Spring '26.
    External,
}

/// A way to get a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// `client_credentials`
    ClientCredentials,
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer`
    JwtBearer,
    /// `refresh_token`
    RefreshToken,
    /// `authorization_code`
    AuthorizationCode,
}

/// Whether users may use an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Everyone has agreed.
    Everyone,
    /// Those whom an administrator approved.
    Only(Vec<String>),
    /// Nobody has agreed yet.
    Nobody,
}

/// A connected app or External Client App.
#[derive(Clone, Debug)]
pub struct App {
    /// The `client_id`.
    pub consumer_key: String,
    /// Which sort.
    pub kind: AppKind,
    /// The `client_secret`; an app that has one wants it in every flow but JWT.
    pub client_secret: Option<String>,
    /// The certificate or RSA public key that JWTs are verified with, in PEM.
    pub public_key_pem: Option<String>,
    /// The flows that are switched on.
    pub flows: Vec<Flow>,
    /// Who may use it.
    pub approval: Approval,
    /// The user of the client credentials flow.
    pub run_as: Option<String>,
    /// A refresh kills the refresh token and gives a new one.
    pub rotates_refresh_tokens: bool,
    /// False for an External Client App that a refresh did not copy.
    pub installed: bool,
    /// The callback addresses that browsers may be sent to.
    pub callbacks: Vec<String>,
    /// True if an administrator has blocked it.
    pub blocked: bool,
}

/// A user, and what the user may see and do.
#[derive(Clone, Debug)]
pub struct User {
    /// The user name, which ends in the sandbox's name.
    pub name: String,
    /// May log in at all.
    pub active: bool,
    /// Frozen by an administrator or by Salesforce itself.
    pub frozen: bool,
    /// May use the API.
    pub api_enabled: bool,
    /// May see `EmailRelay`.
    pub sees_object: bool,
    /// May change records of `EmailRelay`.
    pub edits_object: bool,
    /// May use the Metadata API: Modify All Data, or Modify Metadata Through Metadata API Functions.
    pub edits_metadata: bool,
    /// Objects that the user does not see, though others of the org may.
    pub hidden_objects: Vec<String>,
    /// Fields of `EmailRelay` that the user does not see.
    pub hidden_fields: Vec<String>,
    /// Fields of `EmailRelay` that the user may not change.
    pub readonly_fields: Vec<String>,
}

impl App {
    /// A connected app with all flows on, and neither secret nor key.
    pub fn connected(consumer_key: &str) -> Self {
        Self {
            consumer_key: consumer_key.into(),
            kind: AppKind::Connected,
            client_secret: None,
            public_key_pem: None,
            flows: vec![Flow::ClientCredentials, Flow::JwtBearer, Flow::RefreshToken, Flow::AuthorizationCode],
            approval: Approval::Everyone,
            run_as: None,
            rotates_refresh_tokens: false,
            installed: true,
            callbacks: vec!["http://localhost:1717/OauthRedirect".into()],
            blocked: false,
        }
    }

    /// An External Client App with all flows on, and neither secret nor key.
    pub fn external(consumer_key: &str) -> Self {
        Self { kind: AppKind::External, ..Self::connected(consumer_key) }
    }

    /// With a secret.
    pub fn secret(mut self, secret: &str) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// With a user for the client credentials flow.
    pub fn run_as(mut self, user: &str) -> Self {
        self.run_as = Some(user.into());
        self
    }

    /// With a certificate or public key for JWTs, in PEM.
    pub fn public_key(mut self, pem: &str) -> Self {
        self.public_key_pem = Some(pem.into());
        self
    }

    /// With one more callback address.
    pub fn callback(mut self, address: &str) -> Self {
        self.callbacks.push(address.into());
        self
    }

    /// With rotation of refresh tokens.
    pub fn rotating(mut self) -> Self {
        self.rotates_refresh_tokens = true;
        self
    }
}

impl User {
    /// An active user who may do all that a scrub needs.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            active: true,
            frozen: false,
            api_enabled: true,
            sees_object: true,
            edits_object: true,
            edits_metadata: false,
            hidden_objects: Vec::new(),
            hidden_fields: Vec::new(),
            readonly_fields: Vec::new(),
        }
    }

    /// An active user who may use the Metadata API as well.
    pub fn administrator(name: &str) -> Self {
        Self { edits_metadata: true, ..Self::new(name) }
    }
}
