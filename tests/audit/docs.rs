//! `docs/audit.md` says what the checks do, no more and no less.

use relay_scrub::domain::checks::CHECKS;

const DOCS: &str = include_str!("../../docs/audit.md");

#[test]
fn the_table_of_checks_is_that_of_the_code() {
    let rows: Vec<String> = CHECKS
        .iter()
        .map(|check| format!("| `{}` | {} | {} | {} |", check.id, check.asks, check.reads, check.cannot_see))
        .collect();
    let documented: Vec<&str> =
        DOCS.lines().filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 3).collect();
    assert_eq!(documented, rows, "\n{}", rows.join("\n"));
}

#[test]
fn every_check_stands_beside_the_advice_that_it_is_from() {
    let advice: Vec<&str> = DOCS.lines().filter(|line| line.starts_with("* ") && line.contains(": `")).collect();
    assert!(advice.len() >= 7, "a line for each paragraph of the advice");
    for check in CHECKS {
        assert!(advice.iter().any(|line| line.contains(&format!("`{}`", check.id))), "{}", check.id);
    }
}
