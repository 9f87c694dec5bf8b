//! What relay-scrub knows and decides, without I/O, without async, without a clock.
//!
//! Everything here is a value or a function of values, so each decision can be read and tested on its own:
//! which records are exposed ([`rule`]), what is to be done about them ([`plan`]), whether it was done
//! ([`report::verify`]), and what a failure means ([`trouble`]).

pub mod api_version;
pub mod audit_report;
pub mod checks;
pub mod checkup;
pub mod cli_trouble;
pub mod diff;
pub mod evidence;
pub mod finding;
pub mod id;
pub mod login_refusal;
pub mod mail_domain;
pub mod mail_server;
pub mod org;
pub mod plan;
pub mod posture;
pub mod printable;
pub mod record;
pub mod refusal;
pub mod relay_rules;
pub mod report;
pub mod rule;
pub mod senders;
pub mod spf;
pub mod trouble;
