//! Rules of our own. `latest` in FROM and pipes without pipefail are hadolint's DL3007 and DL4006.

use super::super::rules::{copy, from, own, secrets};
use super::{Row, row};
use crate::finding::EXPIRED;
use crate::finding::Severity::{Error, Info, Warning};

pub(super) const ROWS: &[Row] = &[
    row(
        "unlisted_base",
        Error,
        "Every image from outside is listed in base_images.",
        "FROM debian:bookworm and base_images: []",
        "FROM debian:bookworm and base_images: ['debian:bookworm']",
        "add it to base_images in the configuration",
        from::unlisted,
    ),
    row(
        "apt_by_hand",
        Info,
        "Packages are installed by the filter, which cleans up behind itself.",
        "RUN apt-get update && apt-get install -y curl",
        "RUN {{ \"curl\" | apt_install }}",
        "write RUN {{ \"PACKAGE …\" | apt_install }}",
        own::by_hand,
    ),
    row(
        "credentials",
        Error,
        "No credentials stand in ARG and ENV.",
        "ENV API_TOKEN=…",
        "RUN --mount=type=secret,id=token …",
        "take it out, make it worthless, and use RUN --mount=type=secret",
        secrets::credentials,
    ),
    row(
        "version_differs",
        Warning,
        "VERSION and version labels agree with the changelog.",
        "LABEL version=1.0 where the changelog says 1.1",
        "LABEL version=1.1",
        "take the line out, or change it together with the changelog",
        own::version,
    ),
    row(
        "add_unchecked",
        Info,
        "ADD of an address says what must come.",
        "ADD https://example.org/a.tar.gz /",
        "ADD --checksum=sha256:… https://example.org/a.tar.gz /",
        "add --checksum=sha256:…",
        copy::unchecked,
    ),
    row(
        EXPIRED,
        Warning,
        "No exception is past its day.",
        "ignore: [{id: DL3008, until: 2020-01-01, reason: later}]",
        "the exception is gone, or has a later day",
        "correct what it covered and remove it, or give it a later day",
        |_, _| {},
    ),
];
