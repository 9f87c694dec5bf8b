//! What an audit found: a check, what was seen of it, and how grave that is.

use std::fmt;

/// A question that an audit asks of every org. Its texts are those of `docs/audit.md` and of the report.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// Its stable name.
    pub id: &'static str,
    /// The question.
    pub asks: &'static str,
    /// What it is answered from.
    pub reads: &'static str,
    /// What that does not show.
    pub cannot_see: &'static str,
    /// What the advice is, and why.
    pub advice: &'static str,
    /// Where it is changed.
    pub fix: &'static str,
    /// The page that the advice is from.
    pub link: &'static str,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As the advice wants it.
    Ok,
    /// There is nothing here that the question could be about.
    NotApplicable,
    /// It could not be told.
    NotChecked(Gap),
    /// Worth knowing.
    Info,
    /// Against the advice.
    Warn,
    /// Against the advice, and it exposes credentials or mail, or loses mail.
    Fail,
}

/// Why something could not be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Neither an API nor a look from outside tells it: somebody has to look.
    Invisible,
    /// It takes a flag that was not given.
    NotAsked,
    /// This run should have told it and could not: a permission is missing, a server gave no answer.
    Hindered,
}

/// What one check found, of the org as a whole or of one thing in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: &'static Check,
    /// How grave it is.
    pub level: Level,
    /// Which relay, domain, address or message it is about; nothing for the org as a whole.
    pub subject: Option<String>,
    /// What was seen, in a sentence; or why nothing was.
    pub seen: String,
}

/// What has not been seen, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What kind of reason it is.
    pub gap: Gap,
    /// The reason, in a sentence.
    pub reason: String,
}

/// Something that was looked at: what was seen, or why nothing was.
pub type Seen<T> = Result<T, Unseen>;

impl Check {
    /// What this check found of the org as a whole.
    pub fn finds(&'static self, level: Level, seen: impl Into<String>) -> Finding {
        Finding { check: self, level, subject: None, seen: seen.into() }
    }

    /// What this check found of one thing.
    pub fn finds_of(&'static self, subject: impl fmt::Display, level: Level, seen: impl Into<String>) -> Finding {
        Finding { subject: Some(subject.to_string()), ..self.finds(level, seen) }
    }

    /// That it could not be told.
    pub fn not_checked(&'static self, unseen: &Unseen) -> Finding {
        self.finds(Level::NotChecked(unseen.gap), &unseen.reason)
    }

    /// That it could not be told of one thing.
    pub fn not_checked_of(&'static self, subject: impl fmt::Display, unseen: &Unseen) -> Finding {
        self.finds_of(subject, Level::NotChecked(unseen.gap), &unseen.reason)
    }

    /// That the question is about nothing here.
    pub fn not_applicable(&'static self, because: impl Into<String>) -> Finding {
        self.finds(Level::NotApplicable, because)
    }
}

impl Level {
    /// Every level, the gravest first.
    pub const ALL: [Self; 8] = [
        Self::Fail,
        Self::Warn,
        Self::Info,
        Self::NotChecked(Gap::Hindered),
        Self::NotChecked(Gap::NotAsked),
        Self::NotChecked(Gap::Invisible),
        Self::Ok,
        Self::NotApplicable,
    ];

    /// True if a run that gates on `least` must not pass.
    ///
    /// What this run should have told and could not counts as what it might have been: else the loss of a permission
    /// would turn a red pipeline green.
    pub fn reaches(self, least: Self) -> bool {
        let rank = |level: Self| Self::ALL.iter().position(|each| *each == level);
        self == Self::NotChecked(Gap::Hindered) || rank(self) <= rank(least)
    }
}

impl Unseen {
    /// This run should have seen it, and could not.
    pub fn hindered(reason: impl Into<String>) -> Self {
        Self { gap: Gap::Hindered, reason: reason.into() }
    }

    /// Nothing tells it but a person who looks.
    pub fn invisible(reason: impl Into<String>) -> Self {
        Self { gap: Gap::Invisible, reason: reason.into() }
    }

    /// It takes a flag that was not given.
    pub fn not_asked(reason: impl Into<String>) -> Self {
        Self { gap: Gap::NotAsked, reason: reason.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_lets_pass_what_is_less_grave_and_nothing_that_should_have_been_seen() {
        let gates = [Level::Info, Level::Warn, Level::Fail];
        let table = [
            (Level::Ok, [false, false, false]),
            (Level::NotApplicable, [false, false, false]),
            (Level::Info, [true, false, false]),
            (Level::Warn, [true, true, false]),
            (Level::Fail, [true, true, true]),
            (Level::NotChecked(Gap::Hindered), [true, true, true]),
            (Level::NotChecked(Gap::NotAsked), [false, false, false]),
            (Level::NotChecked(Gap::Invisible), [false, false, false]),
        ];
        for (level, expected) in table {
            assert_eq!(gates.map(|gate| level.reaches(gate)), expected, "{level:?}");
        }
    }
}
