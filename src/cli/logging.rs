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
            check_filter(text)?;
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

/// Refuses what a filter would take for the name of a module, and so for no events at all: a level that is misspelt, and
/// a name with a `-`, which no module has.
fn check_filter(text: &str) -> Result<(), String> {
    for directive in text.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
        let (target, level) =
            directive.rsplit_once('=').map_or((None, directive), |(target, level)| (Some(target), level));
        let is_level = level.parse::<LevelFilter>().is_ok();
        if !is_level {
            let levels = "a level is off, error, warn, info, debug or trace, as in debug or relay_scrub=debug";
            return Err(format!("RELAY_SCRUB_LOG is no filter: {levels}"));
        }
        if target.is_some_and(|target| target.contains('-')) {
            return Err("RELAY_SCRUB_LOG is no filter: modules are written with _, as in relay_scrub=debug".into());
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_would_silence_everything_by_mistake_is_refused() {
        for filter in
            ["debug", "TRACE", "off", "relay_scrub=trace,hyper=info", "warn,relay_scrub[org{org=uat}]=debug", ""]
        {
            assert_eq!(check_filter(filter), Ok(()), "{filter}");
        }
        for filter in ["loud", "relay_scrub", "relay_scrub=loud", "relay-scrub=debug", "warn,debgu"] {
            assert!(check_filter(filter).is_err(), "{filter}");
        }
    }
}
