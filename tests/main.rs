//! The integration tests, in one binary: every further one costs a link of the whole tree.

mod config;
mod help;
mod output;
mod real;
mod salesforce_cli;
mod scrub;
mod simulator;
mod support;
