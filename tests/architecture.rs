//! The structure of the program, held against its documentation in `src/lib.rs`.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use self::source::{Source, sources};

/// What a module may use, by its name. The same table stands in the documentation of `src/lib.rs`.
const LAYERS: [(&str, &[&str]); 14] = [
    ("domain", &[]),
    ("secrets", &[]),
    ("simulator", &[]),
    ("config", &["domain", "secrets"]),
    ("salesforce", &["domain", "secrets"]),
    ("output", &["domain", "secrets"]),
    ("setup", &["domain"]),
    ("scrub", &["domain", "salesforce", "secrets", "config"]),
    ("login", &["domain", "salesforce", "secrets", "config"]),
    ("doctor", &["domain", "salesforce", "scrub"]),
    ("fleet", &["domain", "config", "secrets", "salesforce", "scrub"]),
    ("audit", &["domain", "salesforce", "scrub", "fleet"]),
    ("server", &["domain", "config", "secrets", "salesforce", "scrub", "output"]),
    (
        "cli",
        &[
            "domain",
            "secrets",
            "config",
            "salesforce",
            "output",
            "setup",
            "scrub",
            "login",
            "audit",
            "doctor",
            "fleet",
            "server",
        ],
    ),
];

/// Files that use a module beyond their layer.
const EXCEPTIONS: [(&str, &str); 1] = [("cli/demo.rs", "simulator")];

/// Files that write to stdout or stderr: the console; logs; and clap, which prints what it has to say itself.
const WRITERS: [&str; 3] = ["cli/console.rs", "cli/logging.rs", "cli/usage.rs"];

/// Files that look into a secret, and why.
const EXPOSERS: &[(&str, &str)] = &[
    ("cli/jobs/service.rs", "sends the admin token"),
    ("config/database.rs", "reads the database's address from its file, and gives it to the queue"),
    ("config/environment.rs", "gives the text of a variable to whoever asks for it by name"),
    ("config/login.rs", "checks its characters"),
    ("config/service.rs", "checks the characters of the admin token"),
    ("config/private_key.rs", "checks the key, and gives it its lines back"),
    ("login/listener.rs", "compares the state that a callback brings"),
    ("salesforce/auth/authorization_code.rs", "sends the code"),
    ("salesforce/auth/jwt.rs", "signs, and sends the assertion"),
    ("salesforce/auth/mod.rs", "reads the org's id in an access token"),
    ("salesforce/auth/refresh_token.rs", "sends it"),
    ("salesforce/auth/revoke.rs", "sends the token that is to end"),
    ("salesforce/auth/salesforce_cli.rs", "reads the org's id in an access token"),
    ("salesforce/auth/token.rs", "sends the client secret"),
    ("salesforce/client.rs", "sends the session's token"),
    ("salesforce/echo.rs", "looks for it in answers, to hide it there"),
    ("salesforce/posture/soap.rs", "puts the session into the SOAP envelope, where the Metadata API wants it"),
    ("secrets/kept_login.rs", "turns a login into the text that is kept, and back"),
    ("secrets/keyring.rs", "hands it to the system's keyring, and takes it from there"),
    ("secrets/refresh_token.rs", "writes a new refresh token to its file"),
    ("secrets/sfdx_auth_url.rs", "takes the URL apart, and puts it together"),
    ("secrets/webhook_secret.rs", "tells whether it is one"),
    ("server/admin/session.rs", "compares the admin token, and signs cookies with it"),
    ("server/queue/open.rs", "connects to the database"),
    ("server/signature.rs", "makes the key of it"),
];

const LONGEST_FILE: usize = 400;

