//! Mail servers that misbehave: nothing is lost, nothing is sent twice that was taken, everything is told.

use super::desk::{Desk, SECRET, success};
use super::faulty::{Faulty, Trick};
use super::mail::MailServer;
use cooperage::notify::{Delivery, DeliveryOutcome, Notification};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

fn smtp(port: u16, tries: u32) -> Value {
    json!({"server": "127.0.0.1", "port": port, "tls": "none", "timeout": 1, "tries": tries})
}

fn outcomes(deliveries: &[Delivery]) -> Vec<&DeliveryOutcome> {
    deliveries.iter().map(|delivery| &delivery.outcome).collect()
}

#[tokio::test]
async fn a_server_that_is_busy_for_a_moment_is_tried_again() {
    let cases = [
        ("connect", Trick::Say("421 busy")),
        ("MAIL", Trick::Say("451 busy")),
        ("RCPT", Trick::Say("450 greylisted")),
        ("DATA", Trick::Cut),
    ];
    for (at, trick) in cases {
        let server = Faulty::start().at(at, 1, trick);
        let deliveries = Desk::with_smtp(smtp(server.port, 3)).tell(vec![success("a/b:1")]).await;
        assert_eq!(outcomes(&deliveries), [&DeliveryOutcome::Sent], "{at}: {deliveries:?}");
        assert_eq!(server.mails().len(), 1, "{at}");
    }
}

