//! The private key of the JWT flow.

use jsonwebtoken::EncodingKey;

use crate::secrets::Secret;

/// Reads an RSA private key in PEM, PKCS#1 or PKCS#8; else what is wrong with it.
///
/// A key on one line with `\n` written out, as CI systems keep one, is given its lines back.
pub(super) fn private_key(text: &Secret) -> Result<Secret, String> {
    let pem = text.expose().trim().replace("\\r", "").replace("\\n", "\n").replace("\r\n", "\n");
    let label = pem.split_once("-----BEGIN ").and_then(|(_, rest)| rest.split_once("-----")).map(|(label, _)| label);
    let label = label.ok_or("is not a private key in PEM, which begins with -----BEGIN PRIVATE KEY-----")?;
    let wrong = match label {
        "ENCRYPTED PRIVATE KEY" => Some(ENCRYPTED),
        "RSA PRIVATE KEY" if pem.contains("ENCRYPTED") => Some(ENCRYPTED),
        "RSA PRIVATE KEY" | "PRIVATE KEY" => None,
        "EC PRIVATE KEY" => Some("is an elliptic curve key, and Salesforce takes RSA keys only"),
        "OPENSSH PRIVATE KEY" => {
            Some("is in OpenSSH's format; `ssh-keygen -p -m PEM -f FILE` turns a copy of it into PEM")
        }
        "CERTIFICATE" | "PUBLIC KEY" | "RSA PUBLIC KEY" => {
            Some("is the public half; what signs is the private key that belongs to it")
        }
        _ => Some("is not an RSA private key"),
    };
    if let Some(wrong) = wrong {
        return Err(wrong.into());
    }
    if !pem.contains(&format!("-----END {label}-----")) {
        return Err("is cut off: its last line -----END …----- is missing".into());
    }
    EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| "is damaged, or not an RSA private key".to_string())?;
    Ok(Secret::new(pem))
}

const ENCRYPTED: &str = "is encrypted, and nobody is there to type its passphrase; \
                         `openssl rsa -in FILE -out NEW` writes one without";

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> String {
        rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key").serialize_pem()
    }

    fn read(text: &str) -> Result<String, String> {
        private_key(&Secret::new(text.to_string())).map(|key| key.expose().to_string())
    }

    #[test]
    fn a_key_is_read_however_its_lines_end() {
        let lines = key().replace("\r\n", "\n").trim().to_string();
        for text in [lines.clone(), lines.replace('\n', "\r\n"), lines.replace('\n', "\\n"), format!("\n{lines}\n\n")] {
            assert_eq!(read(&text).as_ref(), Ok(&lines));
        }
    }

    #[test]
    fn a_key_that_cannot_sign_says_why() {
        let pem = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----");
        let rsa = pem("RSA PRIVATE KEY");
        let table = [
            ("planted", "is not a private key in PEM, which begins with -----BEGIN PRIVATE KEY-----"),
            (&pem("ENCRYPTED PRIVATE KEY"), ENCRYPTED),
            (&rsa.replace("AAAA", "Proc-Type: 4,ENCRYPTED\n\nAAAA"), ENCRYPTED),
            (&pem("EC PRIVATE KEY"), "is an elliptic curve key, and Salesforce takes RSA keys only"),
            (&pem("CERTIFICATE"), "is the public half; what signs is the private key that belongs to it"),
            (&pem("PLANTED"), "is not an RSA private key"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA", "is cut off: its last line -----END …----- is missing"),
            (&rsa, "is damaged, or not an RSA private key"),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), Err(expected.to_string()));
        }
    }
}