/// Every use of another module that the layers forbid, as `file:line: module uses module`.
fn forbidden_uses(source: &Source) -> Vec<String> {
    let own = source.module();
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == own) else {
        let is_root = matches!(source.path.as_str(), "lib.rs" | "main.rs");
        return if is_root { Vec::new() } else { vec![format!("{}: {own} stands in no layer", source.path)] };
    };
    let used = source.uses().into_iter().filter(|(_, used)| {
        used != own && !allowed.contains(&used.as_str()) && !EXCEPTIONS.contains(&(source.path.as_str(), used.as_str()))
    });
    used.map(|(line, used)| format!("{}:{line}: {own} must not use {used}", source.path)).collect()
}

/// Lines of the code that have one of these texts, as `file:line: text`.
fn lines_with(source: &Source, texts: &[&str]) -> Vec<String> {
    let found = |(number, line): (usize, &str)| {
        texts.iter().find(|text| line.contains(**text)).map(|text| format!("{}:{}: {text}", source.path, number + 1))
    };
    source.code.lines().enumerate().filter_map(found).collect()
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn modules_use_only_what_their_layer_allows() {
    assert_none(&sources().iter().flat_map(forbidden_uses).collect::<Vec<_>>());
}

#[test]
fn every_module_stands_in_a_layer_and_every_layer_is_a_module() {
    let modules: BTreeSet<String> = sources().iter().map(|source| source.module().to_string()).collect();
    let layers = LAYERS.iter().map(|(name, _)| (*name).to_string()).chain(["lib".into(), "main".into()]);
    assert_eq!(modules, layers.collect());
}

#[test]
fn the_documentation_of_the_layers_is_the_table_of_this_test() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("src/lib.rs");
    let documented = documented_layers(&text);
    let tested: BTreeMap<String, BTreeSet<String>> = LAYERS
        .iter()
        .map(|(name, allowed)| ((*name).to_string(), allowed.iter().map(ToString::to_string).collect()))
        .collect();
    assert_eq!(documented, tested);
    assert!(text.contains("only `cli/demo.rs` uses simulator"));
}

/// The table of a documentation: `| level | [`a`], [`b`] | c, d |`.
fn documented_layers(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut layers = BTreeMap::new();
    let mut above = BTreeSet::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let cells: Vec<&str> = line.trim_end_matches('|').split(" | ").map(str::trim).collect();
        let [level, modules, allowed] = cells[..] else { panic!("a row of another shape: {line}") };
        if !level.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        let modules: Vec<String> = modules.split(", ").map(|name| name.trim_matches(['[', ']', '`']).into()).collect();
        let allowed: BTreeSet<String> = match allowed.split("; ").next() {
            Some("nothing of ours") => BTreeSet::new(),
            Some("all of the above") => above.iter().filter(|name| *name != "simulator").cloned().collect(),
            other => other.unwrap_or_default().split(", ").map(String::from).collect(),
        };
        above.extend(modules.iter().cloned());
        layers.extend(modules.into_iter().map(|module| (module, allowed.clone())));
    }
    layers
}

#[test]
fn only_the_console_writes_to_the_streams() {
    let streams =
        ["stdout()", "stderr()", "io::stdout", "io::stderr", "println!", "eprint", "print!", "dbg!", ".print("];
    let others = sources().into_iter().filter(|source| !WRITERS.contains(&source.path.as_str()));
    assert_none(&others.flat_map(|source| lines_with(&source, &streams)).collect::<Vec<_>>());
}

#[test]
fn the_process_ends_in_main_alone() {
    let ends = ["process::exit", "process::abort", "exit("];
    assert_none(&sources().iter().flat_map(|source| lines_with(source, &ends)).collect::<Vec<_>>());
    let main = sources().into_iter().find(|source| source.path == "main.rs").expect("main.rs");
    assert!(main.text.lines().count() < 20, "main.rs is more than a signature");
}

#[test]
fn a_secret_is_exposed_only_where_it_is_needed() {
    let exposers: BTreeSet<String> = sources()
        .into_iter()
        .filter(|source| {
            source.module() != "simulator" && !lines_with(source, &[".expose(", "expose_secret"]).is_empty()
        })
        .map(|source| source.path)
        .collect();
    let expected = EXPOSERS.iter().map(|(path, _)| (*path).to_string()).chain(["secrets/secret.rs".into()]);
    assert_eq!(exposers, expected.collect(), "a file more: is it needed? a file less: take it from the list");
}

