//! docker-pkg's headings on stdout, word by word and in its order: people's scripts grep them.

use super::surface::Surface;
use crate::event::Step;
use crate::report::clean;
use crate::report::ledger::{Image, Ledger};

/// Which headings have been written.
#[derive(Debug, Default)]
pub(super) struct Headings {
    plan: bool,
    /// The command publishes and builds nothing, so nothing is said of builds.
    only_publishes: bool,
    /// Images whose build is good and whose test is still to come.
    built: Vec<String>,
    /// Names of images that are published since this run.
    published: Vec<String>,
}

impl Headings {
    pub fn only_publishes(&mut self) {
        self.only_publishes = true;
    }

    pub fn scanning(surface: &mut Surface, directory: &str) {
        surface.out(&format!("== Step 0: scanning {} ==\n", clean::line(directory)));
    }

    /// What will be done, once it is known whole: before the first step. Also said of nothing, as docker-pkg does.
    pub fn plan(&mut self, ledger: &Ledger, surface: &mut Surface) {
        if std::mem::replace(&mut self.plan, true) {
            return;
        }
        if self.only_publishes {
            let all = listed(ledger.images().iter().filter(|image| image.action.is_some()));
            if !all.is_empty() {
                surface.out(&format!("Will publish the following images:\n{all}"));
            }
            return;
        }
        let queued =
            |builds: bool| ledger.images().iter().filter(move |image| image.action.as_ref().is_some_and(|it| (it == "build") == builds));
        let mut text = format!("Will build the following images:\n{}", listed(queued(true)));
        let held = listed(queued(false));
        if ledger.publishing && !held.is_empty() {
            text.push_str("Will test and publish the following images, which the engine has:\n");
            text.push_str(&held);
        }
        text.push_str("== Step 1: building images ==\n");
        surface.out(&text);
    }

    /// It was not built, or its test failed. Scripts look for this line, because docker-pkg ends with 0.
    pub fn not_built(&self, image: &Image, surface: &mut Surface) {
        if !self.only_publishes && image.steps.iter().all(|step| step.step != Step::Publish) {
            surface.out(&format!(" ERROR: image {} failed to build, see logs for details\n", clean::line(untagged(&image.reference))));
        }
    }

    /// The build is good; it counts when the test is, too.
    pub fn build_is_good(&mut self, name: &str) {
        self.built.push(name.to_owned());
    }

    /// The test is good, or there is none.
    pub fn test_is_good(&mut self, name: &str, ledger: &Ledger, surface: &mut Surface) {
        if let Some(place) = self.built.iter().position(|built| built == name) {
            self.built.swap_remove(place);
            let reference = ledger.image(name).map_or(name, |image| &image.reference);
            surface.out(&format!("* Built image {}\n", clean::line(reference)));
        }
    }

    /// It is in the registry. Told when all builds are done, so that each heading stands once.
    pub fn published(&mut self, name: &str) {
        self.published.push(name.to_owned());
    }

    /// Everything that docker-pkg says after its builds.
    pub fn publishing(&mut self, ledger: &Ledger, surface: &mut Surface) {
        let whole = ledger.end.is_some_and(|end| end.exit <= 1);
        // A run that stopped early says nothing of a step it did not come to.
        if !whole && ledger.moved.is_empty() && self.published.is_empty() {
            return;
        }
        let step = if self.only_publishes { 1 } else { 2 };
        let mut text = format!("== Step {step}: publishing ==\n");
        if !ledger.publishing {
            text.push_str("NOT publishing images as we have no auth setup\n");
        }
        let names = self.published.drain(..).filter_map(|name| ledger.image(&name));
        let published = names.flat_map(standing).map(|reference| format!("Successfully published image {}\n", clean::line(reference)));
        text.extend(published);
        let moved = ledger.moved.iter().map(|moved| (clean::line(&moved.reference), clean::line(&moved.digest)));
        text.extend(moved.map(|(reference, digest)| format!("Moved {reference} to {digest}\n")));
        surface.out(&text);
    }

    pub fn done(&self, surface: &mut Surface) {
        surface.out(if self.only_publishes { "== Publishing done! ==\n" } else { "== Build done! ==\n" });
    }
}

/// The references under which a published image stands: those of its destinations, in their order.
fn standing(image: &Image) -> Vec<&str> {
    let mut references: Vec<&str> = Vec::new();
    for delivery in image.details.iter().flat_map(|details| &details.destinations) {
        if !references.contains(&delivery.reference.as_str()) {
            references.push(&delivery.reference);
        }
    }
    if references.is_empty() { vec![&image.reference] } else { references }
}

/// docker-pkg leaves the tag out where it tells of an error.
fn untagged(reference: &str) -> &str {
    reference.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(reference, |(name, _)| name)
}

fn listed<'a>(images: impl Iterator<Item = &'a Image>) -> String {
    images.map(|image| format!("* {}\n", clean::line(&image.reference))).collect()
}
