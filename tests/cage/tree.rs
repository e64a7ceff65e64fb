//! What a script finds in its cage, and what of its doing comes back.

use crate::{Yard, names};
use cooperage::sandbox::{CageError, Ended};
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test]
async fn a_good_script_changes_its_clone() {
    let yard = Yard::new().await;
    yard.write("sub/in", "text");
    yard.write("old", "old");
    let script =
        "pwd; echo $HOME $MARK; cat sub/in; rm old; mkdir made; echo out > made/file; ln -s file made/link; chmod 755 sub/in; echo e >&2";
    let lines = yard.run(script).await.good();
    assert!(lines.contains(&"/clone".to_owned()) && lines.contains(&format!("/tmp {}", yard.mark)), "{lines:?}");
    assert!(lines.contains(&"text".to_owned()) && lines.contains(&"e".to_owned()), "{lines:?}");
    assert_eq!((yard.read("made/link").as_deref(), yard.read("old")), (Some("out\n"), None));
    assert_eq!(std::fs::metadata(yard.tree().join("sub/in")).unwrap().permissions().mode() & 0o777, 0o755);
}

#[tokio::test]
async fn a_script_that_fails_changes_nothing() {
    let yard = Yard::new().await;
    yard.write("kept", "kept");
    let run = yard.run("rm -r * ; echo new > new; exit 3").await;
    assert!(matches!(run.end, Ok(Ended::Code(3))), "{:?}", run.end);
    assert_eq!((names(&yard.tree()), yard.read("kept").as_deref()), (vec!["kept".to_owned()], Some("kept")));
}

#[tokio::test]
async fn nothing_but_the_clone_and_tmp_can_be_written() {
    let yard = Yard::new().await;
    let script = "for f in /x /bin/x /etc/x /root /proc/sys/kernel/core_pattern /sys/x; do (echo x > $f) 2>/dev/null && echo WROTE $f; done
        echo '#!/bin/sh' > /tmp/run; echo 'echo ran from tmp' >> /tmp/run; chmod +x /tmp/run; /tmp/run
        mknod dev c 1 3 && echo DEVICE; mount -t tmpfs x /tmp && echo MOUNTED; chroot / true && echo CHROOT; hostname x && echo NAMED
        dmesg > /dev/null && echo DMESG; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; chown 7:7 /tmp/run && echo chowned; true";
    let text = yard.run(script).await.good().join("\n");
    for word in ["WROTE", "DEVICE", "MOUNTED", "CHROOT", "NAMED", "DMESG"] {
        assert!(!text.contains(word), "{text}");
    }
    // Bits 0, 1 and 3: CHOWN, DAC_OVERRIDE, FOWNER.
    assert!(text.contains("CapEff:\t000000000000000b") && text.contains("CapBnd:\t000000000000000b"), "{text}");
    assert!(text.contains("NoNewPrivs:\t1") && text.contains("ran from tmp") && text.contains("chowned"), "{text}");
}

#[tokio::test]
async fn files_of_this_machine_are_not_there() {
    let yard = Yard::new().await;
    std::fs::write(yard.folder.path().join("secret"), "hunter2").unwrap();
    let secret = yard.folder.path().join("secret").display().to_string();
    std::os::unix::fs::symlink(&secret, yard.tree().join("link")).unwrap();
    let run = yard.run(&format!("cat {secret} link ../secret /clone/../secret /proc/1/root{secret}; ls /var/run/docker.sock; ls /")).await;
    let text = run.good().join("\n");
    assert!(!text.contains("hunter2") && !text.lines().any(|line| line == "/var/run/docker.sock" || line == "home"), "{text}");
    // The link was there before, so it may stay.
    assert_eq!(std::fs::read_link(yard.tree().join("link")).unwrap().display().to_string(), secret);
}

#[tokio::test]
async fn what_must_not_come_back_fails_the_script() {
    let yard = Yard::new().await;
    yard.write("kept", "kept");
    for (script, said) in [
        ("ln -s /etc/passwd out", "a link to /etc/passwd"),
        ("mkdir d; ln -s ../../x d/out", "a link to ../../x"),
        ("mkfifo pipe", "a pipe"),
        ("truncate -s 100G holes", "more than 16 MiB"),
    ] {
        let run = yard.run(script).await;
        assert!(run.error().contains(said), "{script}: {}", run.error());
        assert_eq!(names(&yard.tree()), ["kept"], "{script}");
    }
}

#[tokio::test]
async fn rights_and_hooks_stay_behind() {
    let yard = Yard::new().await;
    yard.write(".git/config", "ours\n");
    let script = "cat .git/config; echo theirs > .git/config; mkdir -p .git/hooks sub/.git; echo evil > .git/hooks/post-checkout
        chmod +x .git/hooks/post-checkout; echo evil > sub/.git/config; cp /bin/busybox su; chmod 6755 su; ls -l su";
    let lines = yard.run(script).await.good();
    assert!(lines[0] == "ours" && lines[1].starts_with("-rwsr-sr-x"), "{lines:?}");
    assert_eq!(std::fs::metadata(yard.tree().join("su")).unwrap().permissions().mode() & 0o7777, 0o755);
    assert_eq!((yard.read(".git/config").as_deref(), names(&yard.tree().join(".git"))), (Some("ours\n"), vec!["config".to_owned()]));
    assert!(!yard.tree().join("sub/.git").exists());
}

#[tokio::test]
async fn a_clone_larger_than_the_cage_is_told() {
    let yard = Yard::new().await;
    std::fs::write(yard.tree().join("large"), vec![1_u8; 17 << 20]).unwrap();
    let run = yard.run("true").await;
    assert!(matches!(run.end, Err(CageError::TooLarge { .. })) && run.error().contains("17 MiB"), "{:?}", run.end);
}

#[tokio::test]
async fn an_image_that_is_not_there_is_named() {
    let mut yard = Yard::new().await;
    yard.limits.image = "127.0.0.1:1/no/such:image".to_owned();
    let run = yard.run("true").await;
    assert!(run.error().contains("127.0.0.1:1/no/such:image (cooperage.sandbox.image)"), "{}", run.error());
}

#[tokio::test]
async fn a_workdir_never_leaves_the_clone() {
    let yard = Yard::new().await;
    yard.write("sub/x", "");
    for (workdir, inside) in [("sub", "/clone/sub"), ("/sub/", "/clone/sub"), ("../../etc", "/clone/etc"), ("/", "/clone")] {
        let (log, lines) = crate::support::engine::log();
        let caged = cooperage::sandbox::Caged {
            engine: &yard.engine,
            tree: &yard.tree(),
            workdir,
            command: vec!["pwd".to_owned()],
            env: Default::default(),
            socket: None,
            limits: &yard.limits,
        };
        let end = cooperage::sandbox::run_caged(caged, &log, &Default::default()).await.unwrap();
        assert_eq!((end, lines.lock().unwrap().clone()), (Ended::Code(0), vec![inside.to_owned()]), "{workdir}");
    }
}
