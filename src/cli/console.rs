//! The only writer to stdout and stderr. stdout is the product, stderr the conversation.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};

use crate::output::text::TextStyle;

/// The narrowest and the widest that a text is wrapped to.
const NARROWEST: usize = 40;
const WIDEST: usize = 120;

/// The two streams of the process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    color: ColorChoice,
}

impl Console {
    /// `--no-color` wins; otherwise a terminal has colour unless `NO_COLOR` is set, and what is no terminal has none.
    pub(super) fn new(no_color: bool) -> Self {
        Self { color: if no_color { ColorChoice::Never } else { ColorChoice::Auto } }
    }

    /// How a text on stdout is to look.
    pub(super) fn style(self) -> TextStyle {
        let color = AutoStream::new(io::stdout(), self.color).current_choice() != ColorChoice::Never;
        let columns = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        TextStyle { color, width: columns.clamp(NARROWEST, WIDEST) }
    }

    /// True if logs on stderr may have colours.
    pub(super) fn stderr_has_color(self) -> bool {
        AutoStream::new(io::stderr(), self.color).current_choice() != ColorChoice::Never
    }

    /// Writes the product. A reader that has gone away is no error: it has seen enough.
    pub(super) fn product(self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = AutoStream::new(io::stdout().lock(), self.color);
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    /// Says something on stderr. Where that is closed there is nobody to tell.
    pub(super) fn say(self, text: &str) {
        let mut stderr = AutoStream::new(io::stderr().lock(), self.color);
        let _ = writeln!(stderr, "{text}").and_then(|()| stderr.flush());
    }
}
