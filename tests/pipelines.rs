//! What pipelines run: the action with its own steps, and the scripts of the examples in `docs/ci`.

mod action;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod examples;
mod release;
mod runner;
