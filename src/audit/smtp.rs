//! As much of SMTP as is said before a mail begins (RFC 5321, RFC 3207).

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::{Instant, timeout_at};

/// The longest line and the most lines of a reply; a sane server stays far below.
const LONGEST_LINE: usize = 2_000;
const MOST_LINES: usize = 100;

/// A conversation with a mail server, which ends at a set time: an answer later than that is a timeout.
pub(super) struct Conversation<S> {
    stream: BufReader<S>,
    until: Instant,
}

/// What the server said: a code, and the text of each line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<S> {
    pub(super) fn over(stream: S, until: Instant) -> Self {
        Self { stream: BufReader::new(stream), until }
    }

    /// Waits for a reply.
    pub(super) async fn reply(&mut self) -> io::Result<Reply> {
        in_time(self.until, self.next()).await
    }

    /// Says a line, and waits for the reply.
    pub(super) async fn say(&mut self, line: &str) -> io::Result<Reply> {
        let until = self.until;
        let answer = async {
            self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
            self.stream.flush().await?;
            self.next().await
        };
        in_time(until, answer).await
    }

    async fn next(&mut self) -> io::Result<Reply> {
        let mut reply = Reply { code: 0, lines: Vec::new() };
        loop {
            let line = self.line().await?;
            let (code, last, text) = parsed(&line).ok_or_else(|| wrong("it does not speak SMTP"))?;
            if reply.lines.len() >= MOST_LINES || (reply.code != 0 && reply.code != code) {
                return Err(wrong("its reply has no end"));
            }
            reply.code = code;
            reply.lines.push(text.to_string());
            if last {
                return Ok(reply);
            }
        }
    }

    /// The stream under it, for TLS to begin. What came before TLS began must not count as said under it.
    pub(super) fn into_stream(self) -> io::Result<S> {
        if !self.stream.buffer().is_empty() {
            return Err(wrong("it goes on in clear after STARTTLS"));
        }
        Ok(self.stream.into_inner())
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        loop {
            let available = self.stream.fill_buf().await?;
            if available.is_empty() {
                return Err(wrong("it closed the connection"));
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(available.len(), |end| end + 1);
            line.extend_from_slice(&available[..taken]);
            self.stream.consume(taken);
            if line.len() > LONGEST_LINE {
                return Err(wrong("it does not speak SMTP"));
            }
            if end.is_some() {
                return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_string());
            }
        }
    }
}

/// What a server does in time; else a timeout.
pub(super) async fn in_time<T>(until: Instant, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout_at(until, work).await.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time")))
}

fn wrong(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Code, whether it is the last line, and text.
fn parsed(line: &str) -> Option<(u16, bool, &str)> {
    let (code, rest) = line.split_at_checked(3)?;
    let code = code.parse().ok().filter(|code| (200..600).contains(code))?;
    match rest.split_at_checked(1) {
        None => Some((code, true, "")),
        Some((" ", text)) => Some((code, true, text)),
        Some(("-", text)) => Some((code, false, text)),
        Some(_) => None,
    }
}

impl Reply {
    /// True if an EHLO's reply has this extension.
    pub(super) fn offers(&self, extension: &str) -> bool {
        self.words().any(|words| words.first().is_some_and(|word| word.eq_ignore_ascii_case(extension)))
    }

    /// The mechanisms after `AUTH`, or after `AUTH=`, which old servers say. What can be no name of one is left out.
    pub(super) fn auth(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for words in self.words() {
            let Some(first) = words.first() else { continue };
            let first = first.to_ascii_uppercase();
            if first != "AUTH" && !first.starts_with("AUTH=") {
                continue;
            }
            let inline = first.strip_prefix("AUTH=").filter(|word| !word.is_empty()).map(str::to_string);
            let named = inline.into_iter().chain(words[1..].iter().map(|word| word.to_ascii_uppercase()));
            all.extend(named.filter(|name| is_mechanism(name)));
        }
        all.sort();
        all.dedup();
        all
    }

    fn words(&self) -> impl Iterator<Item = Vec<&str>> {
        self.lines.iter().skip(1).map(|line| line.split_whitespace().collect())
    }
}

/// RFC 4422, 3.1: 1 to 20 letters, digits, hyphens and underscores.
fn is_mechanism(name: &str) -> bool {
    (1..=20).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn reply_to(said: &str) -> io::Result<Reply> {
        let (client, mut server) = tokio::io::duplex(64 * 1024);
        server.write_all(said.as_bytes()).await.expect("written");
        drop(server);
        Conversation::over(client, Instant::now() + std::time::Duration::from_secs(60)).reply().await
    }

    #[tokio::test]
    async fn a_reply_is_read_to_its_last_line() {
        let reply = reply_to("250-smtp.acme.com\r\n250-STARTTLS\r\n250-AUTH PLAIN login\r\n250 AUTH=LOGIN\r\n").await;
        let reply = reply.expect("a reply");
        assert!(reply.offers("starttls") && !reply.offers("SIZE") && !reply.offers("smtp.acme.com"));
        assert_eq!(reply.auth(), ["LOGIN", "PLAIN"]);
        let long = format!("250-x\r\n250 AUTH {} SCRAM-SHA-256-PLUS \u{7}BELL\r\n", "X".repeat(21));
        assert_eq!(reply_to(&long).await.expect("a reply").auth(), ["SCRAM-SHA-256-PLUS"]);
    }

    #[tokio::test]
    async fn what_is_no_smtp_is_no_reply() {
        for said in ["", "HTTP/1.1 400 Bad Request\r\n", "250-a\r\n", "250-a\r\n550 b\r\n", "999 x\r\n", "2\r\n"] {
            assert!(reply_to(said).await.is_err(), "{said}");
        }
        assert!(reply_to(&format!("250 {}\r\n", "x".repeat(5_000))).await.is_err());
        assert!(reply_to(&"250-x\r\n".repeat(500)).await.is_err());
    }
}
