//! The files of `src`, without what is no code of the program: comments, the contents of texts, and unit tests.

use std::fs;
use std::path::Path;

/// A file of `src`.
pub(super) struct Source {
    /// Below `src`, with `/`.
    pub(super) path: String,
    /// As it is.
    pub(super) text: String,
    /// Its code alone, on the same lines.
    pub(super) code: String,
}

/// Every file of `src`, but those that hold unit tests alone.
pub(super) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder of src") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            let below = path.strip_prefix(root).expect("a path below src").to_string_lossy().replace('\\', "/");
            found.push(Source::new(&below, &fs::read_to_string(&path).expect("a source")));
        }
    }
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into(), code: without_tests(&code(text)) }
    }

    /// The top-level module that the file belongs to.
    pub(super) fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    /// The top-level modules that the code names, with the line.
    pub(super) fn uses(&self) -> Vec<(usize, String)> {
        let mut uses = Vec::new();
        let up = "super::".repeat(self.depth());
        for root in ["crate::", "relay_scrub::", up.as_str()] {
            for (at, _) in self.code.match_indices(root) {
                let before = &self.code[..at];
                let goes_on =
                    before.ends_with("super::") || before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if !goes_on {
                    let line = 1 + before.matches('\n').count();
                    uses.extend(heads(&self.code[at + root.len()..]).into_iter().map(|name| (line, name)));
                }
            }
        }
        uses.retain(|(_, name)| name != "super" && name != "self");
        uses
    }

    /// How many `super::` lead from the file's own module to the root.
    fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") { parts - 1 } else { parts }
    }
}

/// The first names of a path, or of each path in braces: `a::b` has `a`, `{a::b, c::{d, e}}` has `a` and `c`.
fn heads(text: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(inside) = text.strip_prefix('{') else { return vec![name(text)] };
    let (mut heads, mut deep, mut part) = (Vec::new(), 0_usize, String::new());
    for character in inside.chars() {
        match character {
            '}' if deep == 0 => break,
            ',' if deep == 0 => heads.push(std::mem::take(&mut part)),
            '{' => deep += 1,
            '}' => deep -= 1,
            other if deep == 0 => part.push(other),
            _ => {}
        }
    }
    heads.push(part);
    heads.iter().map(|part| name(part.trim())).filter(|name| !name.is_empty()).collect()
}

/// The text with blanks in place of comments and of what stands in quotation marks.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped(rest, code.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..skipped].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[skipped..];
        }
    }
    code
}

/// How many bytes at the start of the text are a comment, a text or a character; `in_word` if a word goes on there.
fn skipped(text: &str, in_word: bool) -> usize {
    let to = |end: Option<usize>| end.unwrap_or(text.len());
    if text.starts_with("//") {
        return to(text.find('\n'));
    }
    if text.starts_with("/*") {
        return to(text.find("*/").map(|at| at + 2));
    }
    if text.starts_with('"') {
        return quoted(text, '"');
    }
    if !in_word && text.starts_with("b\"") {
        return 1 + quoted(&text[1..], '"');
    }
    let raw = text.strip_prefix("br").or_else(|| text.strip_prefix('r')).filter(|_| !in_word);
    if let Some(raw) = raw {
        let hashes = raw.chars().take_while(|c| *c == '#').count();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let begun = text.len() - raw.len() + hashes + 1;
            return to(text[begun..].find(&end).map(|at| begun + at + end.len()));
        }
    }
    // A lifetime has no quotation mark behind its first character.
    let is_character = text.starts_with("'\\") || text.chars().nth(2) == Some('\'');
    if text.starts_with('\'') && is_character { quoted(text, '\'') } else { 0 }
}

fn quoted(text: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            other if other == mark => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The code up to its unit tests, which stand at the end of a file.
fn without_tests(code: &str) -> String {
    let tests = code.match_indices("#[cfg(test)]\nmod ").map(|(at, _)| at);
    let here = tests.filter(|at| !code[*at..].lines().nth(1).is_some_and(|line| line.ends_with(';'))).min();
    code[..here.unwrap_or(code.len())].to_string()
}
