//! Text to tokens.

use super::Malformed;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Number(String),
    Text(String),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 11] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", "."];

/// The tokens of a query with their positions.
pub(super) fn tokens(query: &str) -> Result<Vec<(usize, Token)>, Malformed> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = query[at..].chars().next() {
        let rest = &query[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if first == '\'' {
            let (text, length) = quoted(rest).map_err(|message| Malformed { at, message })?;
            tokens.push((at, Token::Text(text)));
            at += length;
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = length_while(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            tokens.push((at, Token::Word(rest[..length].into())));
            at += length;
        } else if first.is_ascii_digit() || first == '-' {
            let length = length_while(rest, |c| c.is_ascii_alphanumeric() || "-+.:".contains(c));
            tokens.push((at, Token::Number(rest[..length].into())));
            at += length;
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push((at, Token::Symbol(symbol)));
            at += symbol.len();
        } else {
            return Err(Malformed { at, message: format!("line 1:{at} no viable alternative at character '{first}'") });
        }
    }
    Ok(tokens)
}

fn length_while(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

/// The text between quotes and how long it is with them.
fn quoted(rest: &str) -> Result<(String, usize), String> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' => return Ok((text, at + 1)),
            '\\' => match characters.next() {
                Some((_, 'n' | 'N')) => text.push('\n'),
                Some((_, 'r' | 'R')) => text.push('\r'),
                Some((_, 't' | 'T')) => text.push('\t'),
                Some((_, 'b' | 'B')) => text.push('\u{8}'),
                Some((_, 'f' | 'F')) => text.push('\u{c}'),
                Some((_, same @ ('\'' | '"' | '\\' | '_' | '%'))) => text.push(same),
                _ => return Err("invalid string escape".into()),
            },
            '\n' | '\r' => break,
            _ => text.push(character),
        }
    }
    Err("expecting a closing quote, found the end of the line".into())
}
