//! What was probably meant.

/// The candidate that the text is nearly, whatever its case and whether it has `_` or `-` in it.
///
/// Near is at most two edits, and one in a text of five characters or fewer: `auth` is not nearly `path`.
pub(super) fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.replace(['_', '-'], "").to_lowercase();
    let text = plain(text);
    let near = if text.chars().count() > 5 { 2 } else { 1 };
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&text, &plain(candidate)), candidate))
        .filter(|(edits, _)| *edits <= near)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The name within two edits, a swap of neighbours being one; case counts for nothing.
pub(super) fn within_two_edits<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    names
        .into_iter()
        .map(|known| (strsim::osa_distance(&name, &known.to_lowercase()), known))
        .filter(|(edits, _)| *edits <= 2)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, known)| known)
}

/// `a, b or c`
pub(super) fn or_list<Item: AsRef<str>>(items: impl IntoIterator<Item = Item>) -> String {
    list(items, "or")
}

/// `a, b and c`
pub(super) fn and_list<Item: AsRef<str>>(items: impl IntoIterator<Item = Item>) -> String {
    list(items, "and")
}

fn list<Item: AsRef<str>>(items: impl IntoIterator<Item = Item>, word: &str) -> String {
    let items: Vec<Item> = items.into_iter().collect();
    let all: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match all.split_last() {
        Some((last, [])) => (*last).to_string(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_suggested() {
        let keys = ["instance_url", "auth", "username", "jwt_key_file"];
        assert_eq!(nearest("instanceUrl", keys), Some("instance_url"));
        assert_eq!(nearest("usrname", keys), Some("username"));
        assert_eq!(nearest("jwt-key-fiel", keys), Some("jwt_key_file"));
        assert_eq!(nearest("path", keys), None);
        assert_eq!(nearest("colour", keys), None);
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(or_list(["a"]), "a");
        assert_eq!(or_list(["a", "b", "c"]), "a, b or c");
        assert_eq!(and_list(["a", "b"]), "a and b");
    }
}
