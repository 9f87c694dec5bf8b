//! A defect that panics: where it was is told, and what it said is not, for that could hold anything.

use std::panic;

use super::console::Console;

/// Replaces the message that the standard library would print.
pub(super) fn tell_place_alone(console: Console) {
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map_or_else(|| "an unknown place".to_string(), ToString::to_string);
        console.say(&format!("This is a defect of relay-scrub: it panicked at {place}. Please report it."));
    }));
}
