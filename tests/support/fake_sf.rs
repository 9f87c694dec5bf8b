//! A program called `sf` that says what a test wants, and notes how it was called.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::unix::pipe::{OpenOptions, Receiver};

/// What one command of it says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Says {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Says {
    /// A result, as `--json` prints it.
    pub(crate) fn result(result: &Value) -> Self {
        let stdout = json!({"status": 0, "result": result, "warnings": []}).to_string();
        Self { stdout, ..Self::default() }
    }

    /// An error, as `--json` prints it.
    pub(crate) fn error(name: &str, message: &str) -> Self {
        let stdout = json!({"status": 1, "name": name, "message": message, "exitCode": 1, "warnings": []}).to_string();
        Self { stdout, code: 1, ..Self::default() }
    }

    /// What every version says of a command that it does not have.
    pub(crate) fn unknown_command() -> Self {
        let stderr = " ›   Warning: org auth show-access-token is not a sf command.\n ›   Error: Run sf help org for a \
                      list of available commands.\n";
        Self { stderr: stderr.into(), code: 127, ..Self::default() }
    }
}

/// The program, in a folder of its own.
pub(crate) struct FakeSf {
    folder: TempDir,
}

impl FakeSf {
    /// A program that answers `org display` and `org auth show-access-token` so.
    pub(crate) fn new(display: &Says, token: &Says) -> Self {
        let sf = Self { folder: tempfile::tempdir().expect("a folder") };
        sf.say("display", display);
        sf.say("token", token);
        let here = sf.folder.path().display();
        sf.script(&format!(
            "#!/bin/sh\n\
             printf '%s\\n' \"$*\" >>'{here}/calls'\n\
             env >>'{here}/environment'\n\
             case \"$2\" in display) name=display ;; *) name=token ;; esac\n\
             cat '{here}'/$name.stderr >&2\n\
             cat '{here}'/$name.stdout\n\
             exit \"$(cat '{here}'/$name.code)\"\n"
        ));
        sf
    }

    /// A program that reads from a pipe into which nobody writes. As long as it runs it holds the other pipe open,
    /// whose end comes back.
    pub(crate) fn hanging() -> (Self, Receiver) {
        let sf = Self { folder: tempfile::tempdir().expect("a folder") };
        let here = sf.folder.path();
        let made = std::process::Command::new("mkfifo").args([here.join("never"), here.join("alive")]).status();
        assert!(made.is_ok_and(|status| status.success()), "two pipes");
        let alive = OpenOptions::new().open_receiver(here.join("alive")).expect("a pipe");
        sf.script(&format!("#!/bin/sh\nexec 3>'{0}/alive'\nexec cat '{0}/never'\n", here.display()));
        (sf, alive)
    }

    /// What a command says from now on.
    pub(crate) fn say(&self, name: &str, says: &Says) {
        let write = |ending: &str, text: &str| {
            std::fs::write(self.folder.path().join(format!("{name}.{ending}")), text).expect("a file");
        };
        write("stdout", &says.stdout);
        write("stderr", &says.stderr);
        write("code", &says.code.to_string());
    }

    /// Value for `PATH`.
    pub(crate) fn path(&self) -> String {
        format!("{}:/usr/bin:/bin", self.folder.path().display())
    }

    /// The file that the command's next answer is read from.
    pub(crate) fn stdout_of(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.stdout"))
    }

    /// The arguments of each call so far.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.noted("calls").lines().map(str::to_string).collect()
    }

    /// The environment of all calls so far.
    pub(crate) fn environment(&self) -> String {
        self.noted("environment")
    }

    fn noted(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    fn script(&self, text: &str) {
        let path = self.folder.path().join("sf");
        std::fs::write(&path, text).expect("a program");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("permissions");
    }
}
