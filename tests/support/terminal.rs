//! The built program in a terminal of its own, as a person sees it.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, ExitStatus, PtyPair, PtySize, native_pty_system};
use relay_scrub::simulator::SimulatedOrg;

use super::program::{CONSUMER_KEY, CONSUMER_SECRET};

/// A test that waits longer for a text has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program in a terminal of 80 columns.
pub(crate) struct Terminal {
    pty: PtyPair,
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    /// `scrub` of one org with client credentials, further arguments, and further variables.
    pub(crate) fn scrub(org: &SimulatedOrg, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let line = ["scrub", "--instance-url", org.url(), "--client-id", CONSUMER_KEY];
        let variables = [&[("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)], variables].concat();
        Self::of(&[&line[..], arguments].concat(), &variables, &std::env::temp_dir())
    }

    /// `scrub` of one org, with one argument more where that is not empty; what it says goes to `errors.log` in a folder.
    pub(crate) fn scrub_with_errors_elsewhere(org: &SimulatedOrg, argument: &str, folder: &Path) -> Self {
        let mut command = CommandBuilder::new("/bin/sh");
        command.env_clear();
        command.args(["-c", "exec \"$@\" 2>errors.log", "sh", env!("CARGO_BIN_EXE_relay-scrub")]);
        command.args(["scrub", "--instance-url", org.url(), "--client-id", CONSUMER_KEY]);
        command.args(Some(argument).filter(|argument| !argument.is_empty()));
        command.env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET);
        command.env("TERM", "xterm");
        command.cwd(folder);
        Self::start(command)
    }

    /// The program with these arguments and variables, in a folder.
    pub(crate) fn of(arguments: &[&str], variables: &[(&str, &str)], folder: &Path) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_relay-scrub"));
        command.env_clear();
        command.args(arguments);
        command.env("TERM", "xterm");
        command.env("NO_COLOR", "1");
        variables.iter().for_each(|(name, value)| command.env(name, value));
        command.cwd(folder);
        Self::start(command)
    }

    /// Any program.
    pub(crate) fn start(command: CommandBuilder) -> Self {
        let size = PtySize { rows: 50, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a terminal");
        let child = pty.slave.spawn_command(command).expect("the program starts");
        let keyboard = pty.master.take_writer().expect("a keyboard");
        let mut reader = pty.master.try_clone_reader().expect("a screen");
        let (send, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if send.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { pty, child, keyboard, screen, seen: String::new() }
    }

    /// Waits until the screen has shown a text since the last time, and returns all that was shown up to there.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            if let Some(end) = self.seen.find(text) {
                let shown = self.seen[..end + text.len()].to_string();
                self.seen.drain(..end + text.len());
                return shown;
            }
            let bytes = self.screen.recv_timeout(PATIENCE);
            let bytes = bytes.unwrap_or_else(|error| panic!("{error} waiting for {text:?} after {:?}", self.seen));
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    /// Types a text.
    pub(crate) fn enter(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("typed");
        self.keyboard.flush().expect("typed");
    }

    /// Waits for the end, and returns the exit code and all that was shown since the last time.
    pub(crate) fn end(mut self) -> (u32, String) {
        let status: ExitStatus = self.child.wait().expect("the program ends");
        drop(self.pty.slave);
        drop(self.keyboard);
        drop(self.pty.master);
        let rest = self.screen.iter().flatten().collect::<Vec<u8>>();
        (status.exit_code(), self.seen + &String::from_utf8_lossy(&rest))
    }
}
