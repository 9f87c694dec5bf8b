//! What an org may say back to us of the secrets it was sent, or of the user names it holds, and how it is hidden.
//!
//! An error's message is Salesforce's to word, or that of whatever stands between: nobody promises that it does not
//! quote the request. So every text of an answer loses what must not be seen before anything else looks at it.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;
use url::form_urlencoded;

use crate::domain::diff::mask;
use crate::secrets::Secret;

/// A shorter text is no secret of Salesforce's, and to hide it would garble what is meant to be read.
const SHORTEST_SECRET: usize = 8;
const SHORTEST_USERNAME: usize = 4;

/// So many characters of a secret give it away, where an echo is cut short.
const TELLTALE: usize = 20;

/// What an error is said with, where a user name may be quoted. Elsewhere a user name is a record's value.
const WORDS: [&str; 3] = ["message", "error", "error_description"];

/// The secrets and user names that were met in the conversation with one org.
#[derive(Default)]
pub(super) struct Echoes {
    secrets: Mutex<Vec<Secret>>,
    usernames: Mutex<Vec<Secret>>,
}

impl Echoes {
    /// Hides this secret from now on, as it is and as a form encodes it.
    pub(super) fn learn(&self, secret: &Secret) {
        let encoded = form_urlencoded::byte_serialize(secret.expose().as_bytes()).collect();
        learn(&self.secrets, secret.clone(), SHORTEST_SECRET);
        learn(&self.secrets, Secret::new(encoded), SHORTEST_SECRET);
    }

    /// Masks this user name from now on in what an error says.
    pub(super) fn learn_username(&self, username: &str) {
        learn(&self.usernames, Secret::new(username.to_string()), SHORTEST_USERNAME);
    }

    /// The text without a secret.
    pub(super) fn hide(&self, text: &str) -> String {
        let text = text.to_string();
        lock(&self.secrets).iter().fold(text, |text, secret| without(&text, secret.expose()))
    }

    /// Hides what has to be hidden in every text of an answer.
    pub(super) fn hide_in(&self, answer: &mut Json) {
        match answer {
            Json::String(text) => *text = self.hide(text),
            Json::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            Json::Object(fields) => {
                for (name, value) in fields {
                    self.hide_in(value);
                    if let Json::String(text) = value
                        && WORDS.contains(&name.as_str())
                    {
                        *text = self.mask_usernames(text);
                    }
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn mask_usernames(&self, text: &str) -> String {
        let text = text.to_string();
        lock(&self.usernames).iter().fold(text, |text, username| masked(&text, username.expose()))
    }
}

/// It is made of secrets.
impl fmt::Debug for Echoes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Echoes")
    }
}

/// Longer ones stand first, so that one that is part of another doesn't tear it apart.
fn learn(known: &Mutex<Vec<Secret>>, new: Secret, shortest: usize) {
    let mut known = lock(known);
    let is_known = known.iter().any(|old| old.expose() == new.expose());
    if new.expose().chars().count() >= shortest && !is_known {
        let place = known.partition_point(|old| old.expose().len() > new.expose().len());
        known.insert(place, new);
    }
}

/// The text without the secret, or as much of its beginning as is there.
fn without(text: &str, secret: &str) -> String {
    let telltale: usize = secret.chars().take(TELLTALE).map(char::len_utf8).sum();
    let (mut shown, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(&secret[..telltale]) {
        let echoed: usize =
            rest[at..].chars().zip(secret.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
        shown.push_str(&rest[..at]);
        shown.push_str("[secret]");
        rest = &rest[at + echoed..];
    }
    shown + rest
}

/// The text with the user name masked, where it is not part of a longer word.
fn masked(text: &str, username: &str) -> String {
    let (mut shown, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(username) {
        let (before, after) = (&rest[..at], &rest[at + username.len()..]);
        let alone = !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        shown.push_str(before);
        shown.push_str(&if alone { mask(username) } else { username.to_string() });
        rest = after;
    }
    shown + rest
}

fn lock(known: &Mutex<Vec<Secret>>) -> MutexGuard<'_, Vec<Secret>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "00D5e000000abcD!AQ8planted+planted/planted";

    fn echoes() -> Echoes {
        let echoes = Echoes::default();
        echoes.learn(&Secret::new(TOKEN.into()));
        echoes.learn(&Secret::new("short".into()));
        for username in ["relay@acme.com", "smtp-relay@acme.com", "mail", "it"] {
            echoes.learn_username(username);
        }
        echoes
    }

    #[test]
    fn a_secret_is_hidden_whole_encoded_and_cut_short() {
        let table = [
            (format!("Bearer {TOKEN}: no"), "Bearer [secret]: no"),
            (format!("{TOKEN}{TOKEN}"), "[secret][secret]"),
            ("token=00D5e000000abcD%21AQ8planted%2Bplanted%2Fplanted&x".into(), "token=[secret]&x"),
            (format!("{}…", &TOKEN[..26]), "[secret]…"),
            ("00D5e000000abcD is short".into(), "00D5e000000abcD is short"),
        ];
        for (said, shown) in table {
            assert_eq!(echoes().hide(&said), shown);
        }
    }

    #[test]
    fn a_user_name_is_masked_in_an_error_and_left_in_a_record() {
        let mut answer = json!({
            "errors": [{"statusCode": "X", "message": "smtp-relay@acme.com, mail: bad email; it is relay@acme.com"}],
            "Username": "smtp-relay@acme.com",
        });
        echoes().hide_in(&mut answer);
        assert_eq!(answer["errors"][0]["message"], "sm…@acme.com, ma…: bad email; it is re…@acme.com");
        assert_eq!(answer["Username"], "smtp-relay@acme.com");
    }

    #[test]
    fn its_debug_tells_nothing() {
        assert_eq!(format!("{:?}", echoes()), "Echoes");
    }
}
