//! Turns a report into bytes: for a person ([`text`]), for a program ([`json`]), for pipelines ([`junit`], [`sarif`],
//! [`github`]).
//!
//! Renderers are pure: a report in, bytes out, no clock and no environment. They judge nothing; what became of an org
//! was decided in [`crate::domain::report`]. They trust nothing either: a text that came from an org, a server or the
//! configuration goes through `words::foreign`, or through the escaping of its format, where it enters a line.

pub mod audit_json;
pub mod audit_text;
mod audit_v1;
pub mod audit_words;
pub mod github;
pub mod job_v1;
pub mod jobs;
pub mod json;
pub mod junit;
pub mod kept;
pub mod orgs;
mod paint;
pub mod relay_config;
mod report_v1;
pub mod sarif;
mod sentence;
pub mod table;
mod tally;
pub mod text;
pub mod told;
pub mod when;
mod words;
