//! What went wrong on the way to a server, sorted by what can be done about it.

use super::RegistryError;
use rustls::{AlertDescription, CertificateError, InvalidMessage, OtherError};
use std::error::Error as _;

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// The certificate is not good: another try does not help.
    Certificate {
        /// Whose it is.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server does not know us, or wants a certificate of ours: another try does not help.
    ClientCertificate {
        /// The server.
        host: String,
        /// What it said.
        reason: String,
    },
    /// Something answers, but not with TLS.
    NotTls,
    /// The connection cannot be made, breaks, or time runs out: another try may help.
    Broken(String),
    /// More bytes than were accepted.
    TooLarge(u64),
    /// It leads in circles, or where we do not follow.
    Redirect(String),
    /// No client for where it leads.
    Setup(RegistryError),
}

impl Trouble {
    /// Sorts an error of the HTTP client. Its address is left out: redirects carry signatures in theirs.
    pub(crate) fn of(error: reqwest::Error) -> Self {
        if let Some(tls) = tls_error(&error) {
            let host = || error.url().map(super::transport::authority).unwrap_or_default();
            match tls {
                rustls::Error::AlertReceived(alert) if asks_who_we_are(*alert) => {
                    return Self::ClientCertificate { host: host(), reason: format!("{alert:?}") };
                }
                rustls::Error::InvalidCertificate(why) => {
                    return Self::Certificate { host: host(), reason: certificate_reason(why) };
                }
                rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => return Self::NotTls,
                _ => {}
            }
        }
        if error.is_timeout() {
            return Self::Broken("no answer in time".to_owned());
        }
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        Self::Broken(cause.to_string())
    }
}

/// The TLS error inside, wherever it is: `io::Error` does not name what it wraps as its source.
fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        next = match current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    None
}

/// Whether a server ends the connection because of our certificate, or because there is none.
fn asks_who_we_are(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
    )
}

fn certificate_reason(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => "it is signed by an authority that is not trusted here".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!("it has expired ({why})"),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("it is made out to another name ({why})")
        }
        CertificateError::Other(OtherError(inner)) if inner.to_string().contains("CaUsedAsEndEntity") => {
            "it is an authority's own certificate; make one for the server, signed by it".to_owned()
        }
        CertificateError::BadSignature => {
            "its signature is not that of the trusted authority with this name; the authority may have been made anew".to_owned()
        }
        other => other.to_string(),
    }
}
