//! Record ids as Salesforce makes them: 15 case-sensitive characters, or 18 with three that check the case.

/// Digits in ASCII order, so that ids made later sort later.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHECKS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The id number `number` behind a key prefix of three characters, in 18 characters.
pub(super) fn generated(prefix: &str, mut number: u64) -> String {
    let mut digits = [b'0'; 10];
    for place in digits.iter_mut().rev() {
        *place = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    with_check(&format!("{prefix}5e{}", String::from_utf8_lossy(&digits)))
}

/// The 18-character form of an id of 15 characters.
pub(super) fn with_check(short: &str) -> String {
    let mut long = short.to_string();
    for five in short.as_bytes().chunks(5) {
        let mut sum = 0;
        for (position, byte) in five.iter().enumerate() {
            if byte.is_ascii_uppercase() {
                sum += 1 << position;
            }
        }
        long.push(char::from(CHECKS[sum]));
    }
    long
}

/// True for 15 letters and digits, or 18 whose last three fit.
pub(super) fn is_well_formed(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && (text.len() == 15 || text.len() == 18 && with_check(&text[..15]) == text)
}

/// True if both are well-formed and name the same record.
pub(super) fn same(left: &str, right: &str) -> bool {
    // Most ids are others, which is seen at once.
    left.len() >= 15 && left.get(..15) == right.get(..15) && is_well_formed(left) && is_well_formed(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_salesforces() {
        // The pair of forms that Salesforce's own documentation of ids gives.
        assert_eq!(with_check("001A0000006Vm9r"), "001A0000006Vm9rIAC");
        assert!(same("001A0000006Vm9r", "001A0000006Vm9rIAC"));
        assert!(!is_well_formed("001A0000006Vm9RIAC"));
        assert!(!is_well_formed("@{proof.records"));
    }

    #[test]
    fn later_ids_sort_later() {
        let ids: Vec<String> = (0..300).map(|number| generated("0Xe", number)).collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| is_well_formed(id)));
    }
}
