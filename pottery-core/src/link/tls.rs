//! TLS: whom a connection trusts.

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Result};
use crate::options::Options;

/// The authorities that may vouch for the server: those given, or those of the system.
pub(crate) struct Trust {
    given: Option<Arc<ClientConfig>>,
    system: OnceLock<Arc<ClientConfig>>,
}

impl Trust {
    pub(crate) fn new(options: &Options) -> Result<Trust> {
        let mut trust = Trust { given: None, system: OnceLock::new() };
        if let Some(pem) = &options.root_certificates {
            // the reasons are told by kind: what was given may be something else than certificates
            let wrong = || Error::misuse("TLS cannot be set up: these are no certificates in PEM");
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
            }
            if roots.is_empty() {
                return Err(wrong());
            }
            let config =
                config(roots).map_err(|error| Error::misuse(format!("TLS cannot be set up: {error}")))?;
            trust.given = Some(Arc::new(config));
        }
        Ok(trust)
    }

    /// What a handshake is made with. The system's authorities are read when they are first needed.
    pub(crate) fn config(&self) -> io::Result<Arc<ClientConfig>> {
        if let Some(known) = self.given.as_ref().or(self.system.get()) {
            return Ok(known.clone());
        }
        let mut found = rustls_native_certs::load_native_certs();
        if let Some(error) = found.errors.pop() {
            return Err(io::Error::other(error));
        }
        let mut roots = RootCertStore::empty();
        for certificate in found.certs {
            roots.add(certificate).map_err(io::Error::other)?;
        }
        let config = Arc::new(config(roots).map_err(io::Error::other)?);
        Ok(self.system.get_or_init(|| config).clone())
    }

    /// A session with the server of that name.
    #[cfg(feature = "blocking")]
    pub(crate) fn session(&self, host: &str) -> io::Result<rustls::ClientConnection> {
        rustls::ClientConnection::new(self.config()?, name(host)?).map_err(io::Error::other)
    }
}

/// The name that the server must prove.
pub(crate) fn name(host: &str) -> io::Result<ServerName<'static>> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(host.to_owned()).map_err(io::Error::other)
}

/// Everything that is safe by rustls's own judgement, and nothing else.
fn config(roots: RootCertStore) -> std::result::Result<ClientConfig, rustls::Error> {
    // named, because a program may hold several providers, and none of them be the default
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
