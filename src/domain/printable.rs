//! Text from outside, made fit for a terminal.

use std::error::Error;

/// Returns `text` without what could move a terminal's cursor, hide or reorder what is printed.
///
/// Control characters (C0, C1, escape) and the bidirectional and invisible format characters are dropped; line
/// breaks and tabs become one space. Used where a text enters from an org, so that nothing behind has to think of it.
pub fn printable(text: &str) -> String {
    text.chars()
        .filter_map(|character| match character {
            '\n' | '\r' | '\t' => Some(' '),
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => None,
            other if other.is_control() => None,
            other => Some(other),
        })
        .collect()
}

/// As [`printable`], cut to at most `limit` characters, with an ellipsis where something is missing.
pub fn excerpt(text: &str, limit: usize) -> String {
    let clean = printable(text);
    let words = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= limit {
        return words;
    }
    words.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// An error and what caused it, in one line. Some libraries say the cause in the error's own text already.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    printable(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_outside_cannot_steer_a_terminal() {
        assert_eq!(printable("Ac\u{1b}[31mme\u{7}\u{9b}2J\u{202e}x\nline"), "Ac[31mme2Jx line");
        assert_eq!(excerpt("  one\n\n two   three ", 20), "one two three");
        assert_eq!(excerpt("abcdefgh", 5), "abcd…");
    }
}
