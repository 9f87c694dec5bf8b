//! Files that hold one secret each.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::places::read_failure;
use super::source::Sourced;
use crate::domain::printable::printable;
use crate::secrets::{Secret, looks_like_one};

/// A larger file is no secret: 64 KiB.
const LIMIT: u64 = 64 * 1024;

/// Secret files read so far. Each is read once, so a pipe serves several orgs, and is warned of once.
#[derive(Default)]
pub(super) struct SecretFiles {
    read: BTreeMap<PathBuf, Result<Secret, String>>,
    warnings: Vec<String>,
}

impl SecretFiles {
    /// Reads the secret, without the blanks and line breaks around it; else what is wrong with the file.
    pub(super) fn read(&mut self, file: &Sourced<PathBuf>) -> Result<Secret, String> {
        let path = &file.value;
        if let Some(read) = self.read.get(path) {
            return read.clone();
        }
        let read = self.read_new(file).map_err(|error| format!("{} {}", shown(path), why(&error)));
        self.read.insert(path.clone(), read.clone());
        read
    }

    /// What should be told about the files.
    pub(super) fn into_warnings(self) -> Vec<String> {
        self.warnings
    }

    fn read_new(&mut self, file: &Sourced<PathBuf>) -> io::Result<Secret> {
        let mut opened = File::open(&file.value)?;
        if is_open_to_others(&opened)? {
            let path = shown(&file.value);
            self.warnings.push(format!(
                "{}: {path} can be read by others than its owner; chmod 600 makes it private",
                file.source
            ));
        }
        let mut bytes = Vec::new();
        opened.by_ref().take(LIMIT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LIMIT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let text = String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData)?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Secret::new(text.to_string())) }
    }
}

fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "is empty".into(),
        io::ErrorKind::FileTooLarge => "is larger than 64 KiB, which no secret is".into(),
        _ => read_failure(error),
    }
}

/// The path, unless somebody gave the secret itself in its place.
pub(super) fn shown(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let long = name.chars().count() >= 32 && !name.contains('.');
    let whole = path.to_string_lossy();
    if long || looks_like_one(&name) || whole.contains("-----BEGIN") || whole.contains("://") {
        "the file (not shown, for its name looks like a secret or a URL; a path is wanted)".into()
    } else {
        printable(&path.display().to_string())
    }
}

/// Whether a file on disk can be read by its group or by all. A pipe has no such permissions to change.
#[cfg(unix)]
fn is_open_to_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let about = file.metadata()?;
    Ok(about.is_file() && about.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_file: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    fn read(name: &str, content: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        let file = Sourced::new(path, Source::Flag("--client-secret-file"));
        let secret = SecretFiles::default().read(&file);
        secret
            .map(|secret| secret.expose().to_string())
            .map_err(|error| error.replace(&*folder.path().to_string_lossy(), "FOLDER"))
    }

    #[test]
    fn a_secret_loses_what_editors_put_around_it() {
        assert_eq!(read("s", "\u{feff}secret\r\n\n".as_bytes()), Ok("secret".into()));
    }

    #[test]
    fn a_file_that_is_no_secret_says_why() {
        assert_eq!(read("s", b"\n"), Err("FOLDER/s is empty".into()));
        assert_eq!(read("s", &[b'x'; 65537]), Err("FOLDER/s is larger than 64 KiB, which no secret is".into()));
        assert_eq!(read("s", b"\xff\xfes\0"), Err("FOLDER/s is not UTF-8 text".into()));
    }

    #[test]
    fn a_secret_given_in_the_place_of_a_path_is_not_shown() {
        let url = "https://user:planted@acme.com/?sid=planted";
        let long = "planted".repeat(8);
        for secret in ["00D5e000000abcD!AQ.planted", "5Aep861planted", "-----BEGIN planted", url, &long] {
            let file = Sourced::new(PathBuf::from("/none").join(secret), Source::Flag("--client-secret-file"));
            let error = SecretFiles::default().read(&file).expect_err("no such file");
            assert!(error.ends_with("does not exist") && !error.contains("planted"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_warned_of_once() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s");
        std::fs::write(&path, "secret").expect("a file");
        let mut files = SecretFiles::default();
        let file = Sourced::new(path.clone(), Source::Flag("--client-secret-file"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("permissions");
        files.read(&file).expect("the secret");
        files.read(&file).expect("the secret");
        let expected = "can be read by others than its owner; chmod 600 makes it private";
        assert_eq!(files.into_warnings(), [format!("--client-secret-file: {} {expected}", path.display())]);
    }
}
