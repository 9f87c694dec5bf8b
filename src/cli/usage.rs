//! What clap has to say: help, version, and what is wrong with a command line.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};

use crate::secrets::looks_like_one;

/// Prints help and version to stdout with 0, a usage error to stderr with 2.
pub(super) fn tell(usage: clap::Error) -> ExitCode {
    let usage = without_secrets(usage);
    // A closed stream is no error: there is nobody to tell.
    let _ = usage.print();
    ExitCode::from(if usage.use_stderr() { 2 } else { 0 })
}

/// Takes out what was typed where it may be a secret: `--jwt-key-file "$(cat key.pem)"` is easily typed, and the log of
/// a pipeline keeps what is printed.
fn without_secrets(mut usage: clap::Error) -> clap::Error {
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidValue, ContextKind::InvalidSubcommand] {
        let typed = match usage.get(kind) {
            Some(ContextValue::String(text)) => text.clone(),
            Some(ContextValue::Strings(texts)) => texts.join(" "),
            _ => continue,
        };
        if looks_like_one(&typed) {
            // No advice how to pass it as a value belongs to it either.
            usage.remove(ContextKind::Suggested);
            usage.insert(kind, ContextValue::String("(not shown, for it looks like a secret)".into()));
        }
    }
    usage
}
