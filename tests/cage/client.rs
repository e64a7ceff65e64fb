//! Debian's `docker` in a cage, against the proxy.

use crate::support::engine::{raw_context, request};
use crate::{IMAGE, Yard};
use cooperage::engine::Builder;
use cooperage::sandbox::{Ended, EngineProxy};
use std::path::Path;
use std::process::Command;

/// The program and the libraries it is linked to, as lines of a Dockerfile and files of its context.
fn client(program: &Path) -> (String, Vec<(String, Vec<u8>)>) {
    let linked = Command::new("ldd").arg(program).output().unwrap();
    let libraries = String::from_utf8(linked.stdout).unwrap();
    let libraries = libraries.split_whitespace().filter(|word| word.starts_with('/')).map(str::to_owned);
    let all: Vec<String> = std::iter::once(program.display().to_string()).chain(libraries).collect();
    let files = all.iter().enumerate().map(|(at, path)| (format!("f{at}"), std::fs::read(path).unwrap())).collect();
    let lines = all.iter().enumerate().map(|(at, path)| format!("COPY f{at} {path}\n")).collect();
    (lines, files)
}

/// The image of cages with `docker` in it.
async fn with_client(yard: &mut Yard, program: &Path) {
    let (lines, files) = client(program);
    let context = raw_context(&format!("{IMAGE}ENV PATH=/bin:/usr/bin:/usr/local/bin\n{lines}LABEL client={}\n", yard.mark));
    let mut bytes = std::fs::read(&context).unwrap();
    // Two blocks of zeros end a tar; more files go before them.
    bytes.truncate(bytes.len() - 1024);
    let mut tar = tar::Builder::new(bytes);
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        tar.append_data(&mut header, name, content.as_slice()).unwrap();
    }
    std::fs::write(&context, tar.into_inner().unwrap()).unwrap();
    let (image, _) = yard.test.must_build(request(&context, Builder::Classic)).await;
    yard.limits.image = image.to_string();
}

/// Debian's.
const DOCKER: &str = "/usr/bin/docker";

async fn script(yard: &Yard, proxy: &EngineProxy, script: &str) -> (Ended, String) {
    let run = yard.run_with_engine(script, proxy).await;
    let text = run.text();
    (run.end.unwrap_or_else(|error| panic!("{error}\n{text}")), text)
}

#[tokio::test]
async fn the_command_line_works_for_one_image() {
    // A newer one, where there is one, says more about each container.
    for program in [DOCKER, "/usr/local/bin/docker"].map(Path::new).into_iter().filter(|program| program.exists()) {
        works(program).await;
    }
}

async fn works(program: &Path) {
    let mut yard = Yard::new().await;
    with_client(&mut yard, program).await;
    let proxy = yard.proxy();
    let good = "set -e
        docker run --rm app/job:tag echo from the image
        echo input | docker run -i --rm app/job:tag cat
        docker run -d --name web -e KEY=value -w /bin app/job:tag sh -c 'echo $KEY; pwd; sleep 300'
        docker exec web echo executed
        echo piped | docker exec -i web cat
        docker exec web sh -c 'exit 4' || echo code $?
        until docker logs web | grep value; do sleep 1; done
        docker logs web
        docker inspect -f 'state {{.State.Running}} memory {{.HostConfig.Memory}} network {{.HostConfig.NetworkMode}}' web
        docker image inspect -f 'image {{.Os}}' app/job:tag
        docker inspect -f 'any {{.Os}}' app/job:tag
        docker stop -t 0 web; docker wait web; docker rm web
        docker run --name web app/job:tag true; docker rm -f -v web
        docker version -f 'server {{.Server.Os}}'";
    let (end, text) = script(&yard, &proxy, good).await;
    assert_eq!(end, Ended::Code(0), "{text}\n{:#?}", proxy.refused());
    for line in ["from the image", "input", "executed", "piped", "code 4", "value", "/bin", "state true memory 268435456 network none"] {
        assert!(text.lines().any(|found| found == line), "{line}:\n{text}");
    }
    assert!(text.contains("image linux") && text.contains("any linux") && text.contains("server linux"), "{text}");
    proxy.close().await;
    yard.assert_nothing_is_left().await;
}

#[tokio::test]
async fn the_command_line_is_refused_what_is_forbidden() {
    let mut yard = Yard::new().await;
    with_client(&mut yard, Path::new(DOCKER)).await;
    let proxy = yard.proxy();
    let calls = [
        "run --rm -v /:/host app/job:tag true",
        "run --rm --mount type=bind,src=/,dst=/host app/job:tag true",
        "run --rm --privileged app/job:tag true",
        "run --rm --cap-add SYS_ADMIN app/job:tag true",
        "run --rm --device /dev/null app/job:tag true",
        "run --rm --network host app/job:tag true",
        "run --rm --pid host app/job:tag true",
        "run --rm --security-opt seccomp=unconfined app/job:tag true",
        "run --restart always app/job:tag true",
        "run --rm -p 80:80 app/job:tag true",
        "run --rm other/image true",
        "ps -a",
        "images",
        "info",
        "pull app/job:tag",
        "tag app/job:tag app/job:other",
        "rmi app/job:tag",
        "volume ls",
        "network ls",
        "cp /bin/sh web:/x",
        "save app/job:tag",
        "system prune -f",
    ];
    let lines: Vec<String> =
        calls.iter().map(|call| format!("docker {call} > /dev/null 2> /tmp/said && echo DONE {call}; cat /tmp/said")).collect();
    let (_, text) = script(&yard, &proxy, &format!("{}\ntrue", lines.join("\n"))).await;
    assert!(!text.contains("DONE"), "{text}");
    assert!(text.matches("refused by the proxy of the engine: ").count() >= calls.len(), "{text}");
    proxy.close().await;
    yard.assert_nothing_is_left().await;
}

#[tokio::test]
async fn what_a_script_leaves_running_goes_with_the_proxy() {
    let mut yard = Yard::new().await;
    with_client(&mut yard, Path::new(DOCKER)).await;
    let proxy = yard.proxy();
    let (end, text) = script(&yard, &proxy, "for i in 1 2 3; do docker run -d app/job:tag sleep 3600; done").await;
    assert_eq!((end, yard.engine.containers_of(&yard.image).await.unwrap().len()), (Ended::Code(0), 3), "{text}");
    drop(proxy);
    for _ in 0..600 {
        if yard.engine.containers_of(&yard.image).await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("containers of a proxy that is gone live on");
}
