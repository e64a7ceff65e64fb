//! Why a connection to a mail server does not work.

use lettre::transport::smtp;
use std::time::Duration;

/// Why a connection does not work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("{server} did not answer within {} s", time.as_secs())]
    TooSlow { server: String, time: Duration },
    #[error("{server} cannot be reached: {reason}")]
    Broken { server: String, reason: String },
    #[error("the TLS connection to {server} is not good: {reason}; a certificate to trust is set with the key `ca_bundle`")]
    Tls { server: String, reason: String },
    #[error("{server} does not offer STARTTLS; set cooperage.notify.smtp.tls where it is meant to be without")]
    NoTls { server: String },
    #[error("the password is not sent to {server}, because the connection is not encrypted")]
    PlainLogin { server: String },
    #[error("{server} does not accept the login: {reason}")]
    Login { server: String, reason: String },
    #[error("{server} answers: {reason}")]
    Answer { server: String, reason: String },
}

impl Trouble {
    /// Whether another try cannot help before somebody changes something.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self, Self::Tls { .. } | Self::NoTls { .. } | Self::PlainLogin { .. } | Self::Login { .. })
    }

    /// What an error of a connection means.
    pub(super) fn of(server: &str, error: &smtp::Error) -> Self {
        let (server, reason) = (server.to_owned(), reason(error));
        if error.is_transient() || error.is_permanent() {
            return Self::Answer { server, reason };
        }
        if error.is_tls() || is_certificate(error) {
            return Self::Tls { server, reason };
        }
        Self::Broken { server, reason }
    }
}

/// An error in one line. Servers choose their words.
pub(super) fn reason(error: &smtp::Error) -> String {
    let text = super::super::notification::told(error);
    text.chars().take(300).collect()
}

/// lettre tells what rustls refuses as trouble of the network.
fn is_certificate(error: &smtp::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let io = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is::<rustls::Error>() || io.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        source = inner.source();
    }
    false
}
