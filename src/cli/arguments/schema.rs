//! What can be typed after `schema`.

use clap::{Args, ValueEnum};

/// The arguments of `schema`.
#[derive(Args, Clone)]
pub struct SchemaArguments {
    /// Which report
    #[arg(value_name = "REPORT", default_value = "report")]
    pub of: SchemaOf,
}

/// Which report a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// That of `scrub`
    Report,
    /// That of `audit`
    Audit,
}
