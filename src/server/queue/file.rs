//! SQLite's file: its folder, its rights, its name in a URL.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::AnyConnection;

/// Makes the folder and the file where they are missing, for their owner alone. SQLite gives the files beside it
/// (`-wal`, `-shm`) the rights of the file itself.
pub(super) fn prepare(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        tracing::info!(folder = %folder.display(), "made a folder for the database");
    }
    if !path.exists() {
        tracing::info!(path = %path.display(), "making a database, for there is none there");
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Whether the file is there, and may be read and written: in the system's words, for SQLite's say neither.
pub(super) fn look(path: &Path) -> io::Result<()> {
    OpenOptions::new().read(true).write(true).open(path).map(drop)
}

/// The file's URL. The characters that mean something in one are written as numbers.
pub(super) fn url(path: &Path) -> Result<String, sqlx::Error> {
    let path = path.canonicalize().map_err(sqlx::Error::Io)?;
    let text = path.to_str().ok_or_else(|| sqlx::Error::Configuration("its path is not UTF-8 text".into()))?;
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-~:".contains(character);
    let escaped = |character: char| {
        let mut bytes = [0; 4];
        character.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")).collect::<String>()
    };
    let name = text.chars().map(|c| if plain(c) { c.to_string() } else { escaped(c) }).collect::<String>();
    Ok(format!("sqlite:{name}"))
}

/// Turns on the write-ahead log, which the file remembers. SQLite doesn't wait for others here as it does elsewhere.
pub(super) async fn write_ahead(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let mut pauses = std::iter::repeat_n(Duration::from_millis(20), 150);
    loop {
        let mode: Result<String, _> = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *connection).await;
        match (mode, pauses.next()) {
            (Ok(mode), _) if mode == "wal" => return Ok(()),
            (_, Some(pause)) => tokio::time::sleep(pause).await,
            (Err(error), None) => return Err(error),
            (Ok(mode), None) => {
                let text = format!("its file system can't do with SQLite's write-ahead log (it stays at {mode})");
                return Err(sqlx::Error::Configuration(text.into()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_file_stands_in_its_url() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["queue.sqlite", "a b", "a?b#c%20d", "ü", "a&mode=memory", ":memory:", "a\\b"] {
            let path = folder.path().join(name);
            std::fs::write(&path, "").expect("a file");
            let url = url::Url::parse(&url(&path).expect("a URL")).expect("a URL");
            assert_eq!((url.scheme(), url.query(), url.fragment()), ("sqlite", None, None), "{name}");
        }
    }
}
