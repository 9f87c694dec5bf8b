//! The `[sandboxes]` template: sections for sandboxes that have none of their own.

use super::kept;
use super::section::Section;
use super::setting::Setting;
use super::value;

/// What stands for the sandbox's name.
pub(super) const PLACEHOLDER: &str = "{sandbox}";

/// Stands for the sandbox's name while an address is read: braces are no part of a host.
const MARKER: &str = "0sandbox0";

/// The host of the template's addresses, [`PLACEHOLDER`] left in it.
pub(super) fn host(section: &Section) -> Option<String> {
    let text = &section.value(Setting::InstanceUrl)?.value;
    let address = value::address(&fill(text, MARKER)).ok()?;
    Some(kept::host_of(&address).replace(MARKER, PLACEHOLDER))
}

/// Fills the sandbox's name in.
pub(super) fn fill(text: &str, sandbox: &str) -> String {
    text.replace(PLACEHOLDER, sandbox)
}

/// Whether the text is a value of the setting for every sandbox; else what is wrong with it.
pub(super) fn check(setting: Setting, text: &str) -> Result<(), String> {
    if let Some(other) = other_placeholder(text) {
        return Err(format!("has {{{other}}} in it, and only {PLACEHOLDER} is filled in"));
    }
    setting.definition().kind.check(&fill(text, "uat"))?;
    if setting == Setting::InstanceUrl {
        let origin = |sandbox| value::address(&fill(text, sandbox)).map(value::origin);
        if origin("uat")? == origin("dev")? {
            return Err(format!(
                "in [sandboxes] must have {PLACEHOLDER} in its host, or every name would lead to one org"
            ));
        }
    }
    if setting.differs_by_sandbox() && !text.contains(PLACEHOLDER) {
        return Err(format!("in [sandboxes] must have {PLACEHOLDER} in it: a token is that of one org"));
    }
    Ok(())
}

/// A word in braces that is not the sandbox's name.
fn other_placeholder(text: &str) -> Option<&str> {
    text.split('{').skip(1).find_map(|rest| {
        let (word, _) = rest.split_once('}')?;
        let is_word =
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        (is_word && word != "sandbox").then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sandbox_has_an_address_of_its_own() {
        let check = |text| check(Setting::InstanceUrl, text);
        assert_eq!(check("https://acme--{sandbox}.sandbox.my.salesforce.com"), Ok(()));
        let one = "in [sandboxes] must have {sandbox} in its host, or every name would lead to one org";
        assert_eq!(check("https://acme--uat.sandbox.my.salesforce.com/{sandbox}"), Err(one.into()));
        assert_eq!(
            check("https://acme--{name}.sandbox.my.salesforce.com"),
            Err("has {name} in it, and only {sandbox} is filled in".into())
        );
    }

    #[test]
    fn a_token_is_not_shared_by_sandboxes() {
        let wrong = "in [sandboxes] must have {sandbox} in it: a token is that of one org";
        assert_eq!(check(Setting::RefreshTokenFile, "token"), Err(wrong.into()));
        assert_eq!(check(Setting::RefreshTokenFile, "token-{sandbox}"), Ok(()));
    }
}
