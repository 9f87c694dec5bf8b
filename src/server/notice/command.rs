//! Telling by a program: it gets the notice on its stdin, and says by its exit code whether it has taken it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use crate::domain::printable::excerpt;

/// Of what the program writes no more is kept.
const KEPT: u64 = 2048;
/// Who inherited the program's output may hold it open; once the program has ended, that is not waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What the names of variables begin with that the program does not get to see: secrets of ours, and of PostgreSQL.
const OURS: [&str; 4] = ["RELAY_SCRUB_", "SF_", "SFDX_", "PGPASS"];

/// Whether there is such a program: at its path, or in a folder of this search path. Whether it may be run shows itself
/// when it is.
pub fn is_there(program: &str, search_path: &OsStr) -> bool {
    if Path::new(program).components().count() > 1 {
        return Path::new(program).is_file();
    }
    let names = [program.to_string(), format!("{program}{}", std::env::consts::EXE_SUFFIX)];
    std::env::split_paths(search_path).any(|folder| names.iter().any(|name| folder.join(name).is_file()))
}

/// Runs the program, without a shell, with the notice on its stdin, for so long at most.
///
/// # Errors
/// What went wrong, in words: it could not be started, did not end in time, or did not end with 0.
pub(super) async fn run(words: &[String], notice: &str, limit: Duration) -> Result<(), String> {
    let [program, arguments @ ..] = words else { return Err("no program is named".into()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
        command.env_remove(name);
    }
    let mut child = command.spawn().map_err(|error| format!("{program} could not be started: {error}"))?;
    let output = [listen(child.stdout.take()), listen(child.stderr.take())];
    let stdin = child.stdin.take();
    let ended = tokio::time::timeout(limit, async {
        if let Some(mut stdin) = stdin {
            // A program that does not read it all has its reasons.
            let _ = stdin.write_all(format!("{notice}\n").as_bytes()).await;
        }
        child.wait().await
    });
    let status = ended.await.map_err(|_| format!("{program} did not end within {} s", limit.as_secs()))?;
    let status = status.map_err(|error| format!("{program} could not be waited for: {error}"))?;
    let mut said = Vec::new();
    for stream in output {
        said.extend(tokio::time::timeout(LAST_WORDS, stream).await.into_iter().flatten());
    }
    let said = excerpt(&said.join(" "), 200);
    if status.success() {
        tracing::info!(program, said, "the program for notices has run");
        return Ok(());
    }
    let colon = if said.is_empty() { "" } else { ": " };
    Err(format!("{program} ended with {status}{colon}{said}"))
}

/// Reads a stream to its end, and keeps its beginning.
fn listen(stream: Option<impl AsyncRead + Unpin + Send + 'static>) -> tokio::task::JoinHandle<String> {
    tokio::spawn(async move {
        let Some(mut stream) = stream else { return String::new() };
        let mut kept = Vec::new();
        let _ = (&mut stream).take(KEPT).read_to_end(&mut kept).await;
        tokio::spawn(async move { tokio::io::copy(&mut stream, &mut tokio::io::sink()).await });
        String::from_utf8_lossy(&kept).into_owned()
    })
}

fn is_ours(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy().to_ascii_uppercase();
    OURS.iter().any(|ours| name.starts_with(ours))
}
