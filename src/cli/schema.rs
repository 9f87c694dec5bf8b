//! `relay-scrub schema`: the JSON Schema of the report.

use super::console::Console;
use super::error::CliError;
use crate::output::json;

pub(super) fn run(console: &Console) -> Result<u8, CliError> {
    let text = format!("{:#}\n", json::schema());
    console.product(text.as_bytes()).map_err(|error| CliError::Result { to: "stdout".into(), error })?;
    Ok(0)
}
