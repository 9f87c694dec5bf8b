//! What the runner of GitHub Actions reads line by line: workflow commands, and outputs of a step.

use std::path::Path;

use crate::domain::printable::printable;

/// An annotation about an org, or about something of it, escaped as `ActionCommand.cs` of `actions/runner` reads it back.
pub(super) fn annotation(level: &str, about: &str, message: &str) -> String {
    let title = property(&format!("relay-scrub: {}", printable(about)));
    format!("::{level} title={title}::{}\n", data(&printable(message)))
}

/// The output of this name that says where a file is; none where there is no file, or where a line break in its path would
/// begin another output.
pub(super) fn path_output(name: &str, file: Option<&Path>) -> String {
    let path = file.map(|path| path.display().to_string()).filter(|path| printable(path) == *path);
    path.map(|path| format!("{name}={path}\n")).unwrap_or_default()
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_and_data_are_escaped_as_the_runner_reads_them() {
        assert_eq!(data("50% :: a,b\r\n%0A"), "50%25 :: a,b%0D%0A%250A");
        assert_eq!(property("uat::error, 1%"), "uat%3A%3Aerror%2C 1%25");
    }
}
