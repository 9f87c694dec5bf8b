//! The certificate that an app holds; the key that belongs to it stays where it is.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::pem::{PemObject, SectionKind};

/// A certificate in PEM, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate(String);

/// Why a file can't be the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCertificate {
    /// The file that nobody else may have.
    #[error("holds a private key, which never leaves this machine: give the file with the certificate alone")]
    PrivateKey,
    /// None, or several.
    #[error("must hold one certificate in PEM (-----BEGIN CERTIFICATE-----), and nothing else")]
    NotOne,
}

impl Certificate {
    /// Reads a file's bytes, and writes the certificate anew: nothing else of the file comes along.
    pub fn from_pem(bytes: &[u8]) -> Result<Self, InvalidCertificate> {
        // A key is told before anything else, whole or damaged: `PRIVATE KEY` is in the name of all kinds.
        if bytes.windows(b"PRIVATE KEY".len()).any(|window| window == b"PRIVATE KEY") {
            return Err(InvalidCertificate::PrivateKey);
        }
        let sections: Result<Vec<(SectionKind, Vec<u8>)>, _> = PemObject::pem_slice_iter(bytes).collect();
        match sections.map_err(|_| InvalidCertificate::NotOne)?.as_slice() {
            [(SectionKind::Certificate, der)] if !der.is_empty() => Ok(Self(pem(der))),
            _ => Err(InvalidCertificate::NotOne),
        }
    }

    /// The certificate in PEM, without a line break at its end.
    pub fn as_pem(&self) -> &str {
        &self.0
    }
}

fn pem(der: &[u8]) -> String {
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for (index, character) in BASE64_STANDARD.encode(der).chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem + "\n-----END CERTIFICATE-----"
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

    #[test]
    fn a_certificate_is_taken_and_what_stands_around_it_is_not() {
        let file = format!("Bag Attributes: <&>\r\n{}\r\n", ONE.replace('\n', "\r\n"));
        assert_eq!(Certificate::from_pem(file.as_bytes()).expect("a certificate").as_pem(), ONE);
        let long = Certificate(pem(&[7; 100]));
        assert_eq!(Certificate::from_pem(long.as_pem().as_bytes()), Ok(long.clone()));
        assert!(long.as_pem().lines().all(|line| line.len() <= 64), "{}", long.as_pem());
    }

    #[test]
    fn a_private_key_is_never_written_into_the_project() {
        for kind in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"]
        {
            let key = format!("-----BEGIN {kind}-----\nAAAA\n-----END {kind}-----\n");
            for file in [
                key.clone(),
                format!("{ONE}\n{key}"),
                format!("{key}{ONE}\n"),
                key[..key.find("KEY").map_or(0, |at| at + 3)].to_string(),
            ] {
                assert_eq!(Certificate::from_pem(file.as_bytes()), Err(InvalidCertificate::PrivateKey), "{file}");
            }
        }
        for file in
            ["", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", &format!("{ONE}\n{ONE}\n")]
        {
            assert_eq!(Certificate::from_pem(file.as_bytes()), Err(InvalidCertificate::NotOne), "{file}");
        }
    }
}
