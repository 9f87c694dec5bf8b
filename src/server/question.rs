//! Which jobs somebody asks for in an address: `?state=waiting&sandbox=uat`. Pure.

use url::form_urlencoded;

use super::job::{JobId, State};
use super::queue::Filter;

/// How many jobs are listed unless somebody says otherwise, and at most.
const USUAL: u32 = 50;
const MOST: u32 = 200;

/// What is asked of the list of jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// In one of these states; all where it is empty.
    pub states: Vec<State>,
    /// Of this sandbox, in lower case.
    pub sandbox: Option<String>,
    /// Only those that need attention.
    pub needs_attention: bool,
    /// Older than this one.
    pub before: Option<JobId>,
    /// At most so many.
    pub limit: Option<u32>,
    /// Of the page alone: it stays as it is, for somebody types into it or reads it.
    pub stays: bool,
}

impl Question {
    /// Reads the query of an address.
    ///
    /// # Errors
    /// What is wrong with it; nothing that is misspelt is passed over, for a filter that does nothing misleads.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut question = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                _ if value.is_empty() => {}
                "state" => question.states.extend(states(&value)?),
                "sandbox" => question.sandbox = Some(sandbox(&value)?),
                "attention" => question.needs_attention = switch("attention", &value)?,
                "stay" => question.stays = switch("stay", &value)?,
                "before" => question.before = Some(JobId::parse(&value).ok_or("before must be the id of a job")?),
                "limit" => question.limit = Some(limit(&value)?),
                _ => {
                    return Err(
                        "the address has a parameter other than state, sandbox, attention, before, limit".into()
                    );
                }
            }
        }
        Ok(question)
    }

    /// The query that [`Question::parse`] reads this from.
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.states.iter().map(|state| ("state", state.word())));
        query.extend_pairs(self.sandbox.iter().map(|sandbox| ("sandbox", sandbox)));
        query.extend_pairs(self.before.iter().map(|before| ("before", before.as_str())));
        query.extend_pairs(self.limit.iter().map(|limit| ("limit", limit.to_string())));
        let switches = [("attention", self.needs_attention), ("stay", self.stays)];
        query.extend_pairs(switches.iter().filter(|(_, on)| *on).map(|(name, _)| (name, "1")));
        query.finish()
    }

    /// How many jobs are wanted.
    pub fn wanted(&self) -> u32 {
        self.limit.unwrap_or(USUAL)
    }

    /// What to ask the queue for: one more than is wanted, which tells whether there is a further page.
    pub fn filter(&self) -> Filter {
        Filter {
            states: self.states.clone(),
            sandbox: self.sandbox.clone(),
            needs_attention: self.needs_attention,
            before: self.before.clone(),
            limit: self.wanted() + 1,
        }
    }
}

fn states(words: &str) -> Result<Vec<State>, String> {
    let known = || State::ALL.map(State::word).join(", ");
    let state = |word: &str| State::of_word(word.trim()).ok_or_else(|| format!("state must be one of {}", known()));
    words.split(',').map(state).collect()
}

/// The name of a sandbox as it was typed, in lower case.
///
/// # Errors
/// What is wrong with it.
pub fn sandbox(name: &str) -> Result<String, String> {
    let name = name.trim().to_ascii_lowercase();
    let fits = (1..=10).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { Ok(name) } else { Err("a sandbox's name is 1 to 10 letters and digits".into()) }
}

fn switch(name: &str, value: &str) -> Result<bool, String> {
    match value {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(format!("{name} must be true or false")),
    }
}

/// How many jobs to list.
///
/// # Errors
/// What is wrong with the number.
pub fn limit(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| format!("the limit must be 1 to {MOST}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_back_from_its_own_query() {
        let query = "state=waiting&state=dead&sandbox=uat&before=01JDB3Q0Z5W8K6M4N2P7R9T1V3&limit=7&attention=1&stay=1";
        assert_eq!(Question::parse(query).map(|question| question.query()), Ok(query.into()));
        let other = Question::parse("state=waiting,dead&sandbox=%20UAT&attention=true&before=&stay=0");
        let expected = Question { states: vec![State::Waiting, State::Dead], needs_attention: true, ..uat() };
        assert_eq!(other, Ok(expected));
        assert_eq!(Question::parse(""), Ok(Question::default()));
    }

    fn uat() -> Question {
        Question { sandbox: Some("uat".into()), ..Question::default() }
    }

    #[test]
    fn what_is_misspelt_is_told_and_not_repeated() {
        for query in [
            "state=planted",
            "sandbox=planted-x",
            "attention=planted",
            "before=planted",
            "limit=0",
            "limit=201",
            "limit=planted",
            "planted=1",
            "sandbox=%3Cb%3E",
        ] {
            let wrong = Question::parse(query).expect_err(query);
            assert!(!wrong.contains("planted") && !wrong.contains('<'), "{wrong}");
        }
    }
}
