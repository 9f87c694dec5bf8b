//! Puts values in the place of the example's.

/// A value of the example that the templates are written with: each is a legal one, so that they can be checked as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Example {
    Class,
    ApiVersion,
    Webhook,
    Site,
    Username,
    ContactEmail,
    Certificate,
}

impl Example {
    /// All, each before those that it begins with.
    pub(super) const ALL: [Self; 7] = [
        Self::Class,
        Self::ApiVersion,
        Self::Webhook,
        Self::Site,
        Self::Username,
        Self::ContactEmail,
        Self::Certificate,
    ];

    /// As it stands in the templates.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Class => "RelayScrubPostCopy",
            Self::ApiVersion => "68.0",
            Self::Webhook => "https://relay-scrub.example.com/v1/sandbox-post-copy",
            Self::Site => "https://relay-scrub.example.com",
            Self::Username => "scrubber@example.com",
            Self::ContactEmail => "admin@example.com",
            Self::Certificate => "-----BEGIN CERTIFICATE-----\nexample\n-----END CERTIFICATE-----",
        }
    }
}

/// Fills the values in, escaped, in one pass: what a value brings along is not looked at again.
pub(super) fn fill(text: &str, values: &[(Example, String)], escape: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    let next = |rest: &str| {
        let places = Example::ALL.into_iter().filter_map(|example| Some((rest.find(example.as_str())?, example)));
        // The first of those that begin at one place is the longest.
        places.min_by_key(|(at, _)| *at)
    };
    while let Some((at, example)) = next(rest) {
        filled.push_str(&rest[..at]);
        match values.iter().find(|(valued, _)| *valued == example) {
            Some((_, value)) => filled.push_str(&escape(value)),
            None => filled.push_str(example.as_str()),
        }
        rest = &rest[at + example.as_str().len()..];
    }
    filled + rest
}

/// For the text of an XML element or attribute.
pub(super) fn xml(value: &str) -> String {
    quick_xml::escape::escape(value).into_owned()
}

/// For a text in Apex, between single quotation marks.
pub(super) fn apex(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\'' => escaped.push_str("\\'"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// For a text in JSON, between its quotation marks.
pub(super) fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_holds_another_example_is_not_filled_again() {
        let values = [(Example::Class, "A68.0".to_string()), (Example::ApiVersion, "66.0".to_string())];
        assert_eq!(fill("RelayScrubPostCopyTest 68.0", &values, str::to_string), "A68.0Test 66.0");
        assert_eq!(fill("admin@example.com", &values, str::to_string), "admin@example.com");
    }

    #[test]
    fn the_webhook_is_not_taken_for_its_site() {
        let values = [(Example::Webhook, "w".to_string()), (Example::Site, "s".to_string())];
        let text = format!("{} {}", Example::Webhook.as_str(), Example::Site.as_str());
        assert_eq!(fill(&text, &values, str::to_string), "w s");
    }

    #[test]
    fn no_value_gets_out_of_its_place() {
        assert_eq!(xml("</url><a b=\"c\">&'"), "&lt;/url&gt;&lt;a b=&quot;c&quot;&gt;&amp;&apos;");
        assert_eq!(apex("'+x+'\\\n"), "\\'+x+\\'\\\\\\n");
        assert_eq!(json("\",\"a\\\n"), "\\\",\\\"a\\\\\\n");
    }
}
