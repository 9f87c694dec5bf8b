//! A line typed in answer to a question.

use std::io;

use tokio::runtime::Runtime;

use super::console::Console;
use super::signals::{Signal, Signals};

/// What came of a question.
pub(super) enum Typed {
    /// A line, without its end.
    Line(String),
    /// The input has ended: nobody will answer.
    End,
    /// A signal came first.
    Interrupted(Signal),
}

/// Asks on stderr, and waits for a line of stdin or a signal.
///
/// After a signal the reading goes on in a thread of its own: the runtime must be shut down in the background.
pub(super) fn ask(runtime: &Runtime, console: &Console, question: &str) -> io::Result<Typed> {
    runtime.block_on(async {
        // Before the question, so that no signal between it and the answer is lost.
        let mut signals = Signals::listen()?;
        console.ask(question);
        tokio::select! {
            line = tokio::task::spawn_blocking(read_line) => line.map_err(io::Error::other)?,
            signal = signals.next() => Ok(Typed::Interrupted(signal)),
        }
    })
}

fn read_line() -> io::Result<Typed> {
    let mut line = String::new();
    let count = io::stdin().read_line(&mut line)?;
    Ok(if count == 0 { Typed::End } else { Typed::Line(line.trim_end_matches(['\n', '\r']).to_string()) })
}
