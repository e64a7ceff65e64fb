//! One connection: greeting, TLS, login, mails.

use super::trouble::{Trouble, reason};
use super::{Fate, Smtp};
use crate::config::MailTls;
use crate::notify::mail::Mail;
use lettre::Address;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as From, Rcpt, Rset};
use std::future::Future;
use std::time::Duration;

/// A connection that is ready for mails.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
    server: String,
    time: Duration,
    /// Whether a mail was begun since the last reset.
    used: bool,
}

impl Session {
    /// Connects, encrypts, signs in.
    pub(super) async fn open(smtp: &Smtp) -> Result<Self, Trouble> {
        let implicit = smtp.parameters.clone().filter(|_| smtp.tls == MailTls::Implicit);
        let address = (smtp.server.as_str(), smtp.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(address, Some(smtp.timeout), &smtp.hello, implicit, None);
        let server = format!("{}:{}", smtp.server, smtp.port);
        let connection = within(smtp.timeout, &server, connecting).await?.map_err(|error| Trouble::of(&server, &error))?;
        let mut session = Self { connection, server, time: smtp.timeout, used: false };
        session.encrypt(smtp).await?;
        session.sign_in(smtp).await?;
        Ok(session)
    }

    async fn encrypt(&mut self, smtp: &Smtp) -> Result<(), Trouble> {
        let Some(parameters) = smtp.parameters.clone().filter(|_| !self.connection.is_encrypted()) else { return Ok(()) };
        if !self.connection.can_starttls() {
            return if smtp.tls == MailTls::Opportunistic { Ok(()) } else { Err(Trouble::NoTls { server: self.server.clone() }) };
        }
        let upgrading = self.connection.starttls(parameters, &smtp.hello);
        within(self.time, &self.server, upgrading).await?.map_err(|error| Trouble::of(&self.server, &error))
    }

    async fn sign_in(&mut self, smtp: &Smtp) -> Result<(), Trouble> {
        let Some((username, password)) = &smtp.login else { return Ok(()) };
        let server = self.server.clone();
        if !self.connection.is_encrypted() && !smtp.is_here() {
            return Err(Trouble::PlainLogin { server });
        }
        let credentials = Credentials::new(username.clone(), password.expose().clone());
        let signing = self.connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
        match within(self.time, &server, signing).await? {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() || error.is_client() => Err(Trouble::Login { server, reason: reason(&error) }),
            Err(error) => Err(Trouble::of(&server, &error)),
        }
    }

    /// Sends a mail to those whose fate is open. An error is one of the connection, which is of no more use.
    pub(super) async fn mail(&mut self, mail: &Mail, fates: &mut [Fate]) -> Result<(), Trouble> {
        if self.used {
            self.command(Rset).await?.map_err(|error| Trouble::of(&self.server, &error))?;
        }
        self.used = true;
        let Ok(sender) = mail.from.parse::<Address>() else {
            settle(fates, &Fate::Refused(format!("the sender {} is no address", mail.from)));
            return Ok(());
        };
        if let Err(error) = self.command(From::new(Some(sender), Vec::new())).await? {
            return self.judged(error, fates);
        }
        let mut accepted = Vec::new();
        for (at, to) in mail.to.iter().enumerate().filter(|(at, _)| matches!(fates[*at], Fate::Open(_))).collect::<Vec<_>>() {
            match self.recipient(to).await? {
                None => accepted.push(at),
                Some(fate) => fates[at] = fate,
            }
        }
        if accepted.is_empty() {
            return Ok(());
        }
        let answer = match self.command(Data).await? {
            Ok(_) => self.message(mail.message.as_bytes()).await?,
            Err(error) => Err(error),
        };
        match answer {
            Ok(_) => accepted.iter().for_each(|at| fates[*at] = Fate::Taken),
            Err(error) => {
                let fate = self.fate(error)?;
                accepted.iter().for_each(|at| fates[*at] = fate.clone());
            }
        }
        Ok(())
    }

    /// What the server says to a recipient; nothing where it takes mail for them.
    async fn recipient(&mut self, to: &str) -> Result<Option<Fate>, Trouble> {
        let Ok(address) = to.parse::<Address>() else { return Ok(Some(Fate::Refused(format!("{to} is no address")))) };
        match self.command(Rcpt::new(address, Vec::new())).await? {
            Ok(_) => Ok(None),
            Err(error) => self.fate(error).map(Some),
        }
    }

    fn judged(&self, error: smtp::Error, fates: &mut [Fate]) -> Result<(), Trouble> {
        let fate = self.fate(error)?;
        settle(fates, &fate);
        Ok(())
    }

    /// What an answer that is not good means for a mail; anything but an answer is trouble with the connection. So is 421:
    /// the server hangs up (RFC 5321, section 3.8).
    fn fate(&self, error: smtp::Error) -> Result<Fate, Trouble> {
        let text = || format!("{} answers: {}", self.server, reason(&error));
        match error.status() {
            Some(code) if u16::from(code) == 421 => Err(Trouble::of(&self.server, &error)),
            Some(_) if error.is_permanent() => Ok(Fate::Refused(text())),
            Some(_) => Ok(Fate::Open(text())),
            None => Err(Trouble::of(&self.server, &error)),
        }
    }

    async fn command<C: std::fmt::Display>(&mut self, command: C) -> Result<Result<(), smtp::Error>, Trouble> {
        let answer = within(self.time, &self.server, self.connection.command(command)).await?;
        Ok(answer.map(drop))
    }

    async fn message(&mut self, bytes: &[u8]) -> Result<Result<(), smtp::Error>, Trouble> {
        let answer = within(self.time, &self.server, self.connection.message(bytes)).await?;
        Ok(answer.map(drop))
    }

    /// Says goodbye; what the server thinks of it does not matter.
    pub(super) async fn quit(mut self) {
        let _ = tokio::time::timeout(self.time, self.connection.quit()).await;
    }
}

/// Gives all that are open this fate.
fn settle(fates: &mut [Fate], fate: &Fate) {
    for open in fates.iter_mut().filter(|fate| matches!(fate, Fate::Open(_))) {
        *open = fate.clone();
    }
}

async fn within<T>(time: Duration, server: &str, work: impl Future<Output = T>) -> Result<T, Trouble> {
    let late = |_| Trouble::TooSlow { server: server.to_owned(), time };
    tokio::time::timeout(time, work).await.map_err(late)
}
