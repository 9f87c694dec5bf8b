//! Mails with the org's id in `X-SFDC-LK`, and mails that no relay may take. Each character up to U+00FF is a byte.

pub(super) const GOOD: &str = "From: ann@acme.com\nTo: bob@example.org\nDate: Mon, 23 Nov 2026 09:00:00 +0000\nX-SFDC-LK: 00D5e000000abcD\n\nHello\n";

/// The id stands in the text alone.
pub(super) const NO_LOCK: &str =
    "From: ann@acme.com\nTo: bob@example.org\nDate: Mon, 23 Nov 2026 09:00:00 +0000\n\nX-SFDC-LK: 00D5e000000abcD\n";

pub(super) const OTHER_LOCK: &str =
    "From: ann@acme.com\nDate: Mon, 23 Nov 2026 09:00:00 +0000\nX-SFDC-LK: 00D9z000000othe\n\nHello\n";

/// Headers at which programs that look at mail give up.
const ODD_HEADERS: [&str; 12] = [
    "From: <>",
    "From: undisclosed:;",
    "From: ann@acme.com, <@@>,",
    "From: \"ann",
    "From: \u{ff}\u{fe}",
    "Fr\u{e9}m: ann@acme.com",
    "From:",
    "Subject: no sender",
    "no header at all",
    "From: ann@acme.com\nDKIM-Signature: x",
    "From: ann@acme.com\nDKIM-Signature: v=1; a=rsa-sha256; d=acme.com; s=; h=; bh=; b=",
    "From: ann@acme.com\nDKIM-Signature: v=1; a=rsa-sha256; d=acme.com; s=sf1; h=From; bh=AAAA; b=AAAA",
];

/// Locks that are not this org's, or more than it.
const WRONG_LOCKS: [&str; 11] = [
    "",
    "X-SFDC-LK:\n",
    "X-SFDC-LK: 00D9z000000othe\n",
    "X-SFDC-LK: 00d5e000000abcd\n",
    "X-SFDC-LK: 00D5e000000abcDEAQ\n",
    "X-SFDC-LK: x 00D5e000000abcD\n",
    "X-SFDC-LK: \u{e2}\u{80}\u{8b}00D5e000000abcD\n",
    "X-SFDC-LK: =?utf-8?q?00D5e000000abcD?=\n",
    "X-SFDC-LK: 00D5e000000abcD\nX-SFDC-LK: 00D9z000000othe\n",
    "X-SFDC-LK: 00D9z000000othe\nX-SFDC-LK: 00D5e000000abcD\n",
    "X-SFDC-LK: 00D5e000000abcD\nX-SFDC-LK: 00D5e000000abcD\n",
];

/// Mails without the org's id, or with more than it, whatever else they have.
pub(super) fn without_the_id() -> Vec<String> {
    let odd = ODD_HEADERS.iter().flat_map(|odd| ["", WRONG_LOCKS[2]].map(|lock| (lock, *odd)));
    let wrong = WRONG_LOCKS.iter().map(|lock| (*lock, "From: ann@acme.com"));
    let mail = |(lock, headers)| format!("{lock}{headers}\nDate: Mon, 23 Nov 2026 09:00:00 +0000\n\nHello\n");
    odd.chain(wrong).map(mail).collect()
}

/// What came of a mail without the id, where that is anything but a refusal for the lack of it.
pub(super) fn not_refused(mail: &str, reply: Result<String, String>) -> Option<String> {
    match reply {
        Err(refused) if refused.contains("X-SFDC-LK is missing or names another org") => {
            assert!(refused.starts_with("550 5.7.1"), "{mail}: {refused}");
            None
        }
        reply => Some(format!("{mail}: {reply:?}")),
    }
}
