//! What the browser shows at the end of a login: one page, with nothing in it that would have to be fetched. Pure.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::domain::org::Org;

const STYLE: &str = "\
:root{color-scheme:light dark;--paper:#f4f6f8;--card:#fff;--ink:#16202a;--soft:#51606e;--line:#dde3e9;--mark:#1a7f4b}\
@media(prefers-color-scheme:dark){:root{--paper:#11161b;--card:#1a2128;--ink:#e8edf2;--soft:#a3b1be;--line:#2c3742;--mark:#4fce8d}}\
.bad{--mark:#b42318}@media(prefers-color-scheme:dark){.bad{--mark:#ff8a7a}}\
*{box-sizing:border-box}html{height:100%}\
body{margin:0;min-height:100%;display:flex;align-items:center;justify-content:center;padding:1.25rem;background:var(--paper);\
color:var(--ink);font:1rem/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}\
main{width:100%;max-width:34rem;background:var(--card);border:1px solid var(--line);border-top:4px solid var(--mark);\
border-radius:.6rem;padding:1.75rem 1.75rem 1.25rem}\
h1{margin:0 0 .75rem;font-size:1.35rem;line-height:1.3}h1 span{color:var(--mark);margin-right:.5rem}\
p{margin:0 0 .9rem;overflow-wrap:anywhere}dl{margin:0 0 1rem;display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem}\
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}footer{border-top:1px solid var(--line);padding-top:.75rem;\
color:var(--soft);font-size:.875rem}@media(max-width:26rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}";

/// Nothing may be fetched, run, framed or sent from the page; its one style sheet is known by its digest.
pub(super) static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// A page, as text that is not yet HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    good: bool,
    title: String,
    facts: Vec<(&'static str, String)>,
    paragraphs: Vec<String>,
}

impl Page {
    /// The org was proven, and the login is kept.
    pub(super) fn logged_in(org: &Org, username: Option<&str>, entry: &str) -> Self {
        let host = org.instance_url.trim_start_matches("https://").trim_start_matches("http://");
        let mut facts =
            vec![("Org", format!("{} ({}, {})", org.name, org.kind.as_str(), org.id)), ("Address", host.to_string())];
        facts.extend(username.map(|name| ("User", name.to_string())));
        facts.push(("Kept in", format!("this computer's keyring, as {entry}")));
        let close = "You can close this window and go back to the terminal.";
        Self { good: true, title: format!("Logged in to {}", org.name), facts, paragraphs: vec![close.into()] }
    }

    /// The login came to nothing: what happened, and what to do.
    pub(super) fn failed(title: &str, paragraphs: Vec<String>) -> Self {
        Self { good: false, title: title.into(), facts: Vec::new(), paragraphs }
    }

    /// Somebody opened the callback without a login, or with another one's answer.
    pub(super) fn not_this_login() -> Self {
        let text = "This is not the answer to the login that is waiting here, so it was turned away. The login goes on: \
                    use the page that relay-scrub opened, or the address that it printed last.";
        Self::failed("Not this login", vec![text.into()])
    }

    pub(super) fn nothing_here() -> Self {
        Self::failed("Nothing here", vec!["relay-scrub waits here for the end of a login, at another path.".into()])
    }

    pub(super) fn gone() -> Self {
        let text = "relay-scrub has stopped. The terminal says what became of the login.";
        Self::failed("The login was stopped", vec![text.into()])
    }

    /// The page in HTML.
    pub(super) fn html(&self) -> String {
        let (class, mark) = if self.good { ("good", "✓") } else { ("bad", "✗") };
        let facts = self.facts.iter().map(|(name, fact)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(fact)));
        let facts: String = facts.collect();
        let facts = if facts.is_empty() { facts } else { format!("<dl>{facts}</dl>") };
        let paragraphs: String = self.paragraphs.iter().map(|text| format!("<p>{}</p>", escaped(text))).collect();
        let title = escaped(&self.title);
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{title} · relay-scrub</title><style>{STYLE}</style></head><body>\
             <main class=\"{class}\"><h1><span aria-hidden=\"true\">{mark}</span>{title}</h1>{facts}{paragraphs}\
             <footer>relay-scrub</footer></main></body></html>"
        )
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_org_calls_itself_is_text_and_never_markup() {
        let page = Page::failed("<b>", vec!["<script>alert('x')</script> & \"y\"".into()]).html();
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    }
}
