//! The operating system's keyring: Secret Service, macOS Keychain, Windows Credential Manager.
//!
//! Service `relay-scrub`, one entry an org. Windows keeps at most 2,560 bytes in an entry, and a private key is longer:
//! what doesn't fit is cut into parts, in entries of their own under a name that no org can have, and the org's entry
//! says which they are. As that entry is written last, there is the old login or the new one, never half of each.

use std::fs::File;
use std::path::PathBuf;

use keyring::{Entry, Error};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::kept_login::KeptLogin;
use super::refresh_token::hold_now;
use super::secret::Secret;
use super::store::{SecretStore, StoreError};

const SERVICE: &str = "relay-scrub";

/// The most that is put into one entry, in bytes.
const PART: usize = 2_000;

/// The entry with the names of the others. No org's name has a `#`.
const INDEX: &str = "#names";

/// The entry that is written to find out whether one can be.
const PROBE: &str = "#probe";

/// The keyring of the user who runs the program.
#[derive(Clone, Debug)]
pub struct OsKeyring {
    /// A file that is locked while an entry is changed that all processes share: the list of names, the probe.
    lock: PathBuf,
}

impl OsKeyring {
    /// The keyring; `lock` is the file that is locked while its list of names is changed. Its folder is made if it isn't
    /// there.
    pub fn new(lock: PathBuf) -> Self {
        Self { lock }
    }

    fn hold(&self) -> Result<File, StoreError> {
        hold_now(&self.lock).map_err(|error| StoreError::Failed(format!("{}: {error}", self.lock.display())))
    }

    fn change_index(&self, change: impl FnOnce(&mut Vec<String>)) -> Result<(), StoreError> {
        let _held = self.hold()?;
        let before = self.names()?;
        let mut names = before.clone();
        change(&mut names);
        names.sort();
        names.dedup();
        match names.is_empty() {
            _ if names == before => Ok(()),
            true => delete(INDEX).map(drop),
            false => write(INDEX, &serde_json::to_string(&names).unwrap_or_default()),
        }
    }
}

/// True for a name that an org can have; those with `#` are our own.
fn is_an_orgs(name: &str) -> bool {
    !name.contains('#')
}

/// What stands in an org's entry where its login is in parts.
#[derive(Deserialize, Serialize)]
struct Parts {
    generation: String,
    parts: usize,
}

impl Parts {
    fn names<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        (0..self.parts).map(move |part| format!("{name}#{}#{part}", self.generation))
    }
}

impl SecretStore for OsKeyring {
    fn get(&self, name: &str) -> Result<Option<KeptLogin>, StoreError> {
        let Some(mut text) = is_an_orgs(name).then(|| read(name)).transpose()?.flatten() else { return Ok(None) };
        if let Some(parts) = parts(&text) {
            let all =
                parts.names(name).map(|part| read(&part)?.ok_or_else(|| not_ours(name, "a part of it is missing")));
            let all: Vec<Secret> = all.collect::<Result<_, _>>()?;
            text = Secret::new(all.iter().map(Secret::expose).collect());
        }
        KeptLogin::of_text(&text).map(Some).map_err(|no_login| not_ours(name, &no_login.to_string()))
    }

    fn put(&self, name: &str, login: &KeptLogin) -> Result<(), StoreError> {
        if !is_an_orgs(name) {
            return Err(not_ours(name, "no org has such a name"));
        }
        let old = read(name)?.and_then(|text| parts(&text));
        let text = login.to_text();
        // A name without a login is harmless; a login without a name would be forgotten by `logout --all`.
        self.change_index(|names| names.push(name.to_string()))?;
        if text.expose().len() <= PART {
            write(name, text.expose())?;
        } else {
            let pieces = pieces(text.expose());
            let new = Parts { generation: Ulid::generate().to_string(), parts: pieces.len() };
            for (part, piece) in new.names(name).zip(&pieces) {
                write(&part, piece)?;
            }
            write(name, &serde_json::to_string(&new).map_err(|error| StoreError::Failed(error.to_string()))?)?;
        }
        for part in old.iter().flat_map(|old| old.names(name)) {
            // The new login is kept. A part of the old one that stays is said nowhere, and is no reason to deny that.
            let _ = delete(&part);
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<bool, StoreError> {
        if !is_an_orgs(name) {
            return Ok(false);
        }
        let parts = read(name)?.and_then(|text| parts(&text));
        let was_there = delete(name)?;
        for part in parts.iter().flat_map(|parts| parts.names(name)) {
            delete(&part)?;
        }
        self.change_index(|names| names.retain(|known| known != name))?;
        Ok(was_there)
    }

    fn names(&self) -> Result<Vec<String>, StoreError> {
        let names = read(INDEX)?.and_then(|text| serde_json::from_str(text.expose()).ok());
        Ok(names.unwrap_or_default())
    }

    /// Reading what isn't there works in a locked keyring too, so something is written.
    fn check(&self) -> Result<(), StoreError> {
        let _held = self.hold()?;
        write(PROBE, "can something be kept here?")?;
        delete(PROBE).map(drop)
    }
}

fn parts(text: &Secret) -> Option<Parts> {
    serde_json::from_str(text.expose()).ok()
}

/// Cuts a text into parts of at most [`PART`] bytes, between characters.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PART));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn not_ours(name: &str, what: &str) -> StoreError {
    StoreError::NotOurs(format!("the keyring's entry {name} can't be used: {what}"))
}

fn entry(name: &str) -> Result<Entry, StoreError> {
    Entry::new(SERVICE, name).map_err(|error| match error {
        Error::NoDefaultStore => StoreError::Absent(match Entry::store_status() {
            Err(error) => error.to_string(),
            Ok(()) => "no store".into(),
        }),
        error => failed(error),
    })
}

fn read(name: &str) -> Result<Option<Secret>, StoreError> {
    match entry(name)?.get_secret() {
        Ok(bytes) => {
            let text = String::from_utf8(bytes).map_err(|_| not_ours(name, "it is no text"))?;
            Ok(Some(Secret::new(text)))
        }
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn write(name: &str, text: &str) -> Result<(), StoreError> {
    entry(name)?.set_secret(text.as_bytes()).map_err(failed)
}

fn delete(name: &str) -> Result<bool, StoreError> {
    match entry(name)?.delete_credential() {
        Ok(()) => Ok(true),
        Err(Error::NoEntry) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

/// The platform's error in words. Two of its variants carry what was stored, so they are not shown.
fn failed(error: Error) -> StoreError {
    match error {
        Error::NoStorageAccess(cause) => StoreError::Locked(cause.to_string()),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => StoreError::Failed("what is stored is damaged".into()),
        error => StoreError::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "é".repeat(2_500);
        let pieces = pieces(&text);
        assert!(pieces.iter().all(|piece| piece.len() <= PART));
        assert_eq!(pieces.concat(), text);
    }
}