#[test]
fn nothing_is_left_undone_and_nothing_panics_by_negligence() {
    let marks = ["todo!", "unimplemented!", ".unwrap()", "unsafe ", "#[allow("];
    assert_none(&sources().iter().flat_map(|source| lines_with(source, &marks)).collect::<Vec<_>>());
    let notes = sources().into_iter().filter(|source| ["TODO", "FIXME", "XXX"].iter().any(|n| source.text.contains(n)));
    assert_none(&notes.map(|source| source.path).collect::<Vec<_>>());
}

#[test]
fn no_file_is_longer_than_one_noun_needs() {
    let long = sources().into_iter().filter(|source| source.text.lines().count() > LONGEST_FILE);
    assert_none(&long.map(|source| source.path).collect::<Vec<_>>());
}

#[test]
fn planted_violations_are_found() {
    let found = |path: &str, text: &str| forbidden_uses(&Source::new(path, text));
    let forbidden = [
        (
            "domain/plan.rs",
            "fn f() {\n    crate::output::text::write();\n}",
            "domain/plan.rs:2: domain must not use output",
        ),
        ("domain/plan.rs", "use crate::salesforce::Client;", "domain/plan.rs:1: domain must not use salesforce"),
        (
            "config/file.rs",
            "use crate::{\n    domain::id,\n    fleet,\n};",
            "config/file.rs:1: config must not use fleet",
        ),
        ("scrub/mod.rs", "use crate::{domain::{id, plan}, cli::run};", "scrub/mod.rs:1: scrub must not use cli"),
        ("output/text.rs", "use super::super::fleet::run;", "output/text.rs:1: output must not use fleet"),
        ("fleet.rs", "use super::output;", "fleet.rs:1: fleet must not use output"),
        (
            "salesforce/auth/jwt.rs",
            "use super::super::super::scrub;",
            "salesforce/auth/jwt.rs:1: salesforce must not use scrub",
        ),
        ("salesforce/mod.rs", "pub use super::config::Config;", "salesforce/mod.rs:1: salesforce must not use config"),
        ("simulator/org.rs", "use crate::domain::id;", "simulator/org.rs:1: simulator must not use domain"),
        ("cli/scrub.rs", "use crate::simulator::Simulator;", "cli/scrub.rs:1: cli must not use simulator"),
        ("fleet.rs", "use relay_scrub::cli;", "fleet.rs:1: fleet must not use cli"),
        ("extra/mod.rs", "", "extra/mod.rs: extra stands in no layer"),
    ];
    for (path, text, expected) in forbidden {
        assert_eq!(found(path, text), [expected], "{text}");
    }
    let allowed = [
        ("cli/demo.rs", "use crate::simulator::Simulator;"),
        ("domain/plan.rs", "// crate::output\n/* crate::fleet */ fn f() { let a = \"crate::cli\"; let b = 'c'; }"),
        ("domain/plan.rs", "fn f() { r#\"use crate::cli \"quoted\" here\"#; }"),
        ("domain/plan.rs", "use super::output_like;"),
        (
            "salesforce/auth/jwt.rs",
            "use super::token;\nuse super::super::client;\nuse crate::{domain::id, secrets::Secret};",
        ),
    ];
    for (path, text) in allowed {
        assert_none(&found(path, text));
    }
    let source = Source::new(
        "scrub/clear.rs",
        "fn f() {\n    x.unwrap();\n}\n#[cfg(test)]\nmod tests {\n    fn g() { y.unwrap(); }\n}",
    );
    assert_eq!(lines_with(&source, &[".unwrap()"]), ["scrub/clear.rs:2: .unwrap()"]);
}
