//! Notifications for the tests of this room.

use super::notification::{Cause, FailedStage, Notification, ScanNote, Told};
use std::collections::BTreeMap;

/// One of a build that failed.
pub(super) fn failed() -> Notification {
    Notification {
        run: "20260102-030405-abcd".to_owned(),
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
        owners: vec!["owner@example.org".to_owned()],
        image: "bamachrn/python:release".to_owned(),
        registry: "registry.example.org:5000".to_owned(),
        reference: None,
        digest: None,
        outcome: Told::Failed,
        cause: Cause::Commit {
            commit: "0123456789ab".to_owned(),
            author: "Ann Author".to_owned(),
            subject: "Newer <b>base</b>".to_owned(),
            branch: "master".to_owned(),
            url: "https://git.example.org/python.git".to_owned(),
        },
        failed: Some(FailedStage {
            stage: "build".to_owned(),
            message: "the build ended with 1".to_owned(),
            tail: vec!["Step 3/9 : RUN make".to_owned(), "<script>alert(1)</script>".to_owned()],
        }),
        scan: Some(ScanNote {
            counts: BTreeMap::from([("high".to_owned(), 2)]),
            new: vec!["CVE-2026-1 openssl".to_owned()],
            gone: vec!["CVE-2025-9 zlib".to_owned()],
        }),
        links: vec![("log".to_owned(), "https://ci.example.org/1".to_owned()), ("bad".to_owned(), "javascript:alert(1)".to_owned())],
        seconds: 75.4,
    }
}
