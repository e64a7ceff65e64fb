//! The webhook.

use super::desk::{Desk, SECRET, failure, success};
use super::receiver::{Receiver, Request};
use cooperage::notify::{Channel, DeliveryOutcome};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

fn desk(receiver: &Receiver, tries: u32) -> Desk {
    let webhook = json!({"url": receiver.url, "secret": {"env": "TEST_SECRET"}, "timeout": 30, "tries": tries});
    Desk::new(json!({"webhook": webhook}))
}

/// Whether a request is signed, as OpenSSL sees it.
fn is_signed(request: &Request, key: &str) -> bool {
    let (time, signature) = request.header("Cooperage-Signature").strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut command = Command::new("openssl");
    command.args(["dgst", "-sha256", "-hmac", key, "-r"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{time}.{}", request.body).as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().starts_with(signature)
}

#[tokio::test]
async fn a_server_that_fails_twice_gets_the_same_document_a_third_time() {
    let receiver = Receiver::start(&["500 Internal Server Error", "503 Service Unavailable"]);
    let deliveries = desk(&receiver, 4).tell(vec![failure("a/b:1")]).await;
    assert_eq!((deliveries.len(), &deliveries[0].outcome), (1, &DeliveryOutcome::Sent));
    assert!(deliveries[0].channel == Channel::Webhook && deliveries[0].to.ends_with("/hook"), "{deliveries:?}");
    let requests = receiver.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| is_signed(request, SECRET) && !is_signed(request, "another")));
    assert!(requests.iter().all(|request| request.line == "POST /hook?token=hunter2 HTTP/1.1" && request.body == requests[0].body));
    let document: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert!(requests.iter().all(|request| request.header("Idempotency-Key") == document["id"].as_str().unwrap()));
    assert_eq!((&document["v"], &document["kind"], &document["outcome"]), (&json!(1), &json!("build"), &json!("failed")));
    assert_eq!(document["subject"], "[registry.example.org] FAILED: Container build a/b:1");
    assert_eq!(document["cause"]["commit"], "0123456789ab");
    assert!(!requests[0].body.contains(SECRET));
}

#[tokio::test]
async fn redirects_and_refusals_are_final() {
    for (answer, said) in
        [("302 Found\r\nLocation: http://127.0.0.1:1/elsewhere", "302"), ("404 Not Found", "404"), ("401 Unauthorized", "401")]
    {
        let receiver = Receiver::start(&[answer]);
        let desk = desk(&receiver, 3);
        let deliveries = desk.tell(vec![success("a/b:1")]).await;
        assert!(matches!(&deliveries[0].outcome, DeliveryOutcome::Failed(text) if text.contains(said)), "{deliveries:?}");
        assert_eq!((receiver.requests().len(), desk.spooled()), (1, 0));
    }
}

#[tokio::test]
async fn what_the_server_does_not_take_waits_for_the_next_run() {
    let receiver = Receiver::start(&["500 Internal Server Error"]);
    let desk = desk(&receiver, 1);
    let deliveries = desk.tell(vec![success("a/b:1"), success("a/b:2")]).await;
    assert!(deliveries.iter().all(|delivery| delivery.outcome == DeliveryOutcome::Queued && delivery.note.is_some()), "{deliveries:?}");
    assert_eq!((receiver.requests().len(), desk.spooled()), (1, 2), "the second one is not tried");
    let deliveries = desk.tell(Vec::new()).await;
    assert!(deliveries.iter().all(|delivery| delivery.outcome == DeliveryOutcome::Sent), "{deliveries:?}");
    let ids: Vec<String> = receiver.requests().iter().map(|request| request.header("Idempotency-Key").to_owned()).collect();
    assert_eq!((ids.len(), desk.spooled(), ids.iter().filter(|id| **id == ids[0]).count()), (3, 0, 2));
}