#[tokio::test]
async fn silence_ends_and_what_was_not_sent_waits_for_the_next_run() {
    for at in ["connect", "EHLO", "RCPT", "DATA"] {
        let server = Faulty::start().at(at, 1, Trick::Hang);
        let desk = Desk::with_smtp(smtp(server.port, 1));
        let deliveries = desk.tell(vec![success("a/b:1")]).await;
        assert_eq!((outcomes(&deliveries), desk.spooled()), (vec![&DeliveryOutcome::Queued], 1), "{at}");
        assert!(deliveries[0].note.as_ref().unwrap().contains("did not answer within 1 s"), "{deliveries:?}");
        let deliveries = desk.tell(Vec::new()).await;
        assert_eq!((outcomes(&deliveries), desk.spooled()), (vec![&DeliveryOutcome::Sent], 0), "{at}");
        assert_eq!((server.mails().len(), deliveries[0].image.as_str()), (1, "a/b:1"), "{at}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_delays_a_run_once_and_no_mail_is_lost() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let desk = Desk::with_smtp(smtp(port, 2)).and("per_hour", json!(1000));
    let all: Vec<Notification> = (0..200).map(|tag| success(&format!("a/b:{tag}"))).collect();
    let deliveries = desk.tell(all).await;
    assert!(deliveries.len() == 200 && deliveries.iter().all(|delivery| delivery.outcome == DeliveryOutcome::Queued));
    assert_eq!(desk.spooled(), 200);
    desk.after_minutes(6 * 24 * 60);
    let deliveries = desk.tell(Vec::new()).await;
    assert!(matches!(&deliveries[0].outcome, DeliveryOutcome::Failed(text) if text.contains("given up after 5 days")), "{deliveries:?}");
    assert_eq!((deliveries.len(), desk.spooled()), (200, 0));
}

#[tokio::test]
async fn a_mail_that_may_have_been_taken_is_sent_again_under_the_same_id() {
    let server = Faulty::start().at(".", 1, Trick::Cut);
    let deliveries = Desk::with_smtp(smtp(server.port, 2)).tell(vec![success("a/b:1")]).await;
    assert_eq!(outcomes(&deliveries), [&DeliveryOutcome::Sent]);
    let mails = server.mails();
    let id = |mail: &str| mail.lines().find(|line| line.starts_with("Message-ID: ")).unwrap().to_owned();
    assert_eq!((mails.len(), id(&mails[0])), (2, id(&mails[1])));
}

#[tokio::test]
async fn only_those_who_have_not_got_it_are_tried_again() {
    let server = Faulty::start().at("RCPT TO:<late@", 1, Trick::Say("450 later")).at("RCPT TO:<never@", 9, Trick::Say("550 never"));
    let owners = ["first@example.org", "late@example.org", "never@example.org"].map(str::to_owned).to_vec();
    let desk = Desk::with_smtp(smtp(server.port, 2));
    let deliveries = desk.tell(vec![Notification { owners, ..success("a/b:1") }]).await;
    let told: Vec<bool> = deliveries.iter().map(|delivery| delivery.outcome == DeliveryOutcome::Sent).collect();
    assert_eq!(told, [true, true, false], "{deliveries:?}");
    let asked: Vec<String> = server.commands().into_iter().filter(|command| command.starts_with("RCPT")).collect();
    let expected = ["first", "late", "never", "late"].map(|name| format!("RCPT TO:<{name}@example.org>"));
    assert_eq!((asked, desk.spooled()), (expected.to_vec(), 0));
}

#[tokio::test]
async fn a_refused_mail_does_not_stop_the_next_one() {
    let server = Faulty::start().at(".", 1, Trick::Say("554 it looks like spam"));
    let deliveries = Desk::with_smtp(smtp(server.port, 3)).tell(vec![success("a/b:1"), success("a/b:2")]).await;
    assert!(matches!(&deliveries[0].outcome, DeliveryOutcome::Failed(text) if text.contains("it looks like spam")), "{deliveries:?}");
    assert_eq!(deliveries[1].outcome, DeliveryOutcome::Sent);
}

#[tokio::test]
async fn without_tls_there_is_no_mail_where_it_is_required() {
    let server = Faulty::start();
    let smtp = json!({"server": "127.0.0.1", "port": server.port, "timeout": 1, "username": "u", "password": {"env": "TEST_SECRET"}});
    let deliveries = Desk::with_smtp(smtp).tell(vec![success("a/b:1")]).await;
    assert!(deliveries[0].note.as_ref().unwrap().contains("does not offer STARTTLS"), "{deliveries:?}");
    assert!(server.mails().is_empty() && !server.commands().iter().any(|command| command.contains("AUTH") || command.contains(SECRET)));
}

#[tokio::test]
async fn a_stopped_run_leaves_its_mails_for_the_next_one() {
    let server = MailServer::plain();
    let desk = Desk::mailing(server.port);
    let stopped = CancellationToken::new();
    stopped.cancel();
    let deliveries = desk.notifier().unwrap().tell(vec![success("a/b:1")], &stopped).await;
    assert_eq!((outcomes(&deliveries), server.mails().len()), (vec![&DeliveryOutcome::Queued], 0));
    desk.tell(Vec::new()).await;
    assert_eq!((server.mails().len(), desk.spooled()), (1, 0));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_told_and_mails_are_sent() {
    let server = MailServer::plain();
    let desk = Desk::mailing(server.port);
    std::fs::write(desk.path("state"), "a file").unwrap();
    let deliveries = desk.tell(vec![success("a/b:1")]).await;
    assert!(deliveries.iter().any(|delivery| matches!(&delivery.outcome, DeliveryOutcome::Failed(text) if text.contains("state"))));
    assert!(deliveries.iter().any(|delivery| delivery.outcome == DeliveryOutcome::Sent), "{deliveries:?}");
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let wrong = |desk: Desk| desk.notifier().unwrap_err().to_string();
    let cases = [
        (json!({"server": "s", "username": "u"}), "only one of username and password"),
        (json!({"server": "s", "username": "u", "password": {"env": "NOT_SET"}}), "NOT_SET, which is not set"),
        (json!({"server": "s", "username": "u", "password": {"secret": "none"}}), "no build secret none"),
        (json!({"server": "s", "hello": "a b\r\nMAIL"}), "hello"),
    ];
    for (smtp, said) in cases {
        let text = wrong(Desk::with_smtp(smtp));
        assert!(text.contains(said) && !text.contains(SECRET), "{text}");
    }
    let text = wrong(Desk::new(json!({"smtp": {"server": "s"}})));
    assert!(text.contains("cooperage.notify.from"), "{text}");
    let text = wrong(Desk::new(json!({"webhook": {"url": "file:///etc/passwd"}})));
    assert!(text.contains("no address of http or https"), "{text}");
}
