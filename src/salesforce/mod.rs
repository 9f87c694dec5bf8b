//! The only module that talks to Salesforce, and the one that holds the guard.
//!
//! A [`Client`] is a session and can't touch a record. [`Client::prove`] lets the org prove that it is a sandbox, and
//! gives the [`Sandbox`], the only handle with methods that read and clear. Nothing else in the program can make one.

mod address;
mod auth;
mod client;
mod composite;
mod destination;
mod echo;
mod error;
mod http;
mod ledger;
mod patience;
mod posture;
mod proof;
mod read;
mod sandbox;
mod shape;
mod wire;
mod write;

pub use address::{AllowedHosts, Reach};
pub use auth::{BrowserApp, BrowserDestination, BrowserLogin, Obtained, revoke};
pub use client::Client;
pub use destination::{Destination, check_addresses};
pub use error::Error;
pub use http::Transport;
pub use ledger::Ledger;
pub use patience::{Patience, Until};
pub use posture::PostureReader;
pub use proof::Expected;
pub use read::Reading;
pub use sandbox::Sandbox;
pub use write::{Answer, BATCH};
