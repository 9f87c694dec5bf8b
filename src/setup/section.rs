//! Sections of a template that are for some projects only.
//!
//! A section stands between the lines `<!-- only WORD… -->` and `<!-- end -->`, which are comments in XML and Markdown, and
//! is kept where all of its words are true. Sections don't nest.

use std::collections::BTreeSet;

/// What a heading of a step begins with.
const STEP: &str = "## Step: ";

/// The text without the sections that are not for this project, and without the lines that mark them.
pub(super) fn keep(text: &str, facts: &BTreeSet<&'static str>) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut is_kept = true;
    for line in text.split_inclusive('\n') {
        if let Some(words) = opening(line) {
            is_kept = words.iter().all(|word| facts.contains(word));
        } else if line.trim() == "<!-- end -->" {
            is_kept = true;
        } else if is_kept {
            kept.push_str(line);
        }
    }
    kept
}

/// The words of a line that opens a section.
fn opening(line: &str) -> Option<Vec<&str>> {
    let words = line.trim().strip_prefix("<!-- only ")?.strip_suffix(" -->")?;
    Some(words.split_whitespace().collect())
}

/// Numbers the steps of a README, whichever of them there are.
pub(super) fn number_steps(text: &str) -> String {
    let mut number = 0;
    let lines = text.split_inclusive('\n').map(|line| match line.strip_prefix(STEP) {
        Some(title) => {
            number += 1;
            format!("## {number}. {title}")
        }
        None => line.to_string(),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::super::templates;
    use super::*;

    #[test]
    fn a_section_is_kept_where_all_its_words_are_true() {
        let text = "a\n<!-- only jwt app -->\nb\n<!-- end -->\nc\n  <!-- only no-app -->\n  d\n  <!-- end -->\n";
        let keep = |facts: &[&'static str]| keep(text, &facts.iter().copied().collect());
        assert_eq!(keep(&["jwt", "app"]), "a\nb\nc\n");
        assert_eq!(keep(&["jwt", "no-app"]), "a\nc\n  d\n");
    }

    #[test]
    fn steps_are_numbered_in_their_order() {
        assert_eq!(number_steps("## Step: one\n\n## Other\n## Step: two"), "## 1. one\n\n## Other\n## 2. two");
    }

    #[test]
    fn every_section_of_a_template_has_known_words_and_an_end() {
        let known =
            "webhook no-webhook jwt client-credentials app no-app certificate no-certificate".split(' ').collect();
        for template in templates::all() {
            let mut is_open = false;
            for line in template.text.lines().filter(|line| line.contains("<!-- only") || line.contains("<!-- end")) {
                let opened = opening(line);
                assert_ne!(opened.is_some(), is_open, "{}: {line}", template.path);
                assert!(opened.is_some() || line.trim() == "<!-- end -->", "{}: {line}", template.path);
                is_open = opened.is_some();
                let words: BTreeSet<&str> = opened.into_iter().flatten().collect();
                assert!(words.is_subset(&known), "{}: {line}", template.path);
            }
            assert!(!is_open, "{}: a section has no end", template.path);
        }
    }
}
