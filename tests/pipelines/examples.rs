//! The examples in `docs/ci`: their own lines, run as their systems run them, with the address of the releases
//! replaced, and with a key of the JWT flow kept as the example says.

use std::collections::BTreeMap;
use std::process::Stdio;

use relay_scrub::simulator::{App, OrgSetup, SimulatedOrg, Simulator, User};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::release::Release;
use crate::support::keys::RsaKey;
use crate::support::program::{CONSUMER_KEY, USER, exposed, is_cleared, requests};

/// The two scripts of an example: the one that scrubs, and the one that only looks and fails.
struct Example {
    name: &'static str,
    shell: &'static str,
    key: Key,
    /// The JSON report, and the one for JUnit.
    reports: [&'static str; 2],
    scrub: String,
    gate: String,
}

/// How the system hands over the private key, and the variable's name.
enum Key {
    /// A file, which the variable names.
    File(&'static str),
    /// The text itself, with `\n` for its line breaks.
    Line(&'static str),
}

const REPORTS: [&str; 2] = ["relay-scrub.json", "relay-scrub.xml"];

fn examples() -> Vec<Example> {
    vec![gitlab(), azure(), bitbucket(), jenkins()]
}

fn read(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci").join(name);
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn lines(value: &Value) -> String {
    let text = |line: &Value| line.as_str().expect("a line").to_string();
    value.as_array().expect("lines").iter().map(text).collect::<Vec<_>>().join("\n")
}

/// Variables as a script that sets them.
fn variables(value: &Value) -> String {
    let plain = value.as_object().expect("variables").iter().filter(|(name, _)| !name.contains("${{"));
    plain.map(|(name, value)| format!("export {name}='{}'\n", value.as_str().expect("a text"))).collect()
}

fn gitlab() -> Example {
    let file = yaml("gitlab-ci.yml");
    let start = format!("{}{}", variables(&file["variables"]), lines(&file[".relay-scrub"]["before_script"]));
    let script = |job: &str| format!("{start}\n{}", lines(&file[job]["script"]));
    Example {
        name: "gitlab-ci.yml",
        shell: "sh",
        key: Key::File("RELAY_SCRUB_JWT_KEY_FILE"),
        reports: REPORTS,
        scrub: script("scrub sandboxes"),
        gate: script("sandboxes are clean"),
    }
}

fn azure() -> Example {
    let file = yaml("azure-pipelines.yml");
    let step = file["jobs"][0]["steps"].as_array().expect("steps").iter().find_map(|step| step["bash"].as_str());
    let set = &file["variables"];
    let script = |case: &str| {
        let mode = &set[case]["RELAY_SCRUB_MODE"];
        format!(
            "{}export RELAY_SCRUB_MODE='{}'\n{}",
            variables(set),
            mode.as_str().expect("a mode"),
            step.expect("bash")
        )
    };
    Example {
        name: "azure-pipelines.yml",
        shell: "bash",
        key: Key::Line("RELAY_SCRUB_JWT_KEY"),
        reports: REPORTS,
        scrub: script("${{ if eq(variables['Build.Reason'], 'Schedule') }}"),
        gate: script("${{ else }}"),
    }
}

fn bitbucket() -> Example {
    let file = yaml("bitbucket-pipelines.yml");
    let script = |steps: &Value| lines(&steps[0]["step"]["script"]);
    Example {
        name: "bitbucket-pipelines.yml",
        shell: "bash",
        key: Key::Line("RELAY_SCRUB_JWT_KEY"),
        reports: [REPORTS[0], "test-results/relay-scrub.xml"],
        scrub: script(&file["pipelines"]["custom"]["scrub-sandboxes"]),
        gate: script(&file["pipelines"]["default"]),
    }
}

fn jenkins() -> Example {
    let file = read("Jenkinsfile");
    let environment = file.lines().filter_map(|line| line.trim().split_once(" = '"));
    let environment: String = environment.map(|(name, value)| format!("export {name}='{value}\n")).collect();
    // Groovy reads a backslash at the end of a line in '''…''' as one that joins the next.
    let scripts: Vec<String> = file.split("'''").skip(1).step_by(2).map(|text| text.replace("\\\n", "")).collect();
    let [fetch, scrub, gate] = &scripts[..] else { panic!("three scripts: {scripts:?}") };
    Example {
        name: "Jenkinsfile",
        shell: "sh",
        key: Key::File("JWT_KEY_FILE"),
        reports: REPORTS,
        scrub: format!("{environment}{fetch}\n{scrub}"),
        gate: format!("{environment}{fetch}\n{gate}"),
    }
}

/// A key of the JWT flow, and the org that it opens.
struct Desk {
    simulator: Simulator,
    key: RsaKey,
}

impl Desk {
    async fn new() -> Self {
        Self { simulator: Simulator::start().await.expect("a simulator"), key: RsaKey::generate() }
    }

    async fn exposed_org(&self) -> SimulatedOrg {
        let app = App::external(CONSUMER_KEY).public_key(&self.key.certificate);
        let setup = OrgSetup::sandbox("uat").user(User::new(USER)).app(app).relay(exposed());
        self.simulator.add_org(setup).await.expect("an org")
    }

    /// Runs a script of the example in a workspace, with the key where the example's head says; its exit code.
    async fn run(&self, example: &Example, script: &str, release: &Release, (org, workspace): Place<'_>) -> i32 {
        let defaults = format!("[defaults]\nauth = \"jwt\"\nclient_id = \"{CONSUMER_KEY}\"\n");
        let section = format!("[orgs.uat]\ninstance_url = \"{}\"\nusername = \"{USER}\"\n", org.url());
        std::fs::write(workspace.path().join("relay-scrub.toml"), defaults + &section).expect("a configuration");
        let script = example.with_releases_at(script, release.address());
        let kept: BTreeMap<_, _> = std::env::vars().filter(|(name, _)| name == "PATH").collect();
        let elsewhere = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(example.shell);
        command.args(["-e", "-c", &script]).env_clear().envs(kept).current_dir(workspace.path()).stdin(Stdio::null());
        command.env("HOME", elsewhere.path()).env("CI", "true");
        match example.key {
            Key::File(variable) => {
                let path = elsewhere.path().join("relay-scrub.pem");
                std::fs::write(&path, &self.key.private).expect("the key");
                command.env(variable, path)
            }
            Key::Line(variable) => command.env(variable, self.key.private.replace('\n', "\\n")),
        };
        let output = command.output().await.expect("a shell");
        output.status.code().unwrap_or_else(|| panic!("{output:?}"))
    }
}

/// The org of a run, and the folder in which it runs.
type Place<'a> = (&'a SimulatedOrg, &'a TempDir);

impl Example {
    /// The script, fetching from here.
    fn with_releases_at(&self, script: &str, address: &str) -> String {
        let theirs = concat!(env!("CARGO_PKG_REPOSITORY"), "/releases/download");
        assert!(script.contains(theirs), "{}", self.name);
        script.replace(theirs, address)
    }

    /// A workspace that still has the reports of an earlier run, as runners of one's own keep them.
    fn used_workspace(&self) -> TempDir {
        let workspace = tempfile::tempdir().expect("a folder");
        for report in self.reports {
            let path = workspace.path().join(report);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, "\"outcome\": \"cleared\"").expect("an old report");
        }
        workspace
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_fetch_gate_and_scrub_as_they_say() {
    let desk = Desk::new().await;
    let release = Release::start().await;
    for example in examples() {
        let (org, workspace) = (desk.exposed_org().await, example.used_workspace());
        let read = |report: &str| std::fs::read_to_string(workspace.path().join(report)).expect(report);
        let code = desk.run(&example, &example.gate, &release, (&org, &workspace)).await;
        assert_eq!((code, is_cleared(&org.relays()[0])), (10, false), "{}", example.name);
        let code = desk.run(&example, &example.scrub, &release, (&org, &workspace)).await;
        assert_eq!((code, is_cleared(&org.relays()[0])), (0, true), "{}", example.name);
        let [report, junit] = example.reports.map(read);
        assert!(report.contains("\"outcome\": \"cleared\""), "{}: {report}", example.name);
        assert!(junit.contains("<testsuite name=\"uat\""), "{}: {junit}", example.name);
        let code = desk.run(&example, &example.gate, &release, (&org, &workspace)).await;
        assert_eq!(code, 0, "{}", example.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_run_nothing_whose_checksum_is_wrong_and_leave_no_report_of_an_earlier_run() {
    let desk = Desk::new().await;
    let wrong = [format!("{}  {}\n", "0".repeat(64), Release::archive()), format!("{}  another\n", "0".repeat(64))];
    for checksums in wrong {
        let release = Release::with_checksums(&checksums).await;
        for example in examples() {
            for script in [&example.scrub, &example.gate] {
                let (org, workspace) = (desk.exposed_org().await, example.used_workspace());
                let code = desk.run(&example, script, &release, (&org, &workspace)).await;
                assert_eq!((code, requests(&org)), (1, 0), "{}", example.name);
                for report in example.reports {
                    assert!(!workspace.path().join(report).exists(), "{}: {report} is an old one", example.name);
                }
            }
        }
    }
}

#[test]
fn jenkins_takes_no_result_that_is_older_than_its_build() {
    let file = read("Jenkinsfile");
    let steps: Vec<_> = file.lines().map(str::trim).filter(|line| line.starts_with("junit ")).collect();
    assert!(!steps.is_empty() && steps.iter().all(|step| step.contains("skipOldReports: true")), "{steps:?}");
}

#[test]
fn gitlab_runs_a_job_only_where_a_protected_variable_is_there() {
    let file = yaml("gitlab-ci.yml");
    for job in ["scrub sandboxes", "sandboxes are clean"] {
        let rules = file[job]["rules"].as_array().expect("rules");
        for rule in rules.iter().map(|rule| rule["if"].as_str().expect("a condition")) {
            assert!(rule.contains("$CI_COMMIT_REF_PROTECTED == \"true\""), "{job}: {rule}");
        }
    }
}
