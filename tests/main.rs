//! The integration tests, in one binary: every further one costs a link of the whole tree.

mod admin;
mod architecture;
mod audit;
mod canary;
mod command;
mod completion;
mod config;
mod demo;
mod economy;
mod guard;
mod help;
mod jobs;
mod login;
mod login_browser;
mod manual;
mod notices;
mod orgs;
mod output;
#[cfg(unix)]
mod packaging;
#[cfg(unix)]
mod pipelines;
mod question;
mod queue;
mod readme;
#[cfg(target_os = "linux")]
mod real;
#[cfg(unix)]
mod salesforce_cli;
mod scrub;
#[cfg(unix)]
mod service;
mod service_docs;
mod setup;
mod sfdx_auth_url;
mod shipping;
mod simulator;
mod support;
mod trouble;
mod verdict;
mod wholeness;
mod worker;
