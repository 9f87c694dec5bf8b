//! The integration tests, in one binary: every further one costs a link of the whole tree.

mod architecture;
mod canary;
mod config;
mod help;
mod output;
mod scrub;
mod simulator;
mod support;
