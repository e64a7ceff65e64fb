//! Paths whose files change while a machine is installed or runs: known noise.

use crate::name::Pattern;

/// Folders with everything in them, and files. A path counts as a whole: `/var` says nothing of `/variable`.
const NOISE: &[&str] = &[
    // What runs, is mounted, or belongs to the host.
    "/var",
    "/run",
    "/media",
    "/mnt",
    "/tmp",
    "/proc",
    "/sys",
    "/dev",
    "/boot",
    // Engines put their own in their place.
    "/etc/hostname",
    "/etc/hosts",
    "/etc/mtab",
    "/etc/resolv.conf",
    // Compiled when udev is installed, and differently in base images.
    "/usr/lib/udev/hwdb.d/20-OUI.hwdb",
    "/usr/lib/udev/hwdb.d/20-acpi-vendor.hwdb",
    "/usr/lib/udev/hwdb.d/20-bluetooth-vendor-product.hwdb",
    "/usr/lib/udev/hwdb.d/20-net-ifname.hwdb",
    "/usr/lib/udev/hwdb.d/20-pci-classes.hwdb",
    "/usr/lib/udev/hwdb.d/20-pci-vendor-model.hwdb",
    "/usr/lib/udev/hwdb.d/20-sdio-classes.hwdb",
    "/usr/lib/udev/hwdb.d/20-sdio-vendor-model.hwdb",
    "/usr/lib/udev/hwdb.d/20-usb-classes.hwdb",
    "/usr/lib/udev/hwdb.d/20-usb-vendor-model.hwdb",
    "/usr/lib/udev/hwdb.d/60-evdev.hwdb",
    "/usr/lib/udev/hwdb.d/60-keyboard.hwdb",
    "/usr/lib/udev/hwdb.d/70-mouse.hwdb",
    "/usr/lib/udev/hwdb.d/70-touchpad.hwdb",
];

/// Folders of documentation and of texts in other languages, which small images leave out.
const DOCUMENTATION: &[&str] = &[
    "/usr/share/doc",
    "/usr/share/doc-base",
    "/usr/share/gnome/help",
    "/usr/share/groff",
    "/usr/share/help",
    "/usr/share/info",
    "/usr/share/linda",
    "/usr/share/lintian",
    "/usr/share/locale",
    "/usr/share/man",
    "/usr/share/omf",
];

/// What is passed over.
pub struct Noise {
    patterns: Vec<Pattern>,
}

impl Noise {
    /// With the patterns of the configuration; those that cannot be used are told.
    pub fn new(patterns: &[String], errors: &mut Vec<String>) -> Self {
        let mut noise = Self { patterns: Vec::new() };
        for text in patterns {
            match Pattern::parse(text) {
                Ok(pattern) => noise.patterns.push(pattern),
                Err(error) => errors.push(format!("cooperage.scanners.noise: {error}")),
            }
        }
        noise
    }

    /// Whether a path is passed over.
    pub fn hides(&self, path: &str) -> bool {
        path == "/" || in_one_of(NOISE, path) || self.patterns.iter().any(|pattern| pattern.matches(path))
    }
}

/// Whether a path holds documentation.
pub fn is_documentation(path: &str) -> bool {
    in_one_of(DOCUMENTATION, path)
}

fn in_one_of(folders: &[&str], path: &str) -> bool {
    folders.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_count_as_a_whole() {
        let mut errors = Vec::new();
        let noise = Noise::new(&["/opt/*.pyc".to_owned(), "/srv/x".to_owned()], &mut errors);
        let hidden = ["/", "/var", "/var/lib/x", "/run/x", "/boot/vmlinuz", "/usr/lib/udev/hwdb.d/60-evdev.hwdb", "/opt/a/b.pyc", "/srv/x"];
        for path in hidden {
            assert!(noise.hides(path), "{path}");
        }
        for path in ["/variable/x", "/system", "/runner", "/bootstrap", "/usr/tmp", "/etc", "/usr/var/x", "/srv/x/y", "/etc/hosts.allow"] {
            assert!(!noise.hides(path), "{path}");
        }
        assert!(errors.is_empty());
        assert!(is_documentation("/usr/share/doc/x/README") && !is_documentation("/usr/share/docker/x"));
    }
}
