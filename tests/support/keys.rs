//! RSA keys for the JWT flow, made afresh: no private key lies in the repository.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

/// A private key and what an org verifies it with, in PEM.
pub(crate) struct RsaKey {
    /// PKCS#8.
    pub(crate) private: String,
    /// The public key alone.
    pub(crate) public: String,
    /// A self-signed certificate of it, which is what Salesforce wants uploaded.
    pub(crate) certificate: String,
}

impl RsaKey {
    /// A key of 2048 bits.
    pub(crate) fn generate() -> Self {
        Self::of_size(RsaKeySize::_2048)
    }

    /// A key of 4096 bits, longer in PEM than what fits into one entry of a keyring.
    pub(crate) fn generate_long() -> Self {
        Self::of_size(RsaKeySize::_4096)
    }

    fn of_size(size: RsaKeySize) -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size).expect("a key");
        let certificate = CertificateParams::new(vec!["relay-scrub".to_string()]).expect("parameters");
        let certificate = certificate.self_signed(&pair).expect("a certificate");
        Self { private: pair.serialize_pem(), public: pair.public_key_pem(), certificate: certificate.pem() }
    }

    /// The private key in PKCS#1, as `openssl genrsa -traditional` writes it.
    pub(crate) fn private_pkcs1(&self) -> String {
        let lines: String = self.private.lines().filter(|line| !line.starts_with('-')).collect();
        let wrapped = STANDARD.decode(lines).expect("base64");
        // PKCS#8 puts 26 bytes before a PKCS#1 key of 2048 bits: the version, the algorithm, the length.
        let key = STANDARD.encode(&wrapped[26..]);
        format!("-----BEGIN RSA PRIVATE KEY-----\n{key}\n-----END RSA PRIVATE KEY-----\n")
    }
}
