//! Looks at a certificate without refusing it, so that what comes after TLS can be seen too.
//!
//! No credential and no mail goes over such a connection: whoever is behind it learns nothing but that somebody asked.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::domain::printable::excerpt;

/// Notes whether a certificate is trusted here, and made for one of the names.
pub(super) struct Witness {
    provider: Arc<CryptoProvider>,
    /// Or why certificates can't be checked on this machine.
    verifier: Result<Verifier, String>,
    names: Vec<ServerName<'static>>,
    seen: Mutex<Option<Result<(), String>>>,
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
        Arc::new(Self { provider, verifier, names, seen: Mutex::new(None) })
    }

    /// The settings of a connection that it watches.
    pub(super) fn client(self: &Arc<Self>) -> Result<ClientConfig, Error> {
        let builder =
            ClientConfig::builder_with_provider(Arc::clone(&self.provider)).with_safe_default_protocol_versions()?;
        let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(self) as _;
        Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
    }

    /// What was seen; an error where no certificate was shown.
    pub(super) fn seen(&self) -> Result<(), String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        seen.unwrap_or_else(|| Err("No certificate was shown".into()))
    }

    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), String> {
        let verifier = self.verifier.as_ref().map_err(|why| format!("No certificate can be checked here ({why})"))?;
        let mut result = Err("There is no name to hold it against".to_string());
        for name in &self.names {
            match verifier.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
                Ok(_) => return Ok(()),
                Err(error) => result = Err(described(&error, &self.names)),
            }
        }
        result
    }
}

fn described(error: &Error, names: &[ServerName<'_>]) -> String {
    let names = || names.iter().map(|name| name.to_str().into_owned()).collect::<Vec<_>>().join(" or ");
    match error {
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => {
            format!("It is not made for {}", names())
        }
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "It has expired".into()
        }
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "No authority that is trusted here issued it".into()
        }
        Error::InvalidCertificate(other) => format!("It is not trusted here ({})", excerpt(&other.to_string(), 120)),
        other => format!("It can't be checked ({})", excerpt(&other.to_string(), 120)),
    }
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
