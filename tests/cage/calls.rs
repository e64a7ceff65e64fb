//! Calls to the proxy as somebody writes them who wants more than is allowed.

use crate::Yard;
use crate::support::engine::unique;
use cooperage::engine::{Cage, ContainerRequest};
use cooperage::sandbox::EngineProxy;
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// A container that may be made.
const MADE: &str = r#"{"Image": "app/job:tag", "Cmd": ["true"]}"#;

/// Sends bytes and returns all that comes back.
async fn raw(socket: &Path, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    // The far end may have heard enough and closed.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn call(proxy: &EngineProxy, method: &str, path: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let answer = raw(proxy.socket(), request.as_bytes()).await;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{answer}"));
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

/// A container that nobody made through the proxy.
async fn stranger(yard: &Yard) -> String {
    let request = ContainerRequest {
        image: yard.image.clone(),
        entrypoint: Some(Vec::new()),
        command: Some(["sleep", "3600"].map(str::to_owned).to_vec()),
        env: vec![format!("STRANGER={}", unique())],
        folders: Vec::new(),
        terminal: false,
        input: false,
        cage: Cage { keep: true, no_network: true, ..Cage::default() },
    };
    yard.engine.create(&request).await.unwrap()
}

#[tokio::test]
async fn every_other_call_is_refused_and_noted() {
    let yard = Yard::new().await;
    let proxy = yard.proxy();
    let other = stranger(&yard).await;
    let image = yard.image.to_string();
    let calls: Vec<(&str, String)> = [
        ("GET", "/info"),
        ("GET", "/events"),
        ("GET", "/containers/json?all=1"),
        ("GET", "/images/json"),
        ("POST", "/images/create?fromImage=x"),
        ("POST", "/build"),
        ("POST", "/build/prune"),
        ("POST", "/session"),
        ("POST", "/grpc"),
        ("POST", "/auth"),
        ("POST", "/commit?container=x"),
        ("GET", "/images/IMAGE/get"),
        ("GET", "/images/get?names=x"),
        ("POST", "/images/load"),
        ("POST", "/images/IMAGE/tag?repo=x"),
        ("POST", "/images/IMAGE/push"),
        ("DELETE", "/images/IMAGE"),
        ("GET", "/images/IMAGE/history"),
        ("GET", "/images/search?term=x"),
        ("GET", "/images/other:1/json"),
        ("GET", "/volumes"),
        ("POST", "/volumes/create"),
        ("DELETE", "/volumes/x"),
        ("GET", "/networks"),
        ("POST", "/networks/create"),
        ("POST", "/networks/host/connect"),
        ("GET", "/swarm"),
        ("POST", "/swarm/init"),
        ("GET", "/secrets"),
        ("GET", "/plugins"),
        ("POST", "/plugins/pull"),
        ("GET", "/system/df"),
        ("POST", "/containers/prune"),
        ("PUT", "/containers/OTHER/archive?path=/"),
        ("GET", "/containers/OTHER/archive?path=/"),
        ("GET", "/containers/OTHER/export"),
        ("GET", "/containers/OTHER/json"),
        ("POST", "/containers/OTHER/start"),
        ("POST", "/containers/OTHER/exec"),
        ("GET", "/containers/OTHER/logs?stdout=1"),
        ("POST", "/containers/OTHER/update"),
        ("POST", "/containers/OTHER/rename?name=x"),
        ("POST", "/containers/OTHER/pause"),
        ("POST", "/containers/OTHER/attach?stream=1"),
        ("GET", "/containers/OTHER/attach/ws"),
        ("DELETE", "/containers/OTHER?force=1"),
        ("POST", "/exec/OTHER/start"),
        ("POST", "/v1.41/../containers/OTHER/start"),
        ("POST", "//containers/OTHER/start"),
        ("POST", "/containers/%2e%2e/containers/OTHER/start"),
        ("POST", "/containers/OTHER%2Fstart"),
        ("POST", "/v1.12/containers/create"),
        ("TRACE", "/_ping"),
        ("GET", "/"),
        ("GET", "*"),
    ]
    .map(|(method, path)| (method, path.replace("OTHER", &other).replace("IMAGE", &image)))
    .to_vec();
    for (method, path) in &calls {
        let (status, body) = call(&proxy, method, path, "{}").await;
        assert!(matches!(status, 400 | 403 | 404) && !body.contains("STRANGER"), "{method} {path}: {status} {body}");
        assert!(status != 403 || body.contains("not allowed in a cage"), "{method} {path}: {body}");
    }
    let refused = proxy.refused();
    assert!(refused.len() >= calls.len() - 1, "{refused:#?}");
    assert!(refused.iter().any(|line| line.starts_with("GET /info: ")), "{refused:#?}");
    assert!(!yard.engine.state(&other).await.unwrap().unwrap().running);
    yard.engine.remove_container(&other).await.unwrap();
    assert_eq!(proxy.close().await.len(), refused.len());
}

#[tokio::test]
async fn a_container_with_more_than_is_allowed_is_not_made() {
    let yard = Yard::new().await;
    let proxy = yard.proxy();
    for host in [
        r#""Binds": ["/:/host"]"#,
        r#""binds": ["/:/host"]"#,
        r#""Binds": null, "BINDS": ["/:/host"]"#,
        r#""Privileged": true"#,
        r#""Mounts": [{"Type": "bind", "Source": "/", "Target": "/h"}]"#,
        r#""Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x"}]"#,
        r#""CapAdd": ["ALL"]"#,
        r#""PidMode": "host""#,
        r#""NetworkMode": "host""#,
        r#""SecurityOpt": ["seccomp=unconfined"]"#,
        r#""VolumesFrom": ["x"]"#,
        r#""CgroupParent": "/x""#,
        r#""Runtime": "x""#,
        r#""Links": ["x:y"]"#,
        r#""Fresh": {"a": 1}"#,
    ] {
        let body = format!(r#"{{"Image": "app/job:tag", "Cmd": ["true"], "HostConfig": {{{host}}}}}"#);
        let (status, said) = call(&proxy, "POST", "/v1.41/containers/create", &body).await;
        assert!(status == 403 && said.contains("not allowed in a cage"), "{host}: {status} {said}");
    }
    for image in
        ["other:1", "", "sha256:", "sha256:0000000000000000000000000000000000000000000000000000000000000000", "app/job", "app/job:tag2"]
    {
        let (status, said) = call(&proxy, "POST", "/containers/create", &format!(r#"{{"Image": "{image}"}}"#)).await;
        assert!(status == 403, "{image}: {status} {said}");
    }
    yard.assert_nothing_is_left().await;
    let id = yard.image.to_string();
    for image in ["app/job:tag", &id, &id["sha256:".len()..], &id["sha256:".len()..][..12]] {
        let (status, said) = call(&proxy, "POST", "/containers/create", &format!(r#"{{"Image": "{image}", "Cmd": ["true"]}}"#)).await;
        assert!(status == 201, "{image}: {status} {said}");
    }
    let (status, said) = call(
        &proxy,
        "POST",
        "/containers/create?name=x",
        r#"{"Image": "app/job:tag", "Cmd": ["true"], "Labels": {"io.cooperage.test": "9"}}"#,
    )
    .await;
    assert_eq!(status, 201, "{said}");
    let (status, said) = call(&proxy, "GET", "/containers/x/json", "").await;
    assert!(status == 200 && !said.contains(r#""io.cooperage.test":"9""#) && said.contains(r#""io.cooperage.test":"#), "{said}");
    assert!(said.contains(r#""PidsLimit":64"#) && said.contains(r#""Memory":268435456"#), "{said}");
    assert_eq!(call(&proxy, "POST", "/containers/create?name=x", MADE).await.0, 409);
    assert_eq!(call(&proxy, "DELETE", "/containers/x", "").await.0, 204);
    assert_eq!(call(&proxy, "POST", "/containers/create?name=x", MADE).await.0, 201);
    proxy.close().await;
    yard.assert_nothing_is_left().await;
}

#[tokio::test]
async fn there_is_an_end_to_containers() {
    let yard = Yard::new().await;
    let proxy = yard.proxy();
    let mut statuses = Vec::new();
    for _ in 0..10 {
        statuses.push(call(&proxy, "POST", "/containers/create", MADE).await.0);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 8, "{statuses:?}");
    proxy.close().await;
    yard.assert_nothing_is_left().await;
}

#[tokio::test]
async fn smuggled_and_piled_up_requests_are_each_judged() {
    let yard = Yard::new().await;
    let proxy = yard.proxy();
    let other = stranger(&yard).await;
    let inner = format!("POST /containers/{other}/start HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    for head in [
        // Two lengths; a length and chunks, in both orders; an odd coding; a folded line.
        format!("POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: {}\r\n\r\n{{}}", inner.len() + 2),
        "POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            .to_owned(),
        "POST /containers/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            .to_owned(),
        "POST /containers/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n".to_owned(),
        "GET /_ping HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n".to_owned(),
        "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET /_ping HTTP/1.1\r\nHost: x\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n".to_owned(),
        "GET http://engine/_ping HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
    ] {
        let answer = raw(proxy.socket(), format!("{head}{inner}").as_bytes()).await;
        assert!(!answer.contains("204 No Content") && !answer.contains("101 "), "{head}: {answer}");
        assert!(!yard.engine.state(&other).await.unwrap().unwrap().running, "{head}");
    }
    yard.engine.remove_container(&other).await.unwrap();
    proxy.close().await;
}

#[tokio::test]
async fn large_bodies_and_heads_are_cut_off() {
    let yard = Yard::new().await;
    let proxy = yard.proxy();
    let large = "x".repeat(2 << 20);
    let whole =
        format!("POST /containers/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{large}", large.len());
    assert!(raw(proxy.socket(), whole.as_bytes()).await.contains("413"));
    let chunked = format!(
        "POST /containers/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    assert!(raw(proxy.socket(), chunked.as_bytes()).await.contains("413"));
    let head = format!("GET /_ping HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(1 << 20));
    assert!(!raw(proxy.socket(), head.as_bytes()).await.contains("200 OK"));
    let chunks = "POST /containers/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let pieces: String =
        MADE.as_bytes().chunks(5).map(|piece| format!("{:x}\r\n{}\r\n", piece.len(), std::str::from_utf8(piece).unwrap())).collect();
    let answer = raw(proxy.socket(), format!("{chunks}{pieces}0\r\n\r\n").as_bytes()).await;
    assert!(answer.contains("201"), "{answer}");
    proxy.close().await;
    yard.assert_nothing_is_left().await;
}
