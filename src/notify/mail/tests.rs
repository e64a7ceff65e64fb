use super::*;
use crate::notify::samples::failed;
use crate::notify::tidy::tidied;

fn composer(settings: NotifySettings) -> Composer {
    Composer::new(&NotifySettings { from: Some("Builds <builds@example.org>".to_owned()), ..settings }).unwrap()
}

fn message(settings: NotifySettings, told: &Notification) -> String {
    composer(settings).build(&tidied(told), &addresses("owner@example.org").unwrap()).unwrap().message
}

#[test]
fn headers_thread_and_stop_answers() {
    let text = message(NotifySettings { cc: vec!["ops@example.org, Owner@example.org".to_owned()], ..Default::default() }, &failed());
    let unfolded = text.replace("\r\n ", " ");
    for line in [
        "From: Builds <builds@example.org>\r\n",
        "To: owner@example.org\r\n",
        "Cc: ops@example.org\r\n",
        "Subject: [registry.example.org] FAILED: Container build bamachrn/python:release\r\n",
        "Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "X-Cooperage-Outcome: failed\r\n",
        "Precedence: bulk\r\n",
        "List-Id: Container builds <builds.example.org>\r\n",
    ] {
        assert!(unfolded.contains(line), "{line}\n{text}");
    }
    let mut other = failed();
    other.run = "another".to_owned();
    let other = message(NotifySettings::default(), &other);
    let value = |text: &str, name: &str| text.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned)).unwrap();
    assert_eq!(value(&text, "References: "), value(&other, "In-Reply-To: "));
    assert_ne!(value(&text, "Message-ID: "), value(&other, "Message-ID: "));
}

#[test]
fn what_others_wrote_stays_text() {
    let mut told = failed();
    told.image = "a/b:1\r\nBcc: victim@example.org".to_owned();
    let text = message(NotifySettings::default(), &told);
    assert!(!text.contains("\r\nBcc:"), "{text}");
    assert!(text.contains("&lt;script&gt;") && !text.contains("<td style=3D\"\"><script>"), "{text}");
    assert!(!text.contains("href=3D\"javascript:"), "{text}");
}

#[test]
fn wrong_settings_are_named() {
    let wrong = |settings: NotifySettings| Composer::new(&settings).err().unwrap().to_string();
    let text = wrong(NotifySettings { from: Some("nobody".to_owned()), ..Default::default() });
    assert!(text.contains("cooperage.notify.from") && text.contains("nobody"), "{text}");
    let text = wrong(NotifySettings { cc: vec!["null".to_owned()], ..Default::default() });
    assert!(text.contains("cooperage.notify.cc"), "{text}");
}
