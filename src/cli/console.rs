//! The only writer to stdout and stderr. stdout is the product, stderr the conversation.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use indicatif::{MultiProgress, ProgressDrawTarget};

use crate::output::text::TextStyle;

/// The narrowest and the widest that a text is wrapped to.
const NARROWEST: usize = 40;
const WIDEST: usize = 120;

/// The two streams of the process. What is said while progress is drawn goes above it.
#[derive(Clone, Debug)]
pub(super) struct Console {
    color: ColorChoice,
    progress: MultiProgress,
}

impl Console {
    /// `--no-color` wins; otherwise a terminal has colour unless `NO_COLOR` is set, and what is no terminal has none.
    pub(super) fn new(no_color: bool) -> Self {
        let color = if no_color { ColorChoice::Never } else { ColorChoice::Auto };
        Self { color, progress: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()) }
    }

    /// How a text on stdout is to look.
    pub(super) fn style(&self) -> TextStyle {
        let color = AutoStream::new(io::stdout(), self.color).current_choice() != ColorChoice::Never;
        let columns = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        TextStyle { color, width: columns.clamp(NARROWEST, WIDEST) }
    }

    /// True if logs on stderr may have colours.
    pub(super) fn stderr_has_color(&self) -> bool {
        AutoStream::new(io::stderr(), self.color).current_choice() != ColorChoice::Never
    }

    /// Writes the product. A reader that has gone away is no error: it has seen enough.
    pub(super) fn product(&self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = AutoStream::new(io::stdout().lock(), self.color);
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    /// Says something on stderr. Where that is closed there is nobody to tell.
    pub(super) fn say(&self, text: &str) {
        self.progress.suspend(|| {
            let mut stderr = AutoStream::new(io::stderr().lock(), self.color);
            let _ = writeln!(stderr, "{text}").and_then(|()| stderr.flush());
        });
    }

    /// Says something on stderr and leaves the cursor behind it, for an answer to be typed there.
    pub(super) fn ask(&self, question: &str) {
        let mut stderr = AutoStream::new(io::stderr().lock(), self.color);
        let _ = write!(stderr, "{question}").and_then(|()| stderr.flush());
    }

    /// True if a person sits at both ends: one who reads what is said, and can answer.
    pub(super) fn has_a_person(&self) -> bool {
        self.is_in_a_terminal() && io::stderr().is_terminal()
    }

    /// True if the program is used in a terminal, whether or not what is said is read there.
    pub(super) fn is_in_a_terminal(&self) -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Where progress is drawn, and how many rows there are for it; nothing where stderr is no terminal.
    pub(super) fn progress(&self) -> Option<(MultiProgress, usize)> {
        let rows = terminal_size::terminal_size_of(io::stderr()).map_or(24, |(_, height)| usize::from(height.0));
        io::stderr().is_terminal().then(|| {
            self.progress.set_draw_target(ProgressDrawTarget::stderr());
            (self.progress.clone(), rows)
        })
    }
}

/// For logs: an event is written whole, above the progress. Where stderr is closed there is nobody to tell, and no error:
/// whoever logs would report it to stderr, and panic there.
impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.progress.suspend(|| {
            let mut stderr = io::stderr().lock();
            let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
