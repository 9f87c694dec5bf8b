//! Logs: `tracing` on stderr.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::arguments::LogFormat;
use super::console::Console;

/// Starts logging. `RELAY_SCRUB_LOG` (a `tracing` filter such as `debug` or `relay_scrub=trace,hyper=info`) wins over
/// `-v` and `-q`.
///
/// Only our own events follow `-v`: those of the network libraries are for who asks for them by name.
pub(super) fn start(
    level: LevelFilter,
    filter: Option<&str>,
    format: LogFormat,
    console: &Console,
) -> Result<(), String> {
    let filter = match filter {
        Some(text) => {
            EnvFilter::builder().parse(text).map_err(|error| format!("RELAY_SCRUB_LOG is no filter: {error}"))?
        }
        None => EnvFilter::new(format!("off,relay_scrub={level}")),
    };
    let above_progress = console.clone();
    let writer = move || above_progress.clone();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    match format {
        LogFormat::Json => subscriber.json().init(),
        LogFormat::Text => subscriber.with_ansi(console.stderr_has_color()).init(),
    }
    Ok(())
}

/// `-q` is errors alone, then warnings, `-v` information, `-vv` debugging, `-vvv` everything.
pub(super) fn level(verbose: u8, quiet: bool) -> LevelFilter {
    match (quiet, verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, 2) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    }
}
