//! Markdown as GitHub reads it, in which a text from outside is a text and nothing more.

use std::fmt::Write;

use crate::domain::org::Org;
use crate::domain::printable::printable;
use crate::domain::report::Warning;
use crate::output::words;

/// GitHub drops a summary of more than 1 MiB, so details end before that.
pub(super) const LIMIT: usize = 1_000_000;

/// What there is to say of an org, folded: which one it is, its warnings, and the rest, which is Markdown.
pub(super) fn details(target: &str, org: Option<&Org>, warnings: &[Warning], rest: &str) -> String {
    let mut section = format!("\n<details><summary>{}</summary>\n\n", escape(target));
    if let Some(known) = org {
        let (name, kind, host) = (escape(&known.name), words::kind(known.kind), words::host(&known.instance_url));
        // Writing to a String cannot fail; the same holds below.
        let _ = writeln!(section, "{name} · {kind} {} · {}\n", known.id, escape(&host));
    }
    for warning in warnings {
        let _ = writeln!(section, "- ⚠️ {}\n", escape(&warning.message));
    }
    section.push_str(rest);
    section.push_str("\n</details>\n");
    section
}

pub(super) fn table_row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Foreign text inside `<code>`, where GitHub makes no link of an `@name`.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// Text as Markdown that reads as itself: every ASCII punctuation mark but `,` and `-` as a character reference.
///
/// `CommonMark` says that a reference never stands for structure, so nothing is left that could open a tag, a link, a
/// cell, a heading or a fence; the colon and full stop are among them, for GitHub links bare addresses.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text).chars() {
        if character.is_ascii_punctuation() && !matches!(character, ',' | '-') {
            let _ = write!(escaped, "&#{};", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_is_inert_in_markdown() {
        let hostile = "# a|b `c` <script> [x](https://e.vil) *y* _z_ &amp; \\\n- www.e.vil";
        let escaped = escape(hostile);
        let inert = |c: char| !c.is_ascii_punctuation() || matches!(c, ',' | '-' | '&' | '#' | ';');
        assert!(escaped.chars().all(inert), "{escaped}");
        assert!(escaped.starts_with("&#35; a&#124;b &#96;c&#96; &#60;script&#62;"), "{escaped}");
        assert!(!escaped.contains('\n'));
    }
}
