//! References in a Composite request: `@{name.path}` stands for a value of an earlier subrequest's answer.

use std::collections::HashMap;

use serde_json::Value;

use super::message::ApiError;

/// The answers that later subrequests may refer to.
pub(super) struct References {
    answers: HashMap<String, Value>,
    long_message: bool,
    encoded: bool,
}

impl References {
    pub(super) fn new(long_message: bool, encoded: bool) -> Self {
        Self { answers: HashMap::new(), long_message, encoded }
    }

    /// Remembers an answer; one that failed has no values to refer to.
    pub(super) fn learn(&mut self, reference_id: &str, status: u16, body: Value) {
        let value = if status < 400 { body } else { Value::Null };
        self.answers.insert(reference_id.to_string(), value);
    }

    /// A decoded part of a URL with values for its references; `url` is the whole as it was sent.
    pub(super) fn fill_url(&self, part: &str, url: &str) -> Result<String, ApiError> {
        // The part was decoded already: where encoded references are not seen, they stay what they are.
        if !self.encoded && !url.contains("@{") { Ok(part.to_string()) } else { self.fill(part) }
    }

    /// Fills every text in a body.
    pub(super) fn fill_body(&self, body: &mut Value) -> Result<(), ApiError> {
        match body {
            Value::String(text) => {
                let whole =
                    text.strip_prefix("@{").and_then(|rest| rest.strip_suffix('}')).filter(|path| !path.contains('}'));
                *body = match whole {
                    // A text that is nothing but a reference becomes the value, with its type.
                    Some(path) => self.value(path)?.clone(),
                    None => self.fill(text)?.into(),
                };
                Ok(())
            }
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.fill_body(item)),
            Value::Object(fields) => fields.values_mut().try_for_each(|field| self.fill_body(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    fn fill(&self, text: &str) -> Result<String, ApiError> {
        let mut filled = text.to_string();
        for path in placeholders(text) {
            let value = match self.value(&path)? {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            filled = filled.replace(&format!("@{{{path}}}"), &value);
        }
        Ok(filled)
    }

    fn value(&self, path: &str) -> Result<&Value, ApiError> {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (name, rest) = path.split_at(end);
        let found = self.answers.get(name).and_then(|answer| walk(answer, rest));
        let plain = |value: &&Value| !value.is_null() && !value.is_object() && !value.is_array();
        found.filter(plain).ok_or_else(|| self.without_value(name, path))
    }

    fn without_value(&self, name: &str, path: &str) -> ApiError {
        let mut message = format!("Invalid reference specified. No value for {path} found in {name}.");
        if self.long_message {
            message.push_str(&format!(
                " Provided referenceId ('{path}') must start with a letter or a number, and it can contain only \
                 letters, numbers and underscores ('_')."
            ));
        }
        ApiError::new(400, "PROCESSING_HALTED", message)
    }
}

/// What stands between `@{` and `}` in a text, in order.
pub(super) fn placeholders(text: &str) -> Vec<String> {
    let openings = text.match_indices("@{").map(|(at, opening)| &text[at + opening.len()..]);
    openings.filter_map(|rest| rest.split_once('}')).map(|(path, _)| path.to_string()).collect()
}

/// Follows `.field` and `[index]`; field names are case-sensitive, as in Salesforce.
fn walk<'a>(mut value: &'a Value, mut rest: &str) -> Option<&'a Value> {
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = after.split_once(']')?;
            value = value.get(index.parse::<usize>().ok()?)?;
            rest = after;
        } else {
            let after = rest.strip_prefix('.')?;
            let end = after.find(['.', '[']).unwrap_or(after.len());
            value = value.get(&after[..end])?;
            rest = &after[end..];
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn references() -> References {
        let mut references = References::new(false, true);
        references.learn("proof", 200, json!({"records": [{"Id": "00D000000000001", "Name": null}]}));
        references
    }

    #[test]
    fn a_reference_becomes_the_value_it_names() {
        assert_eq!(references().fill("Id != '@{proof.records[0].Id}'").expect("a value"), "Id != '00D000000000001'");
    }

    #[test]
    fn a_reference_without_a_value_halts() {
        for path in
            ["proof.records[1].Id", "proof.records[0].Name", "proof.records[0].id", "other.records[0].Id", "proof.x["]
        {
            let error = references().fill(&format!("@{{{path}}}")).expect_err(path);
            assert_eq!(error.code, "PROCESSING_HALTED");
            assert!(error.message.starts_with("Invalid reference specified. No value for"), "{}", error.message);
        }
    }
}
