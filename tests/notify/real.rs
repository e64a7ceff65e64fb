//! Mails through a real server.

use super::desk::{Desk, SECRET, failure, success};
use super::mail::{MailServer, ReadMail};
use super::support::registry::certificates::Ca;
use cooperage::notify::{Channel, DeliveryOutcome, Notification};
use serde_json::{Value, json};
use std::fs;

fn encrypted(desk_folder: &tempfile::TempDir, ca: &Ca, tls: &str) -> MailServer {
    let leaf = ca.local();
    let (certificate, key) = (desk_folder.path().join("server.pem"), desk_folder.path().join("server.key"));
    fs::write(&certificate, &leaf.certificate).unwrap();
    fs::write(&key, &leaf.key).unwrap();
    MailServer::start(json!({"tls": tls, "certificate": certificate, "key": key, "user": "builds", "password": SECRET}))
}

fn smtp(server: &MailServer, tls: &str, password: Value) -> Value {
    json!({"server": "localhost", "port": server.port, "tls": tls, "username": "builds", "password": password, "timeout": 30, "tries": 1})
}

#[tokio::test]
async fn a_mail_arrives_with_all_it_should_say() {
    let server = MailServer::plain();
    let desk = Desk::mailing(server.port).and("cc", json!(["Ops <ops@example.org>"])).and("footer", json!(["--", "Ask in #builds"]));
    let deliveries = desk.tell(vec![failure("bamachrn/python:release"), success("library/nginx:1")]).await;
    assert!(deliveries.iter().all(|delivery| delivery.outcome == DeliveryOutcome::Sent), "{deliveries:?}");
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!((mails[0].from.as_str(), mails[0].hello.as_str()), ("builds@example.org", "example.org"));
    assert_eq!(mails[0].to, ["owner@example.org", "ops@example.org"]);
    let mail = &mails[0].mail;
    assert_eq!(mail.kind, "multipart/alternative");
    assert_eq!(mail.header("Subject"), "[registry.example.org] FAILED: Container build bamachrn/python:release");
    assert_eq!(mail.header("From"), "Builds <builds@example.org>");
    assert_eq!(mail.header("Cc"), "Ops <ops@example.org>");
    assert_eq!((mail.header("Auto-Submitted"), mail.header("Precedence")), ("auto-generated", "bulk"));
    assert!(mail.header("List-Id").contains("<builds.example.org>"));
    assert!(
        mail.text.starts_with("Build Status:                 Failure\nCause of build:               Commit 0123456789ab"),
        "{}",
        mail.text
    );
    for part in [
        "  | line 11\n",
        "  | line 40\n",
        "Failed stage: build\n",
        "2 high",
        "new:  CVE-2026-1 openssl",
        "\n\n--\nAsk in #builds\n",
        "Änn Author",
    ] {
        assert!(mail.text.contains(part), "{part}\n{}", mail.text);
    }
    assert!(!mail.text.contains("line 10\n"), "the last 30 lines are told");
    let mail = &mails[1].mail;
    assert_eq!(mail.header("Subject"), "[registry.example.org] SUCCESS: Container build library/nginx:1");
    let repository = "Repository:                   https://registry.example.org:5000/library/nginx\n";
    assert!(mail.text.contains(repository) && mail.text.contains(&format!("sha256:{}", "ab".repeat(32))), "{}", mail.text);
    assert!(mail.html.contains("<a href=\"https://ci.example.org/runs/1?a=b&amp;c=d\">log</a>"), "{}", mail.html);
}

#[tokio::test]
async fn mails_of_an_image_are_one_thread() {
    let server = MailServer::plain();
    let desk = Desk::mailing(server.port);
    let again = Notification { run: "run-2".to_owned(), ..success("a/b:1") };
    desk.tell(vec![failure("a/b:1"), again, success("a/b:2")]).await;
    let mails = server.mails();
    let header = |at: usize, name: &str| mails[at].mail.header(name).to_owned();
    assert_eq!(header(0, "References"), header(1, "References"));
    assert_eq!(header(0, "In-Reply-To"), header(1, "References"));
    assert_ne!(header(0, "References"), header(2, "References"));
    assert_ne!(header(0, "Message-ID"), header(1, "Message-ID"));
}

