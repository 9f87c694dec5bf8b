//! What a listener proves itself with: a certificate and its key, in use as the files have them now.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::TlsFiles;

/// Why a certificate and a key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The path, or the file, is to be mended.
    #[error("{} can't be used as a {what} in PEM: {why}", path.display())]
    File {
        /// What it was to hold.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The one is not that of the other, or they are of a kind that is not known.
    #[error("the certificate {} and the key {} can't be used together", certificate.display(), key.display())]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

/// In our words: the library's show pieces of what is damaged, and it may be a key.
fn why(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "there is none in it".into(),
        _ => "it is damaged".into(),
    }
}

/// A certificate and its key, as they are used now.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    current: RustlsConfig,
}

impl Tls {
    /// Reads the pair.
    ///
    /// # Errors
    /// Where the files can't be read, are no such, or don't belong together.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let current = RustlsConfig::from_config(read(&files)?);
        Ok(Self { files, current })
    }

    /// What a listener takes. It follows [`Tls::reload`].
    pub fn current(&self) -> RustlsConfig {
        self.current.clone()
    }

    /// Reads the pair anew, for the handshakes from now on.
    ///
    /// # Errors
    /// As [`Tls::load`]; then the pair that is used goes on being used.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.reload_from_config(read(&self.files)?);
        Ok(())
    }
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let (certificate, key) = (&files.certificate.value, &files.key.value);
    let unfit = |what, path: &Path, error| TlsError::File { what, path: path.to_path_buf(), why: why(&error) };
    let chain = chain(certificate).map_err(|error| unfit("certificate", certificate, error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unfit("private key", key, error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let pair = |source| TlsError::Pair { certificate: certificate.clone(), key: key.clone(), source };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(pair)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(path)?.collect::<Result<_, _>>()?;
    if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) }
}
