//! Looks at a certificate without refusing it, so that what comes after TLS can be seen too; and shows none of its own.
//!
//! No credential and no mail goes over such a connection: whoever is behind it learns nothing but that somebody asked.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::domain::finding::{Seen, Unseen};
use crate::domain::printable::excerpt;

/// Whether a certificate is trusted here and made for a name, else what is wrong with it; or why that can't be told.
type Verdict = Seen<Result<(), String>>;

/// Notes whether a certificate is trusted here, and made for one of the names.
pub(super) struct Witness {
    provider: Arc<CryptoProvider>,
    /// Or why certificates can't be checked on this machine.
    verifier: Result<Verifier, String>,
    names: Vec<ServerName<'static>>,
    seen: Mutex<Option<Verdict>>,
    /// The server asked for a certificate of the client, which there is none of.
    was_asked: AtomicBool,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Witness {
    /// A witness for a certificate that is to be made for one of these names, by an authority of the platform, or of
    /// `SSL_CERT_FILE`.
    pub(super) fn for_names(names: Vec<ServerName<'static>>) -> Arc<Self> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Verifier::new(Arc::clone(&provider)).map_err(|error| excerpt(&error.to_string(), 120));
        Arc::new(Self { provider, verifier, names, seen: Mutex::new(None), was_asked: AtomicBool::new(false) })
    }

    /// The name to ask for: the mail exchange's, which stands last.
    pub(super) fn name(&self) -> Option<ServerName<'static>> {
        self.names.last().cloned()
    }

    /// The settings of a connection that it watches.
    pub(super) fn client(self: &Arc<Self>) -> Result<ClientConfig, Error> {
        let builder =
            ClientConfig::builder_with_provider(Arc::clone(&self.provider)).with_safe_default_protocol_versions()?;
        let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(self) as _;
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
        Ok(builder.with_client_cert_resolver(Arc::clone(self) as _))
    }

    /// True if the server asked for a certificate of the client.
    pub(super) fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Acquire)
    }

    /// What was seen, whatever became of TLS after that.
    pub(super) fn seen(&self) -> Verdict {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        seen.unwrap_or_else(|| Err(Unseen::hindered("No certificate was shown.")))
    }

    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        ocsp: &[u8],
        now: UnixTime,
    ) -> Verdict {
        let no_verifier = |why| Unseen::hindered(format!("No certificate can be checked on this machine ({why})."));
        let verifier = self.verifier.as_ref().map_err(no_verifier)?;
        let mut verdict = Err(Unseen::hindered("There is no name to hold the certificate against."));
        for name in &self.names {
            match verifier.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
                Ok(_) => return Ok(Ok(())),
                Err(error) => verdict = wrong_with(&error, &self.names).map(Err),
            }
        }
        verdict
    }
}

/// What is wrong with a certificate; or, where the error is not the certificate's, that it can't be told.
fn wrong_with(error: &Error, names: &[ServerName<'_>]) -> Seen<String> {
    let names = || names.iter().map(|name| name.to_str().into_owned()).collect::<Vec<_>>().join(" or ");
    let Error::InvalidCertificate(error) = error else {
        let why = excerpt(&error.to_string(), 120);
        return Err(Unseen::hindered(format!("The certificate can't be checked on this machine ({why}).")));
    };
    Ok(match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("It is not made for {}", names())
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "It has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "It is not valid yet".into(),
        CertificateError::UnknownIssuer => "No authority that is trusted here issued it".into(),
        CertificateError::BadSignature => "No authority that is trusted here signed it, though it names one".into(),
        CertificateError::Revoked => "It is revoked".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "It is not made for servers".into()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            let why = "The certificate is signed in a way that this program can't check.";
            return Err(Unseen::hindered(why));
        }
        other => match named(other).as_str() {
            "CaUsedAsEndEntity" => "It is an authority's certificate, which no server may show for itself".into(),
            name => format!("It is not trusted here ({})", excerpt(&in_words(name), 120)),
        },
    })
}

/// The library that checks chains has no words for its errors, but their names (`CaUsedAsEndEntity`).
fn named(error: &CertificateError) -> String {
    match error {
        CertificateError::Other(OtherError(inner)) => inner.to_string(),
        other => other.to_string(),
    }
}

/// A name as words; what has blanks already is left alone.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !name.contains(' ') {
            words.push(' ');
            words.push(character.to_ascii_lowercase());
        } else {
            words.push(character);
        }
    }
    words.trim_start().to_string()
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = self.judge(end_entity, intermediates, ocsp, now);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(judged);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl ResolvesClientCert for Witness {
    fn resolve(&self, _root_hint_subjects: &[&[u8]], _sigschemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.was_asked.store(true, Ordering::Release);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
