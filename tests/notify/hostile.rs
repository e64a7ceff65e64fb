//! Other people's text in mails: commits, logs and findings that want to be more than text.

use super::desk::{Desk, failure};
use super::mail::{MailServer, Taken};
use cooperage::notify::{Cause, FailedStage, Notification, ScanNote};
use std::collections::BTreeMap;

async fn sent(notification: Notification) -> Taken {
    let server = MailServer::plain();
    Desk::mailing(server.port).tell(vec![notification]).await;
    let mut mails = server.mails();
    assert_eq!(mails.len(), 1);
    mails.remove(0)
}

#[tokio::test]
async fn headers_cannot_be_injected() {
    let evil = "x\r\nBcc: victim@example.org\r\n\r\n.\r\nMAIL FROM:<a@b>";
    let cause = Cause::Commit {
        commit: evil.to_owned(),
        author: evil.to_owned(),
        subject: evil.to_owned(),
        branch: evil.to_owned(),
        url: evil.to_owned(),
    };
    let owners = vec!["owner@example.org".to_owned(), "Eve\r\nBcc: victim@example.org <eve@example.org>".to_owned()];
    let notification =
        Notification { image: format!("a/b:{evil}"), registry: evil.to_owned(), run: evil.to_owned(), cause, owners, ..failure("x") };
    let taken = sent(notification).await;
    assert_eq!(taken.to, ["owner@example.org"]);
    assert!(taken.mail.all("Bcc").is_empty());
    assert!(taken.mail.header("Subject").starts_with("[x Bcc] FAILED: Container build a/b:x Bcc: victim@example.org"));
    for line in taken.mail.text.lines() {
        assert!(!line.starts_with("Bcc:") && !line.starts_with("MAIL"), "{}", taken.mail.text);
    }
}

#[tokio::test]
async fn markup_stays_text_and_addresses_that_run_are_no_links() {
    let script = "<script>alert('x')</script><img src=x onerror=alert(1)>";
    let notification = Notification {
        image: format!("a/b:{script}"),
        failed: Some(FailedStage {
            stage: script.to_owned(),
            message: script.to_owned(),
            tail: vec![script.to_owned(), "</pre>".to_owned()],
        }),
        scan: Some(ScanNote {
            counts: BTreeMap::from([(script.to_owned(), 1)]),
            new: vec![script.to_owned()],
            gone: vec![script.to_owned()],
        }),
        links: vec![
            (script.to_owned(), "javascript:alert(1)".to_owned()),
            ("data".to_owned(), "data:text/html,x".to_owned()),
            ("good".to_owned(), "https://example.org/\"onclick=\"alert(1)".to_owned()),
        ],
        ..failure("x")
    };
    let taken = sent(notification).await;
    let html = &taken.mail.html;
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("\"onclick"), "{html}");
    assert_eq!((html.matches("<a ").count(), html.matches("</pre>").count()), (1, 1), "{html}");
    assert!(html.contains("&lt;script&gt;") && taken.mail.text.contains("  | <script>alert"), "{html}");
}

#[tokio::test]
async fn logs_are_cut_and_control_characters_are_gone() {
    let mut tail: Vec<String> = (0..200_000).map(|number| format!("line {number} {}", "y".repeat(50))).collect();
    tail.push("x".repeat(10 << 20));
    tail.push("\u{1b}[31mred\u{1b}[0m \u{0}\u{7}\u{8}bell \u{202e}turned".to_owned());
    tail.push(String::from_utf8_lossy(b"not \xff\xfe UTF-8").into_owned());
    tail.extend([".".to_owned(), "From here".to_owned(), "--".to_owned()]);
    let failed = FailedStage { stage: "build".to_owned(), message: "m".repeat(1 << 20), tail };
    let taken = sent(Notification { failed: Some(failed), ..failure("a/b:1") }).await;
    let text = &taken.mail.text;
    assert!(text.len() < 20_000 && taken.mail.html.len() < 40_000, "{} {}", text.len(), taken.mail.html.len());
    assert_eq!(text.lines().filter(|line| line.starts_with("  | ")).count(), 30);
    assert!(text.contains("  | red bell turned\n") && text.contains("  | not \u{fffd}\u{fffd} UTF-8\n"), "{text}");
    assert!(text.contains("  | .\n") && text.contains("  | From here\n"), "{text}");
    assert!(!text.chars().chain(taken.mail.html.chars()).any(|c| c.is_control() && c != '\n'), "{text:?}");
}
