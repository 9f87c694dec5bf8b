//! `relay-scrub schema`: the JSON Schema of a report.

use super::arguments::{SchemaArguments, SchemaOf};
use super::console::Console;
use super::error::CliError;
use crate::output::{audit_json, json};

pub(super) fn run(arguments: &SchemaArguments, console: &Console) -> Result<u8, CliError> {
    let schema = match arguments.of {
        SchemaOf::Report => json::schema(),
        SchemaOf::Audit => audit_json::schema(),
    };
    let text = format!("{schema:#}\n");
    console.product(text.as_bytes()).map_err(|error| CliError::Result { to: "stdout".into(), error })?;
    Ok(0)
}
