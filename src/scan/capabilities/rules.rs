//! The rules of this scanner but those of secrets in files, which have a table of their own.

use crate::finding::{Rule, Severity, rule};

/// What the label `RUN` may ask for.
pub const LABEL_RULES: &[Rule] = &[
    rule(
        "privileged",
        Severity::Critical,
        "The container is not separated from the host; treat it as root there.",
        "docker run --privileged IMAGE",
        "docker run --privileged=false IMAGE",
    ),
    rule(
        "cap-add",
        Severity::Medium,
        "Added capabilities may let processes break out to the host; high where they are known to.",
        "docker run --cap-add SYS_ADMIN IMAGE",
        "docker run --cap-drop ALL IMAGE",
    ),
    rule(
        "label-disable",
        Severity::High,
        "The separation by SELinux's labels is off; processes may break out.",
        "docker run --security-opt label=disable IMAGE",
        "docker run --security-opt no-new-privileges IMAGE",
    ),
    rule(
        "unconfined",
        Severity::High,
        "A filter of what processes may ask of the kernel is off.",
        "docker run --security-opt seccomp=unconfined IMAGE",
        "docker run --security-opt seccomp=profile.json IMAGE",
    ),
    rule(
        "net-host",
        Severity::High,
        "Processes can listen on the host's ports and may see its traffic.",
        "docker run --network host IMAGE",
        "docker run --net=hostonly IMAGE",
    ),
    rule(
        "pid-host",
        Severity::High,
        "Processes see all of the host's and can act on them; SELinux's labels are off.",
        "docker run --pid=host IMAGE",
        "docker run --pid=container:other IMAGE",
    ),
    rule(
        "ipc-host",
        Severity::High,
        "Processes see the host's semaphores and shared memory; SELinux's labels are off.",
        "docker run --ipc=host IMAGE",
        "docker run --ipc=private IMAGE",
    ),
    rule(
        "userns-host",
        Severity::Medium,
        "Users of the container are those of the host, whatever the engine's settings say.",
        "docker run --userns=host IMAGE",
        "docker run --userns=auto IMAGE",
    ),
    rule("uts-host", Severity::Low, "The host's name can be changed.", "docker run --uts=host IMAGE", "docker run --hostname x IMAGE"),
    rule(
        "host-root",
        Severity::Critical,
        "All files of the host are in the container.",
        "docker run -v /:/host IMAGE",
        "docker run -v /srv/data:/data IMAGE",
    ),
    rule(
        "engine-socket",
        Severity::Critical,
        "Whoever has the engine's socket is root on the host.",
        "docker run -v /var/run/docker.sock:/var/run/docker.sock IMAGE",
        "docker run -v /srv/data:/data IMAGE",
    ),
    rule(
        "host-device",
        Severity::Medium,
        "Processes have a device of the host.",
        "docker run --device /dev/sda IMAGE",
        "docker run --tmpfs /tmp IMAGE",
    ),
];

/// What the image itself may hold.
pub const FILE_RULES: &[Rule] = &[
    rule(
        "root-user",
        Severity::Low,
        "Processes run as root unless told otherwise.",
        "the image has no USER, or one whose number is 0",
        "USER 65532",
    ),
    rule(
        "setuid-file",
        Severity::Medium,
        "A program runs with the rights of its owner or group, whoever starts it; high where that is root, low where distributions bring it so.",
        "-rwsr-xr-x root /usr/local/bin/helper",
        "-rwxr-xr-x root /usr/local/bin/helper",
    ),
    rule(
        "file-capability",
        Severity::Medium,
        "A program has capabilities, whoever starts it; high where they lead to root, low where distributions bring it so.",
        "/usr/local/bin/server has cap_sys_admin",
        "/usr/bin/ping has cap_net_raw",
    ),
    rule(
        "world-writable",
        Severity::Medium,
        "Everybody can change a file, or replace files in a folder without a sticky bit; high where it is a program.",
        "drwxrwxrwx /srv/data",
        "drwxrwxrwt /tmp",
    ),
    rule(
        "secret-in-environment",
        Severity::High,
        "A variable of the image's environment holds what looks like a secret, by its name or its form; everybody who has the image can read it.",
        "the variable DB_PASSWORD has a value",
        "the variable DB_PASSWORD_FILE names a file",
    ),
    rule(
        "shell-in-distroless",
        Severity::Low,
        "An image without a package manager has a shell, which helps whoever breaks in; medium where the image says it is distroless.",
        "/busybox/sh in an image of Distroless",
        "an image that holds one program and its libraries",
    ),
];
