//! Several destinations, seen as a user sees them: names, the way back, what each side holds, other names in FROM.

#[path = "destinations/building.rs"]
mod building;
#[path = "destinations/names.rs"]
mod names;
#[path = "destinations/presence.rs"]
mod presence;
mod support;

use support::catalogue::Catalogue;
use support::faults::Faults;
use support::registry::image::TinyImage;
use support::registry::{Registry, RegistryKind};

/// Two registries, and a proxy in front of the second one that consumers pull through.
struct Stage {
    main: Registry,
    ci: Registry,
    proxy: Faults,
    catalogue: Catalogue,
}

impl Stage {
    /// `main` has a repository for each image, `ci` has one for all and takes nothing that ends in `-dev`.
    fn new() -> Self {
        let (main, ci) = (Registry::start(RegistryKind::Plain), Registry::start(RegistryKind::Plain));
        let proxy = Faults::in_front_of(&ci);
        let catalogue = Catalogue::new(&main.address);
        catalogue.configure(&format!(
            "cooperage:\n  publish:\n    - name: main\n      to: {main}/{namespace}/{{{{ name }}}}\n    - name: ci\n      to: {ci}/one\n      \
             tags: ['{{{{ namespace }}}}_{{{{ name }}}}_{{{{ tag }}}}']\n      pull_as: {proxy}/one\n      exclude: ['*-dev:*']\n      keep_alive: true\n",
            main = main.address,
            namespace = catalogue.namespace,
            ci = ci.address,
            proxy = proxy.address,
        ));
        Self { main, ci, proxy, catalogue }
    }

    /// The tag of an image at `ci`.
    fn joined(&self, name: &str, version: &str) -> String {
        format!("{}_{name}_{version}", self.catalogue.namespace)
    }

    /// Puts an image where `main` has it.
    fn put_main(&self, name: &str, version: &str, image: &TinyImage) {
        image.put(&self.main.address, None, &self.catalogue.repository(name), version);
    }

    /// Puts an image where `ci` has it.
    fn put_ci(&self, name: &str, version: &str, image: &TinyImage) {
        image.put(&self.ci.address, None, "one", &self.joined(name, version));
    }
}
