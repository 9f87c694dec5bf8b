//! Secrets: a type that can't be printed, the credentials made of it, and the places where they are kept.

mod credential;
mod refresh_token;
mod secret;

pub use credential::Credential;
pub use refresh_token::{KeptRefreshToken, RefreshTokenError, RefreshTokenKeeper, Rotation};
pub use secret::{Secret, looks_like_one};
