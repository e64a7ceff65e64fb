//! SMTP: one connection for all mails, each tried a few times, every recipient judged alone.
//!
//! Where a connection breaks after the mail was sent and before the server said that it took it, nobody can know whether
//! it did (RFC 1047). Then it is sent again: a mail lost would be worse. All tries have the same `Message-ID`, by which
//! mail programs and servers know the second copy.

mod session;
mod trouble;

use super::NotifyError;
use super::mail::Mail;
use crate::config::{Config, MailTls, Secret, SmtpSettings};
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use session::Session;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The first wait between two tries; each next one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A mail server and how it is spoken to.
pub(super) struct Smtp {
    server: String,
    port: u16,
    tls: MailTls,
    parameters: Option<TlsParameters>,
    hello: ClientId,
    login: Option<(String, Secret<String>)>,
    timeout: Duration,
    tries: u32,
}

/// What became of a mail for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The server took it.
    Taken,
    /// The server does not want it.
    Refused(String),
    /// Another try may help.
    Open(String),
}

impl Smtp {
    pub(super) fn new(config: &Config, settings: &SmtpSettings, domain: &str) -> Result<Self, NotifyError> {
        let login = login(config, settings)?;
        let usual = match (settings.tls, &login) {
            (MailTls::Implicit, _) => 465,
            (_, Some(_)) => 587,
            (_, None) => 25,
        };
        let name = settings.hello.clone().unwrap_or_else(|| domain.to_owned());
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_graphic()) {
            return Err(NotifyError::Setting("cooperage.notify.smtp.hello must be a name without blanks".to_owned()));
        }
        let parameters = if settings.tls == MailTls::None { None } else { Some(parameters(config, &settings.server)?) };
        Ok(Self {
            server: settings.server.clone(),
            port: settings.port.unwrap_or(usual),
            tls: settings.tls,
            parameters,
            hello: ClientId::Domain(name),
            login,
            timeout: settings.timeout,
            tries: settings.tries,
        })
    }

    /// Whether passwords may go over a connection that is not encrypted: to this machine only.
    fn is_here(&self) -> bool {
        self.server == "localhost" || self.server.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// User and password, both or neither.
fn login(config: &Config, settings: &SmtpSettings) -> Result<Option<(String, Secret<String>)>, NotifyError> {
    match (&settings.username, &settings.password) {
        (None, None) => Ok(None),
        (Some(username), Some(from)) => {
            let bytes = config.secret("cooperage.notify.smtp.password", from)?;
            let password = String::from_utf8(bytes.expose().clone());
            // The error would show the bytes.
            let password = password.map_err(|_| NotifyError::Setting("cooperage.notify.smtp.password is no UTF-8 text".to_owned()))?;
            Ok(Some((username.clone(), Secret::new(password))))
        }
        _ => Err(NotifyError::Setting("cooperage.notify.smtp has only one of username and password".to_owned())),
    }
}

/// Whom we trust: the system's roots, and those of `ca_bundle`.
fn parameters(config: &Config, server: &str) -> Result<TlsParameters, NotifyError> {
    let mut builder = TlsParameters::builder(server.to_owned());
    if let Some(path) = &config.ca_bundle {
        let wrong = |reason: String| NotifyError::Setting(format!("ca_bundle: {}: {reason}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&bytes).map_err(|error| wrong(error.to_string()))?);
    }
    builder.build_rustls().map_err(|error| NotifyError::Setting(format!("TLS to {server} cannot be set up: {error}")))
}

/// Sends mails one after another.
pub(super) struct Sender<'a> {
    smtp: &'a Smtp,
    session: Option<Session>,
    /// Why the server cannot be used in this run.
    down: Option<String>,
}

impl<'a> Sender<'a> {
    pub(super) fn new(smtp: &'a Smtp) -> Self {
        Self { smtp, session: None, down: None }
    }

    /// Sends a mail, and tells what became of it for each recipient, in their order.
    pub(super) async fn send(&mut self, mail: &Mail, cancel: &CancellationToken) -> Vec<Fate> {
        let mut fates = vec![Fate::Open("it was not tried".to_owned()); mail.to.len()];
        let mut wait = FIRST_WAIT;
        for tried in 0..self.smtp.tries {
            if let Some(reason) = &self.down {
                open(&mut fates, reason);
                break;
            }
            if tried > 0 && !slept(wait, cancel).await {
                break;
            }
            wait = wait.saturating_mul(if tried > 0 { 2 } else { 1 }).min(LONGEST_WAIT);
            if cancel.is_cancelled() {
                open(&mut fates, "the run was stopped");
                break;
            }
            let is_last = tried + 1 == self.smtp.tries;
            let stopped = tokio::select! {
                () = cancel.cancelled() => true,
                () = self.try_once(mail, &mut fates, is_last) => false,
            };
            if stopped {
                open(&mut fates, "the run was stopped");
                break;
            }
            if !fates.iter().any(|fate| matches!(fate, Fate::Open(_))) {
                break;
            }
        }
        fates
    }

    /// One try, for those who have not got it.
    async fn try_once(&mut self, mail: &Mail, fates: &mut [Fate], is_last: bool) {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => match Session::open(self.smtp).await {
                Ok(session) => session,
                Err(trouble) => {
                    let reason = trouble.to_string();
                    open(fates, &reason);
                    if is_last || trouble.is_settled() {
                        self.down = Some(reason);
                    }
                    return;
                }
            },
        };
        match session.mail(mail, fates).await {
            Ok(()) => self.session = Some(session),
            Err(trouble) => open(fates, &trouble.to_string()),
        }
    }

    /// Says goodbye.
    pub(super) async fn close(self) {
        if let Some(session) = self.session {
            session.quit().await;
        }
    }
}

/// Says why it is open where it is.
fn open(fates: &mut [Fate], reason: &str) {
    for fate in fates.iter_mut().filter(|fate| matches!(fate, Fate::Open(_))) {
        *fate = Fate::Open(reason.to_owned());
    }
}

/// Waits; false where the run was stopped.
async fn slept(wait: Duration, cancel: &CancellationToken) -> bool {
    tokio::select! {
        () = cancel.cancelled() => false,
        () = tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0)) => true,
    }
}