#[tokio::test]
async fn tls_and_login_as_configured() {
    let ca = Ca::new();
    for (tls, source) in [("starttls", "env"), ("implicit", "file"), ("starttls", "secret")] {
        let folder = tempfile::tempdir().unwrap();
        let server = encrypted(&folder, &ca, tls);
        let file = folder.path().join("password");
        fs::write(&file, format!("{SECRET}\n")).unwrap();
        let password = match source {
            "env" => json!({"env": "TEST_SECRET"}),
            "file" => json!({"file": file}),
            _ => json!({"secret": "mail"}),
        };
        ca.write_to(&folder.path().join("ca.pem"));
        let desk = Desk::with_smtp(smtp(&server, tls, password)).trusting(&folder.path().join("ca.pem"));
        let desk = desk.with_build_secrets(json!({"mail": {"file": file}}));
        let deliveries = desk.tell(vec![success("a/b:1")]).await;
        assert_eq!(deliveries[0].outcome, DeliveryOutcome::Sent, "{tls}: {deliveries:?}");
        let mails = server.mails();
        assert!(mails[0].tls && mails[0].login.as_deref() == Some("builds"), "{tls}: {mails:?}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_trusted_or_does_not_know_us_gets_nothing() {
    let (ca, other) = (Ca::new(), Ca::named("somebody else"));
    let cases = [
        ("starttls", &other, "TEST_SECRET", "certificate"),
        ("implicit", &other, "TEST_SECRET", "certificate"),
        ("starttls", &ca, "OTHER", "login"),
    ];
    for (tls, trusted, password, said) in cases {
        let folder = tempfile::tempdir().unwrap();
        let server = encrypted(&folder, &ca, tls);
        trusted.write_to(&folder.path().join("ca.pem"));
        let desk = Desk::with_smtp(smtp(&server, tls, json!({"env": password}))).trusting(&folder.path().join("ca.pem"));
        let deliveries = desk.tell(vec![success("a/b:1"), success("a/b:2")]).await;
        assert_eq!(deliveries.len(), 2);
        for delivery in &deliveries {
            assert_eq!(delivery.outcome, DeliveryOutcome::Queued, "{delivery:?}");
            assert!(delivery.note.as_ref().unwrap().contains(said), "{delivery:?}");
        }
        assert_eq!((server.mails().len(), desk.spooled()), (0, 2));
    }
}

#[tokio::test]
async fn who_is_not_there_does_not_keep_others_from_their_mail() {
    let server = MailServer::plain();
    let desk = Desk::mailing(server.port);
    let owners = ["nobody@example.org", "owner@example.org", "no address", "Owner@Example.org"].map(str::to_owned).to_vec();
    let deliveries = desk.tell(vec![Notification { owners, ..success("a/b:1") }]).await;
    let of = |to: &str| deliveries.iter().find(|delivery| delivery.to == to).unwrap().outcome.clone();
    assert!(matches!(of("nobody@example.org"), DeliveryOutcome::Failed(text) if text.contains("550") || text.contains("there is nobody")));
    assert!(matches!(of("no address"), DeliveryOutcome::Failed(text) if text.contains("no mail address")));
    assert_eq!(of("owner@example.org"), DeliveryOutcome::Sent);
    assert_eq!((deliveries.len(), server.mails().len(), desk.spooled()), (3, 1, 0));
    assert_eq!(server.mails()[0].to, ["owner@example.org"]);
}

#[tokio::test]
async fn so_many_an_hour_then_one_digest_also_between_runs() {
    let server = MailServer::plain();
    let desk = Desk::mailing(server.port).and("per_hour", json!(2));
    let mut all: Vec<Notification> = (1..=4).map(|tag| success(&format!("a/b:{tag}"))).collect();
    all.push(failure("a/b:5"));
    let deliveries = desk.tell(all).await;
    let held: Vec<&str> =
        deliveries.iter().filter(|delivery| delivery.outcome == DeliveryOutcome::Held(2)).map(|delivery| delivery.image.as_str()).collect();
    assert_eq!(held, ["a/b:2", "a/b:3", "a/b:4"], "failures are told first");
    assert_eq!(deliveries.iter().filter(|delivery| delivery.channel == Channel::Digest).count(), 1);
    let mails = server.mails();
    assert_eq!(mails.len(), 3);
    let digest = &mails[2].mail;
    assert_eq!(digest.header("Subject"), "[registry.example.org] DIGEST: 3 container builds");
    assert!(held.iter().all(|image| digest.text.contains(image) && digest.html.contains(image)), "{}", digest.text);
    desk.after_minutes(30);
    let later = desk.tell(vec![success("a/c:1")]).await;
    assert_eq!(later[0].outcome, DeliveryOutcome::Held(2));
    assert_eq!(server.mails().len(), 3, "one digest an hour");
    desk.after_minutes(31);
    desk.tell(Vec::new()).await;
    let mails = server.mails();
    assert_eq!((mails.len(), mails[3].mail.text.contains("a/c:1")), (4, true));
}

#[tokio::test]
async fn templates_of_ones_own_replace_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("build.txt.j2"), "{{ image }} is {{ status }} because {{ cause.kind }}\n").unwrap();
    let server = MailServer::plain();
    let desk = Desk::mailing(server.port).and("templates", json!(folder.path())).and("alias", json!("public.example.org"));
    desk.tell(vec![success("a/b:1")]).await;
    let mail = &server.mails()[0].mail;
    assert_eq!(mail.text, "a/b:1 is Success because first_build\n");
    assert!(mail.html.contains("https://public.example.org/a/b"), "{}", mail.html);
    fs::write(folder.path().join("build.html.j2"), "{% if %}").unwrap();
    let error = desk.notifier().unwrap_err().to_string();
    assert!(error.contains("build.html.j2, line 1"), "{error}");
}

#[tokio::test]
async fn files_hold_whole_documents_and_mails() {
    let desk = Desk::new(json!({}));
    let (folder, mbox) = (desk.path("drop"), desk.path("box/mbox"));
    let desk = desk.and("file", json!({"folder": folder})).and("mbox", json!(mbox));
    let deliveries = desk.tell(vec![failure("a/b:1"), success("a/../../c:1")]).await;
    assert_eq!(deliveries.iter().filter(|delivery| delivery.outcome == DeliveryOutcome::Sent).count(), 4, "{deliveries:?}");
    let mut names: Vec<String> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names[0].starts_with("20260102T030405Z-a-..-..-c-1-"), "{names:?}");
    let of = |end: &str| fs::read(folder.join(names.iter().find(|name| name.contains("a-b-1") && name.ends_with(end)).unwrap())).unwrap();
    let document: Value = serde_json::from_slice(&of(".json")).unwrap();
    assert_eq!((&document["v"], &document["image"], &document["cause"]["kind"]), (&json!(1), &json!("a/b:1"), &json!("commit")));
    assert_eq!(document["failed"]["tail"].as_array().unwrap().len(), 30);
    assert_eq!(ReadMail::of(&of(".eml")).header("To"), "owner@example.org");
    let text = fs::read_to_string(&mbox).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("From ")).count(), 2, "{text}");
}
