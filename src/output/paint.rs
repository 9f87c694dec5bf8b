//! The colours of the text, and lines that fit a width.

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const BEFORE: Style = AnsiColor::Red.on_default();
pub(super) const AFTER: Style = AnsiColor::Green.on_default();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();

/// Prose is easier to read when its lines are no longer than this, however wide the terminal.
const PROSE: usize = 100;

/// Text in a style, or as it is.
pub(super) fn paint(color: bool, style: Style, text: &str) -> String {
    if color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_string() }
}

/// Text filled up with spaces to a width, as a terminal measures it (some characters take two columns).
pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(display_width(text))))
}

/// Wraps text, `indent` before its first line and `further` before the others; a word that is too long stays whole, so
/// that it can be copied.
///
/// Words are broken nowhere else than at spaces: an address is one word, and no part of a foreign text can get to the
/// start of a line but a word of it.
pub(super) fn wrap(text: &str, indent: &str, further: &str, width: usize) -> Vec<String> {
    let options = Options::new(prose(width))
        .initial_indent(indent)
        .subsequent_indent(further)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(String::from).collect()
}

/// The width of prose on a terminal of this width.
pub(super) fn prose(width: usize) -> usize {
    width.min(PROSE)
}

/// Puts parts into as few lines as hold them, `between` two of a line, `indent` before a line that continues.
pub(super) fn flow(parts: &[String], between: &str, indent: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            None => lines.push(part.clone()),
            Some(line) if display_width(line) + display_width(between) + display_width(part) <= width => {
                line.push_str(between);
                line.push_str(part);
            }
            Some(_) => lines.push(format!("{indent}{part}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_do_not_fit_go_to_the_next_line() {
        let parts = ["uat".to_string(), "Acme".to_string(), "a-long-host".to_string()];
        assert_eq!(flow(&parts, " · ", "  ", 24), ["uat · Acme · a-long-host"]);
        assert_eq!(flow(&parts, " · ", "  ", 23), ["uat · Acme", "  a-long-host"]);
    }

    #[test]
    fn a_colour_takes_no_width() {
        let red = paint(true, BEFORE, "Failed:");
        assert_eq!(display_width(&red), 7);
        assert_eq!(paint(false, BEFORE, "Failed:"), "Failed:");
    }

    #[test]
    fn a_long_word_stays_whole() {
        assert_eq!(
            wrap("see https://example.com/a-b-c for it", "  ", "    ", 12),
            ["  see", "    https://example.com/a-b-c", "    for it"]
        );
    }
}
