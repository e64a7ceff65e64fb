//! Capabilities of a file, as the kernel stores them and as people and packages write them.

/// What a program may do beyond its user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileCapabilities {
    /// It has these.
    pub permitted: u64,
    /// It keeps these of who starts it.
    pub inheritable: u64,
    /// It has them from its start; else it has to ask for them.
    pub effective: bool,
}

/// By number. Source: Linux, include/uapi/linux/capability.h.
const NAMES: [&str; 41] = [
    "cap_chown",
    "cap_dac_override",
    "cap_dac_read_search",
    "cap_fowner",
    "cap_fsetid",
    "cap_kill",
    "cap_setgid",
    "cap_setuid",
    "cap_setpcap",
    "cap_linux_immutable",
    "cap_net_bind_service",
    "cap_net_broadcast",
    "cap_net_admin",
    "cap_net_raw",
    "cap_ipc_lock",
    "cap_ipc_owner",
    "cap_sys_module",
    "cap_sys_rawio",
    "cap_sys_chroot",
    "cap_sys_ptrace",
    "cap_sys_pacct",
    "cap_sys_admin",
    "cap_sys_boot",
    "cap_sys_nice",
    "cap_sys_resource",
    "cap_sys_time",
    "cap_sys_tty_config",
    "cap_mknod",
    "cap_lease",
    "cap_audit_write",
    "cap_audit_control",
    "cap_setfcap",
    "cap_mac_override",
    "cap_mac_admin",
    "cap_syslog",
    "cap_wake_alarm",
    "cap_block_suspend",
    "cap_audit_read",
    "cap_perfmon",
    "cap_bpf",
    "cap_checkpoint_restore",
];

const EFFECTIVE: u32 = 1;

impl FileCapabilities {
    /// From the attribute `security.capability`; none where it is none. Source: Linux, `struct vfs_cap_data` and
    /// `struct vfs_ns_cap_data`, revisions 1 to 3.
    pub fn decode(attribute: &[u8]) -> Option<Self> {
        let word = |at: usize| attribute.get(at * 4..at * 4 + 4)?.try_into().ok().map(u32::from_le_bytes);
        let magic = word(0)?;
        let halves = match (magic >> 24, attribute.len()) {
            (1, 12) => 1,
            (2, 20) | (3, 24) => 2,
            _ => return None,
        };
        let mut decoded = Self { effective: magic & EFFECTIVE != 0, ..Self::default() };
        for half in 0..halves {
            decoded.permitted |= u64::from(word(1 + half * 2)?) << (half * 32);
            decoded.inheritable |= u64::from(word(2 + half * 2)?) << (half * 32);
        }
        Some(decoded)
    }

    /// From a text like `cap_net_raw,cap_net_admin=ep cap_chown+i`; none where it cannot be read. Source: libcap,
    /// cap_from_text(3).
    pub fn parse(text: &str) -> Option<Self> {
        let mut parsed = Self::default();
        for clause in text.split_whitespace() {
            let at = clause.find(['=', '+', '-'])?;
            let (names, flags) = (&clause[..at], &clause[at + 1..]);
            let mut mask = 0;
            for name in names.split(',').filter(|name| !name.is_empty() && *name != "all") {
                mask |= 1 << NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))?;
            }
            if names.is_empty() || names == "all" {
                mask = (1 << NAMES.len()) - 1;
            }
            parsed.apply(&clause[at..=at], mask, flags)?;
        }
        Some(parsed)
    }

    fn apply(&mut self, operator: &str, mask: u64, flags: &str) -> Option<()> {
        if operator == "=" {
            self.permitted &= !mask;
            self.inheritable &= !mask;
        }
        for flag in flags.chars() {
            let set = match flag {
                'p' => &mut self.permitted,
                'i' => &mut self.inheritable,
                'e' => {
                    self.effective = operator != "-";
                    continue;
                }
                _ => return None,
            };
            *set = if operator == "-" { *set & !mask } else { *set | mask };
        }
        Some(())
    }

    /// The names of all it may have.
    pub fn names(self) -> Vec<String> {
        let all = self.permitted | self.inheritable;
        let named = |number: usize| NAMES.get(number).map_or_else(|| format!("capability {number}"), |name| (*name).to_owned());
        (0..64).filter(|number| all & (1 << number) != 0).map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn all_revisions_are_decoded() {
        let ping = FileCapabilities { permitted: 1 << 13, inheritable: 0, effective: true };
        assert_eq!(FileCapabilities::decode(&words(&[0x0100_0001, 1 << 13, 0])), Some(ping));
        assert_eq!(FileCapabilities::decode(&words(&[0x0200_0001, 1 << 13, 0, 0, 0])), Some(ping));
        assert_eq!(FileCapabilities::decode(&words(&[0x0300_0001, 1 << 13, 0, 0, 0, 1000])), Some(ping));
        let high = FileCapabilities::decode(&words(&[0x0200_0000, 0, 0, 1 << 7, 1])).unwrap();
        assert_eq!((high.names(), high.effective), (vec!["cap_mac_override".to_owned(), "cap_bpf".to_owned()], false));
        for wrong in [&words(&[0x0200_0001, 1])[..], &words(&[0x0400_0001, 1, 0, 0, 0]), b"", b"abc"] {
            assert_eq!(FileCapabilities::decode(wrong), None);
        }
    }

    #[test]
    fn texts_of_packages_say_the_same() {
        let ping = FileCapabilities { permitted: 1 << 13, inheritable: 0, effective: true };
        assert_eq!(FileCapabilities::parse("cap_net_raw=ep"), Some(ping));
        assert_eq!(FileCapabilities::parse("cap_net_raw+ep"), Some(ping));
        assert_eq!(FileCapabilities::parse("= cap_net_raw+pe"), Some(ping));
        assert_eq!(FileCapabilities::parse("cap_chown,cap_net_raw=ep cap_chown-p"), Some(ping));
        assert_eq!(FileCapabilities::parse(""), Some(FileCapabilities::default()));
        assert_eq!(FileCapabilities::parse("cap_nothing=ep"), None);
        assert_eq!(FileCapabilities::parse("rubbish"), None);
    }
}
