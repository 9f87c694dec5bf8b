//! Opening the browser of whoever sits at this machine.
//!
//! The crates that do this start the browser with this program's own environment, in which a secret may lie; so it is
//! done here, without our variables.

use std::ffi::OsString;
use std::io;
use std::process::{Command, Stdio};

use url::Url;

/// The programs that open an address with the user's own browser, the best first.
#[cfg(target_os = "macos")]
const PROGRAMS: &[&[&str]] = &[&["open"]];
#[cfg(windows)]
const PROGRAMS: &[&[&str]] = &[&["rundll32", "url.dll,FileProtocolHandler"]];
#[cfg(not(any(target_os = "macos", windows)))]
const PROGRAMS: &[&[&str]] = &[&["xdg-open"], &["wslview"], &["gio", "open"]];

/// What the names of variables begin with that no program of ours gets to see.
const OURS: [&str; 2] = ["RELAY_SCRUB_", "SF_"];

/// Opens an address, which process lists will show. An error where no program could be started, or it failed at once.
pub async fn open(address: &Url, environment: impl Iterator<Item = OsString>) -> io::Result<()> {
    let ours = environment.filter(|name| OURS.iter().any(|ours| name.to_string_lossy().starts_with(ours)));
    let ours: Vec<OsString> = ours.collect();
    let address = address.to_string();
    let opening = tokio::task::spawn_blocking(move || {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for program in PROGRAMS {
            match run(program, &address, &ours) {
                Ok(()) => return Ok(()),
                Err(error) => last = error,
            }
        }
        Err(last)
    });
    opening.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Runs a program to its end: they hand the address over and leave, and those that stay are the browser itself.
fn run(program: &[&str], address: &str, ours: &[OsString]) -> io::Result<()> {
    let Some((name, arguments)) = program.split_first() else { return Err(io::ErrorKind::NotFound.into()) };
    let mut command = Command::new(name);
    command.args(arguments).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for variable in ours {
        command.env_remove(variable);
    }
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("{name} ended with {status}"))) }
}
