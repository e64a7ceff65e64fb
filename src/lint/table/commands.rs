//! Rules about what RUN runs.

use super::super::rules::{apk, apt, dnf, packages, pip, run};
use super::{Row, row};
use crate::finding::Severity::{Error, Info, Warning};

const PIN: &str = "name the versions";

pub(super) const ROWS: &[Row] = &[
    row(
        "DL3001",
        Info,
        "RUN runs nothing that makes no sense in a build: ssh, vim, shutdown, service, ps, free, top, kill, mount.",
        "RUN service nginx start",
        "CMD [\"nginx\", \"-g\", \"daemon off;\"]",
        "remove it",
        run::pointless,
    ),
    row("DL3003", Warning, "WORKDIR changes the folder, not cd.", "RUN cd /app && make", "WORKDIR /app and RUN make", "write WORKDIR", run::cd),
    row("DL3004", Error, "Nothing runs sudo.", "RUN sudo make install", "USER root and RUN make install", "write USER root above, and the former user below", run::sudo),
    row(
        "DL3008",
        Warning,
        "apt-get install names versions.",
        "RUN apt-get install -y curl",
        "RUN apt-get install -y curl=7.88.*",
        PIN,
        apt::unpinned,
    )
    .differs("-a, -c and --default-release take the next word along; -- is no package"),
    row(
        "DL3009",
        Info,
        "Lists that apt-get update fetches are removed in the same RUN.",
        "RUN apt-get update && apt-get install -y curl",
        "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
        "end the RUN with rm -rf /var/lib/apt/lists/*; apt_install does",
        apt::lists,
    )
    .differs("what is removed must be the lists; an unnamed stage counts when it is the last one"),
    row(
        "DL3013",
        Warning,
        "pip install names versions, or a list of them.",
        "RUN pip install flask",
        "RUN pip install flask==3.0.0",
        "name the versions, or give a file of requirements or constraints",
        pip::unpinned,
    )
    .differs("--timeout, --retries, --cert and other options take the next word along; -c may stand close to its file"),
    row(
        "DL3014",
        Warning,
        "apt-get install asks nothing.",
        "RUN apt-get install curl",
        "RUN apt-get install -y curl",
        "add -y",
        apt::no_yes,
    )
    .differs("every way of saying quiet twice counts: -qqq, --quiet=2"),
    row(
        "DL3015",
        Info,
        "apt-get install leaves recommended packages out.",
        "RUN apt-get install -y curl",
        "RUN apt-get install -y --no-install-recommends curl",
        "add --no-install-recommends; apt_install does",
        apt::recommends,
    )
    .differs("every way of writing APT::Install-Recommends=false counts: -oAPT::…, --option=…, 0, no"),
    row("DL3016", Warning, "npm install names versions.", "RUN npm install express", "RUN npm install express@4.18.2", PIN, packages::npm),
    row("DL3018", Warning, "apk add names versions.", "RUN apk add --no-cache curl", "RUN apk add --no-cache curl=8.5.0-r0", PIN, apk::unpinned)
        .differs("--root, --arch, --wait and other options take the next word along"),
    row(
        "DL3019",
        Info,
        "apk add keeps no index.",
        "RUN apk add curl=8.5.0-r0",
        "RUN apk add --no-cache curl=8.5.0-r0",
        "add --no-cache",
        apk::cache,
    ),
    row("DL3027", Warning, "Scripts call apt-get, not apt.", "RUN apt install -y curl", "RUN apt-get install -y curl", "write apt-get, or apt-cache", apt::program),
    row("DL3028", Warning, "gem install names versions.", "RUN gem install bundler", "RUN gem install bundler:2.5.0", PIN, packages::gem),
    row("DL3030", Warning, "yum install asks nothing.", "RUN yum install curl", "RUN yum install -y curl", "add -y", dnf::yum_no_yes),
    row(
        "DL3032",
        Warning,
        "What yum caches is removed in the same RUN.",
        "RUN yum install -y curl-8.0",
        "RUN yum install -y curl-8.0 && yum clean all",
        "end the RUN with yum clean all",
        dnf::yum_cache,
    ),
    row("DL3033", Warning, "yum install names versions.", "RUN yum install -y curl", "RUN yum install -y curl-8.0", PIN, dnf::yum_unpinned)
        .differs("--setopt, --enablerepo and other options take the next word along"),
    row("DL3034", Warning, "zypper asks nothing.", "RUN zypper install curl", "RUN zypper install -y curl", "add -y", packages::zypper_no_yes),
    row("DL3035", Warning, "Nothing runs zypper dist-upgrade.", "RUN zypper dist-upgrade -y", "FROM the newer base image", "take a newer base image", packages::zypper_upgrade),
    row(
        "DL3036",
        Warning,
        "What zypper caches is removed in the same RUN.",
        "RUN zypper install -y curl=8.0",
        "RUN zypper install -y curl=8.0 && zypper clean",
        "end the RUN with zypper clean",
        packages::zypper_cache,
    ),
    row("DL3037", Warning, "zypper install names versions.", "RUN zypper install -y curl", "RUN zypper install -y curl=8.0", PIN, packages::zypper_unpinned),
    row("DL3038", Warning, "dnf install asks nothing.", "RUN dnf install curl", "RUN dnf install -y curl", "add -y", dnf::dnf_no_yes),
    row(
        "DL3040",
        Warning,
        "What dnf caches is removed in the same RUN.",
        "RUN dnf install -y curl-8.0",
        "RUN dnf install -y curl-8.0 && dnf clean all",
        "end the RUN with dnf clean all",
        dnf::dnf_cache,
    ),
    row("DL3041", Warning, "dnf install names versions.", "RUN dnf install -y curl", "RUN dnf install -y curl-8.0", PIN, dnf::dnf_unpinned)
        .differs("--setopt, --enablerepo and other options take the next word along"),
    row(
        "DL3042",
        Warning,
        "pip install keeps no cache.",
        "RUN pip install flask==3.0.0",
        "RUN pip install --no-cache-dir flask==3.0.0",
        "add --no-cache-dir, or ENV PIP_NO_CACHE_DIR=1 above",
        pip::cache,
    ),
    row(
        "DL3046",
        Warning,
        "useradd with a large number makes no log of logins.",
        "RUN useradd -u 100000 app",
        "RUN useradd -l -u 100000 app",
        "add -l",
        run::large_uid,
    ),
    row("DL3047", Info, "wget draws no bar.", "RUN wget https://example.org/a", "RUN wget --progress=dot:giga https://example.org/a", "add --progress=dot:giga or -q", run::wget_bar),
    row(
        "DL3059",
        Info,
        "Short RUN in a row are one.",
        "RUN a and RUN b",
        "RUN a && b",
        "join them with &&",
        run::consecutive,
    ),
    row("DL3060", Info, "What yarn caches is removed in the same RUN.", "RUN yarn install", "RUN yarn install && yarn cache clean", "end the RUN with yarn cache clean", packages::yarn),
    row("DL3062", Warning, "go install names versions.", "RUN go install example.org/tool@latest", "RUN go install example.org/tool@v1.2.3", PIN, packages::go),
    row("DL4001", Warning, "Either wget or curl is used.", "RUN wget a and RUN curl b", "RUN curl a b", "write the one as the other", run::both_fetchers),
    row(
        "DL4005",
        Warning,
        "SHELL chooses the shell, not a link.",
        "RUN ln -sf /bin/bash /bin/sh",
        "SHELL [\"/bin/bash\", \"-c\"]",
        "write SHELL",
        run::shell_link,
    ),
    row(
        "DL4006",
        Warning,
        "A RUN with a pipe fails when any part of it fails.",
        "RUN curl a | tar x",
        "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"] above it",
        "write SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"] above, or set -o pipefail in front",
        run::pipefail,
    )
    .differs("set -o pipefail before the pipe counts, and so does bash or zsh at any path; # hadolint shell= counts like SHELL"),
];
