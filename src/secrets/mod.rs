//! Secrets: a type that can't be printed, the credentials made of it, and the places where they are kept.

mod credential;
mod kept_login;
mod keyring;
mod refresh_token;
mod secret;
mod sfdx_auth_url;
mod store;
mod webhook_secret;

pub use credential::Credential;
pub use kept_login::{KeptLogin, KeptSecret};
pub use keyring::OsKeyring;
pub use refresh_token::{Held, KeptRefreshToken, RefreshTokenError, RefreshTokenKeeper, Rotation, hold};
pub use secret::{Secret, looks_like_one};
pub use sfdx_auth_url::SfdxAuthUrl;
pub use store::{MemoryStore, SecretStore, StoreError};
pub use webhook_secret::WebhookSecret;
