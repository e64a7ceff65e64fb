//! What distributions bring so: programs with setuid, setgid or capabilities, and places that everybody writes to.

/// Programs that packages of distributions bring with setuid or setgid, below `/usr`, whatever links lead there.
/// Sources: the file lists of Debian, Fedora and Alpine.
const SET_ID: &[&str] = &[
    "bin/at",
    "bin/bsd-write",
    "bin/chage",
    "bin/chfn",
    "bin/chsh",
    "bin/crontab",
    "bin/doas",
    "bin/dotlockfile",
    "bin/expiry",
    "bin/fusermount",
    "bin/fusermount3",
    "bin/gpasswd",
    "bin/locate",
    "bin/mlocate",
    "bin/mount",
    "bin/newgidmap",
    "bin/newgrp",
    "bin/newuidmap",
    "bin/ntfs-3g",
    "bin/passwd",
    "bin/ping",
    "bin/ping6",
    "bin/pkexec",
    "bin/plocate",
    "bin/ssh-agent",
    "bin/su",
    "bin/sudo",
    "bin/sudoedit",
    "bin/umount",
    "bin/wall",
    "bin/write",
    "bin/write.ul",
    "lib/dbus-1.0/dbus-daemon-launch-helper",
    "lib/openssh/ssh-keysign",
    "lib/policykit-1/polkit-agent-helper-1",
    "lib/polkit-1/polkit-agent-helper-1",
    "libexec/dbus-1/dbus-daemon-launch-helper",
    "libexec/openssh/ssh-keysign",
    "libexec/utempter/utempter",
    "lib/x86_64-linux-gnu/utempter/utempter",
    "lib/aarch64-linux-gnu/utempter/utempter",
    "sbin/grub2-set-bootflag",
    "sbin/mount.nfs",
    "sbin/pam_extrausers_chkpwd",
    "sbin/pam_timestamp_check",
    "sbin/unix_chkpwd",
    "sbin/userhelper",
    "sbin/usernetctl",
];

/// Programs with the capabilities that packages give them.
const CAPABLE: &[(&str, &[&str])] = &[
    ("arping", &["cap_net_raw"]),
    ("clockdiff", &["cap_net_raw", "cap_sys_nice"]),
    ("mtr-packet", &["cap_net_raw"]),
    ("newgidmap", &["cap_setgid"]),
    ("newuidmap", &["cap_setuid"]),
    ("ping", &["cap_net_raw", "cap_net_admin"]),
];

/// Capabilities of a file that lead to root, or nearly. Source: Linux, capabilities(7).
pub const STRONG: &[&str] = &[
    "cap_bpf",
    "cap_chown",
    "cap_dac_override",
    "cap_dac_read_search",
    "cap_fowner",
    "cap_mac_admin",
    "cap_mac_override",
    "cap_mknod",
    "cap_net_admin",
    "cap_setfcap",
    "cap_setgid",
    "cap_setuid",
    "cap_sys_admin",
    "cap_sys_module",
    "cap_sys_ptrace",
    "cap_sys_rawio",
];

/// Folders that everybody writes to, or that are not the image's own when it runs; with everything in them.
const WRITABLE: &[&str] = &["/dev", "/proc", "/run", "/sys", "/tmp", "/var/lock", "/var/run", "/var/tmp"];

/// Whether a distribution brings this program with setuid or setgid.
pub fn set_id(path: &str) -> bool {
    SET_ID.contains(&path.strip_prefix("/usr/").unwrap_or(path.trim_start_matches('/')))
}

/// Whether a distribution gives this program these capabilities.
pub fn capable(path: &str, names: &[String]) -> bool {
    let name = path.strip_prefix("/usr").unwrap_or(path);
    let name = name.strip_prefix("/bin/").or_else(|| name.strip_prefix("/sbin/"));
    CAPABLE.iter().any(|(known, has)| name == Some(known) && names.iter().all(|name| has.contains(&name.as_str())))
}

/// Whether everybody may write there.
pub fn may_be_written(path: &str) -> bool {
    WRITABLE.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_paths_are_known() {
        assert!(set_id("/usr/bin/su") && set_id("/bin/su") && !set_id("/usr/local/bin/su") && !set_id("/opt/bin/su"));
        let ping = ["cap_net_raw".to_owned()];
        assert!(capable("/usr/bin/ping", &ping) && capable("/bin/ping", &ping) && !capable("/srv/ping", &ping));
        assert!(!capable("/usr/bin/ping", &["cap_sys_admin".to_owned()]));
        assert!(may_be_written("/tmp") && may_be_written("/dev/shm") && !may_be_written("/tmpfiles") && !may_be_written("/var/tmpx"));
    }
}
