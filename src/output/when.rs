//! Points in time as people say them.

use jiff::{Timestamp, Unit};

/// "in 12 min", "3 h ago", "now": how far a point in time is from this one, in the largest unit that says enough.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.as_second() - now.as_second();
    match (seconds, span(seconds.unsigned_abs())) {
        (0, _) => "now".into(),
        (1.., span) => format!("in {span}"),
        (_, span) => format!("{span} ago"),
    }
}

/// "2026-11-23 09:00:00 UTC".
pub fn absolute(at: Timestamp) -> String {
    let at = at.round(Unit::Second).unwrap_or(at);
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Minutes are rounded to the nearest, hours and days are not: who reads "2 d" must not come a day late.
fn span(seconds: u64) -> String {
    let (minutes, hours) = ((seconds + 30) / 60, seconds / 3600);
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5_400 => format!("{minutes} min"),
        5_400..259_200 => format!("{hours} h"),
        _ => format!("{} d", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_in_time_is_said_in_the_unit_that_fits() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().expect("a time");
        let table = [
            ("2026-11-23T09:00:00.9Z", "now"),
            ("2026-11-23T09:00:45Z", "in 45 s"),
            ("2026-11-23T09:12:10Z", "in 12 min"),
            ("2026-11-23T10:29:00Z", "in 89 min"),
            ("2026-11-23T10:59:00Z", "in 1 h"),
            ("2026-11-26T08:59:00Z", "in 71 h"),
            ("2026-11-27T08:59:00Z", "in 3 d"),
            ("2026-11-23T08:59:50Z", "10 s ago"),
            ("2026-11-22T20:00:00Z", "13 h ago"),
            ("2026-10-23T09:00:00Z", "31 d ago"),
        ];
        for (at, said) in table {
            assert_eq!(relative(at.parse().expect("a time"), now), said, "{at}");
        }
        assert_eq!(absolute(now), "2026-11-23 09:00:00 UTC");
    }
}
