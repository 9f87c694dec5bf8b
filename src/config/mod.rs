//! Flags, environment and file, brought together into what is meant.
//!
//! [`resolve()`] takes all three as arguments and either gives a [`Config`] in which every org is complete, its secrets
//! loaded, or everything that is wrong, each with the place where it was set. Nothing is contacted here, and which hosts
//! may get a credential is decided later, by [`crate::salesforce`].
//!
//! What identifies an org (its address, its user, its tokens) is taken from flags and environment only where no org is
//! named: a token that happens to lie in the environment is never sent to an org of the file.

mod asked;
mod choice;
mod database;
mod environment;
mod error;
mod file;
mod hook;
mod jobs;
mod kept;
mod layers;
mod login;
mod method;
mod nearest;
mod places;
mod private_key;
mod resolve;
mod sandbox;
mod secret_file;
mod section;
mod service;
mod service_asked;
mod service_layers;
mod setting;
mod sign_in;
mod source;
mod target;
mod template;
mod value;

pub use asked::Asked;
pub use choice::EXAMPLE_FILE;
pub use database::{Database, DatabaseAsked, resolve_database};
pub use environment::Environment;
pub use error::{ConfigErrors, Problem};
pub use hook::{HookAsked, HookCall, HookSandbox, resolve_hook};
pub use jobs::{JobsAsked, JobsPlace, resolve_jobs};
pub use kept::{SHARED, keyring, lock_file};
pub use places::Places;
pub use resolve::{FileOrgs, file_orgs, resolve, resolve_orgs};
pub use sandbox::{SandboxTarget, host_of_sandbox, resolve_sandbox};
pub use service::{Notify, Service, TlsFiles, read_webhook_secrets, resolve_service};
pub use service_asked::ServiceAsked;
pub use setting::{Described, service_settings, settings};
pub use sign_in::{SignIn, Way, resolve_sign_in};
pub use source::{Source, Sourced};
pub use target::{Config, Expected, Guard, KnownOrg, KnownOrgs, Target};
pub use value::is_on_this_machine;
