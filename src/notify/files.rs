//! Notifications as files: a JSON document and a mail in a folder, or mails at the end of a mailbox file.

use super::document::id_of;
use super::mail::Mail;
use super::notification::Notification;
use jiff::Timestamp;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// The longest part of a name of a file that comes from the image.
const LONGEST: usize = 100;

/// Writes both files beside their places and renames them, so that a reader sees whole files only.
pub(super) fn drop_into(folder: &Path, told: &Notification, document: &[u8], mail: &Mail) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let image: String = told.image.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).take(LONGEST).collect();
    let name = format!("{}-{image}-{}", told.at.strftime("%Y%m%dT%H%M%SZ"), &id_of(told)[..8]);
    let place = |end: &str| folder.join(format!("{name}.{end}"));
    crate::report::replace("the mail", &place("eml"), mail.message.as_bytes()).map_err(io::Error::other)?;
    // Whoever waits for the document finds the mail beside it.
    crate::report::replace("the notification", &place("json"), document).map_err(io::Error::other)
}

/// Appends a mail in the form "mboxrd". Source: <https://www.loc.gov/preservation/digital/formats/fdd/fdd000385.shtml>.
pub(super) fn append(path: &Path, mail: &Mail, at: Timestamp) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::options().create(true).append(true).open(path)?;
    file.lock()?;
    file.write_all(entry(mail, at).as_bytes())?;
    file.sync_all()
}

fn entry(mail: &Mail, at: Timestamp) -> String {
    let mut text = format!("From {} {}\n", mail.from, at.strftime("%a %b %e %H:%M:%S %Y"));
    for line in mail.message.lines() {
        if line.trim_start_matches('>').starts_with("From ") {
            text.push('>');
        }
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::super::notification::Channel;
    use super::*;

    #[test]
    fn a_line_of_a_mail_does_not_begin_another_one() {
        let mail = Mail {
            id: "1".into(),
            channel: Channel::Mail,
            image: "a".into(),
            from: "a@x".into(),
            to: Vec::new(),
            message: "Subject: x\r\n\r\nFrom here\r\n>From there\r\n".into(),
        };
        let text = entry(&mail, Timestamp::UNIX_EPOCH);
        assert_eq!(text, "From a@x Thu Jan  1 00:00:00 1970\nSubject: x\n\n>From here\n>>From there\n\n");
    }
}
