//! relay-scrub clears production's SMTP credentials from the email relays of a refreshed Salesforce sandbox, proves that
//! they are gone, and cannot be pointed at production.
//!
//! # How it is built
//!
//! Layers are modules, and a module looks only downwards; `tests/architecture.rs` holds this table against the code.
//!
//! | level | module | may use |
//! | --- | --- | --- |
//! | 0 | [`domain`], [`secrets`], [`simulator`] | nothing of ours |
//! | 1 | [`config`], [`salesforce`], [`output`] | domain, secrets |
//! | 1 | [`setup`] | domain |
//! | 2 | [`scrub`], [`login`] | domain, salesforce, secrets, config |
//! | 3 | [`doctor`] | domain, salesforce, scrub |
//! | 3 | [`fleet`] | domain, config, secrets, salesforce, scrub |
//! | 4 | [`audit`] | domain, salesforce, scrub, fleet |
//! | 4 | [`server`] | domain, config, secrets, salesforce, scrub, output |
//! | 5 | [`cli`] | all of the above; only `cli/demo.rs` uses simulator |
//!
//! The simulator is at level 0 on purpose: it shares no type with the client, so a mistake can't hide on both sides.
//!
//! # One walk through it
//!
//! `relay-scrub scrub uat`: [`cli`] parses; [`config`] turns what was typed into what is meant; [`fleet`] starts one
//! [`scrub`] for each org; that asks [`secrets`] for the credential and [`salesforce`] for a session; one request proves
//! the org and reads; the answer is a [`salesforce::Sandbox`] or a refusal, for nothing else has a method that touches a
//! record; [`domain::plan`] decides; a dry run ends here, the real run clears, reads again, and lets
//! [`domain::report::verify`] judge; [`output`] turns the report into bytes.
//!
//! `relay-scrub audit prod --allow-production` takes another way: [`audit`] gets a [`salesforce::PostureReader`], which has
//! no method that writes and can't become a handle that has; what it, DNS, the relay's host and a mail show is evidence,
//! and [`domain::checks`] judges it.

pub mod audit;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod domain;
pub mod fleet;
pub mod login;
pub mod output;
pub mod salesforce;
pub mod scrub;
pub mod secrets;
pub mod server;
pub mod setup;
pub mod simulator;
