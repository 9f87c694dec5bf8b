//! The part of GitHub's runner that a composite action of scripts needs.
//!
//! How it runs a script, which files it reads afterwards, and that of two outputs of one name the later counts:
//! `ScriptHandlerHelpers.cs`, `FileCommandManager.cs` and `CompositeActionHandler.cs` of `actions/runner`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use serde::Deserialize;
use tempfile::TempDir;
use tokio::process::Command;

/// An action's file.
#[derive(Deserialize)]
pub(super) struct Action {
    pub(super) inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, Output>,
    pub(super) runs: Runs,
}

#[derive(Deserialize)]
pub(super) struct Input {
    default: String,
}

#[derive(Deserialize)]
struct Output {
    value: String,
}

#[derive(Deserialize)]
pub(super) struct Runs {
    using: String,
    pub(super) steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    #[serde(rename = "name")]
    _name: String,
    id: String,
    pub(super) shell: String,
    env: BTreeMap<String, String>,
    pub(super) run: String,
}

/// The action as it stands.
pub(super) fn action() -> Action {
    let text = std::fs::read_to_string(root().join("action.yml")).expect("action.yml");
    let action: Action = serde_saphyr::from_str(&text).expect("an action of scripts");
    assert_eq!(action.runs.using, "composite");
    action
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A job with one step that uses the action.
pub(super) struct Job {
    inputs: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    workspace: TempDir,
    temporary: TempDir,
}

/// How the step ended, and what it left.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) outputs: BTreeMap<String, String>,
    /// stdout and stderr of its scripts: the job's log.
    pub(super) said: String,
    pub(super) summary: String,
    /// What it put in front of the PATH of later steps.
    pub(super) path: Vec<String>,
    pub(super) workspace: TempDir,
    temporary: TempDir,
}

impl Job {
    pub(super) fn new() -> Self {
        let folder = || tempfile::tempdir().expect("a folder");
        let (workspace, temporary) = (folder(), folder());
        let arch = match std::env::consts::ARCH {
            "aarch64" => "ARM64",
            _ => "X64",
        };
        let os = if cfg!(target_os = "macos") { "macOS" } else { "Linux" };
        let named = [
            ("CI", "true".to_string()),
            ("GITHUB_ACTIONS", "true".into()),
            ("GITHUB_WORKSPACE", workspace.path().display().to_string()),
            ("HOME", workspace.path().display().to_string()),
            ("PATH", std::env::var("PATH").expect("a PATH")),
            ("RUNNER_ARCH", arch.into()),
            ("RUNNER_OS", os.into()),
            ("RUNNER_TEMP", temporary.path().display().to_string()),
        ];
        let environment = named.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        Self { inputs: BTreeMap::new(), environment, workspace, temporary }
    }

    /// A value under `with`.
    pub(super) fn input(mut self, name: &str, value: impl Into<String>) -> Self {
        self.inputs.insert(name.into(), value.into());
        self
    }

    /// A value under `env`.
    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    pub(super) fn runner_arch(self, arch: &str) -> Self {
        self.env("RUNNER_ARCH", arch).env("RUNNER_OS", "Linux")
    }

    /// Puts a file into the workspace.
    pub(super) fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.workspace.path().join(name), text).expect("a file of the workspace");
        self
    }

    pub(super) async fn run(mut self) -> Ended {
        let action = action();
        for name in self.inputs.keys() {
            assert!(action.inputs.contains_key(name), "the action has no input {name}");
        }
        for (name, input) in &action.inputs {
            self.inputs.entry(name.clone()).or_insert_with(|| input.default.clone());
        }
        let mut steps: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let (mut said, mut summary, mut path, mut code) = (String::new(), String::new(), Vec::new(), 0);
        for step in &action.runs.steps {
            let files = Files::new(&self.temporary, &step.id);
            let mut command = self.command(step, &files);
            command.envs(step.env.iter().map(|(name, value)| (name, evaluate(value, &self.inputs, &steps))));
            let output = command.output().await.expect("bash runs");
            for stream in [&output.stdout, &output.stderr] {
                said += std::str::from_utf8(stream).expect("the log is UTF-8");
            }
            steps.insert(step.id.clone(), pairs(&files.read("output")));
            summary += &files.read("summary");
            path.extend(files.read("path").lines().map(String::from));
            code = output.status.code().expect("it was not killed");
            if code != 0 {
                break;
            }
        }
        let outputs = action.outputs.iter();
        let outputs = outputs.map(|(name, output)| (name.clone(), evaluate(&output.value, &self.inputs, &steps)));
        let outputs = outputs.collect();
        Ended { code, outputs, said, summary, path, workspace: self.workspace, temporary: self.temporary }
    }

    fn command(&self, step: &Step, files: &Files) -> Command {
        let script = files.path("script.sh");
        std::fs::write(&script, &step.run).expect("the script");
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(script);
        command.current_dir(self.workspace.path()).stdin(Stdio::null()).env_clear().envs(&self.environment);
        command.env("GITHUB_ACTION_PATH", root());
        for (variable, file) in [("OUTPUT", "output"), ("STEP_SUMMARY", "summary"), ("PATH", "path"), ("ENV", "env")] {
            command.env(format!("GITHUB_{variable}"), files.path(file));
        }
        command
    }
}

/// The files that a step writes to.
struct Files(std::path::PathBuf);

impl Files {
    fn new(temporary: &TempDir, step: &str) -> Self {
        let folder = temporary.path().join("_runner_file_commands").join(step);
        std::fs::create_dir_all(&folder).expect("a folder");
        for name in ["output", "summary", "path", "env"] {
            std::fs::write(folder.join(name), "").expect("a file");
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file of the step")
    }
}

/// The outputs in a file of `name=value` lines; the runner fails the step at a line of another form.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("not an output: {line}"));
        assert!(!name.contains("<<"), "{line}");
        (name.to_string(), value.to_string())
    };
    text.lines().filter(|line| !line.is_empty()).map(pair).collect()
}

/// The value of a text that is one expression: an input, or an output of a step.
fn evaluate(
    text: &str,
    inputs: &BTreeMap<String, String>,
    steps: &BTreeMap<String, BTreeMap<String, String>>,
) -> String {
    let expression = text.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}")).expect("one expression");
    match expression.split('.').collect::<Vec<_>>()[..] {
        ["inputs", name] => inputs.get(name).unwrap_or_else(|| panic!("no input {name}")).clone(),
        // A step that was not run has no outputs, and GitHub makes an empty text of what is not there.
        ["steps", id, "outputs", name] => steps.get(id).and_then(|step| step.get(name)).cloned().unwrap_or_default(),
        _ => panic!("an expression that is not known here: {text}"),
    }
}

impl Ended {
    /// The files of this name, anywhere below the workspace and the runner's temporary folder.
    pub(super) fn found(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.workspace.path().to_path_buf(), self.temporary.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_some_and(|file| file == name) {
                    found.push(path.display().to_string());
                }
            }
        }
        found
    }
}
