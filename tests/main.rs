//! The integration tests, in one binary: every further one costs a link of the whole tree.

mod config;
mod help;
mod login;
mod output;
#[cfg(target_os = "linux")]
mod real;
mod scrub;
mod simulator;
mod support;
