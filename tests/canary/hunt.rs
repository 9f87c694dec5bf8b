//! The search for planted secrets in all that a run left behind.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use relay_scrub::simulator::SimulatedOrg;

use crate::support::program::Ran;

/// So many characters in a row of a secret are a leak.
const WINDOW: usize = 12;

/// Every piece of every secret, as it is, percent-encoded and in base64, with the secret's name.
#[derive(Default)]
pub(super) struct Hunt {
    pieces: HashMap<Vec<u8>, String>,
}

impl Hunt {
    /// Looks for this secret too.
    pub(super) fn plant(&mut self, name: &str, secret: &str) {
        let mut forms = vec![secret.to_string(), percent_encoded(secret)];
        // In base64 a text looks in one of three ways, by where it begins.
        for skipped in 0..3.min(secret.len()) {
            forms.push(STANDARD_NO_PAD.encode(&secret.as_bytes()[skipped..]));
            forms.push(URL_SAFE_NO_PAD.encode(&secret.as_bytes()[skipped..]));
        }
        for form in forms {
            assert!(form.len() >= WINDOW, "{name} is too short to be told apart");
            for piece in form.as_bytes().windows(WINDOW) {
                self.pieces.insert(piece.to_vec(), name.to_string());
            }
        }
    }

    /// Looks for a private key too, by the lines of its body.
    pub(super) fn plant_key(&mut self, pem: &str) {
        // The first line is mostly the same in every key.
        for line in pem.lines().skip(2).filter(|line| line.len() >= WINDOW && !line.starts_with("-----")) {
            self.plant("a line of the private key", line);
        }
    }

    /// Looks for every token that the org gave out. What stands before a `!` is the org's id, which is no secret.
    pub(super) fn plant_tokens(&mut self, org: &SimulatedOrg) {
        for token in org.tokens_issued() {
            self.plant("a token", token.split_once('!').map_or(token.as_str(), |(_, secret)| secret));
        }
    }

    /// Every place where a secret was found: the output, and the files of the folder but those planted.
    pub(super) fn leaks(&self, ran: &Ran, folder: &Path, planted: &[&str]) -> Vec<String> {
        let mut places = vec![
            ("stdout".to_string(), ran.stdout.clone().into_bytes()),
            ("stderr".to_string(), ran.stderr.clone().into_bytes()),
        ];
        for entry in fs::read_dir(folder).expect("the folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(entry.file_type().expect("a type").is_file(), "the run made a folder, {name}");
            if !planted.contains(&name.as_str()) {
                places.push((name, fs::read(entry.path()).expect("a file")));
            }
        }
        let leak = |(place, text): (String, Vec<u8>)| {
            self.find(&text).map(|found| format!("{found} is in {place}:\n{}", String::from_utf8_lossy(&text)))
        };
        places.into_iter().filter_map(leak).collect()
    }

    /// True if a secret is in the text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.find(text.as_bytes()).is_some()
    }

    fn find(&self, text: &[u8]) -> Option<&String> {
        text.windows(WINDOW).find_map(|piece| self.pieces.get(piece))
    }
}

fn percent_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn a_hunt_finds_a_secret_in_every_form_and_in_part() {
    let mut hunt = Hunt::default();
    let secret = "planted!secret+of/some=length";
    hunt.plant("it", secret);
    let forms = [
        secret.to_string(),
        secret[3..16].to_string(),
        percent_encoded(secret),
        STANDARD_NO_PAD.encode(format!("client:{secret}")),
        STANDARD_NO_PAD.encode(format!("clientid:{secret}")),
        URL_SAFE_NO_PAD.encode(format!("client-id:{secret}")),
    ];
    for form in forms {
        assert!(hunt.is_in(&format!("so: {form}.")), "{form}");
    }
    assert!(!hunt.is_in("nothing of it, not even planted!sec or length"));
}
