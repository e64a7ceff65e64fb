//! Which scanners run in a call.

use crate::config::{ScannerSettings, VulnerabilityScanner};
use crate::finding::Mode;
use crate::name::nearest;
use crate::scan::SCANNERS;

/// Which scanners run in a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanChoice {
    /// Only these, by name; all where there are none.
    pub only: Vec<String>,
    /// Nobody is asked over the network.
    pub offline: bool,
    /// Somebody is asked over the network only for images whose policy is `gate`: what only warns must not make a build wait
    /// for repositories of others.
    pub network_for_gates: bool,
}

/// A scanner that may run: one of the table, or one of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Its name.
    pub name: String,
    /// Where it stands among the scanners of the configuration, for one of those.
    pub external: Option<usize>,
    /// Whether it runs.
    pub runs: bool,
}

impl ScanChoice {
    /// Checks the names of a call and of the configuration.
    ///
    /// # Errors
    /// When one names no scanner, in words.
    pub fn check(&self, settings: &ScannerSettings) -> Result<(), String> {
        let known = names(settings);
        let told = self.only.iter().map(|name| ("--only", name)).chain(settings.off.iter().map(|name| ("cooperage.scanners.off", name)));
        for (whose, name) in told {
            if !known.contains(&name.as_str()) {
                let near = nearest(name, known.iter().copied());
                let hint = if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(" or ")) };
                return Err(format!("{whose}: there is no scanner \"{name}\"{hint}; there are {}", known.join(", ")));
            }
        }
        self.leaves_some(settings)
    }

    /// Images that nobody looks into would seem clean.
    fn leaves_some(&self, settings: &ScannerSettings) -> Result<(), String> {
        if self.only.is_empty() || self.candidates(settings).iter().any(|one| one.runs) {
            return Ok(());
        }
        let only = self.only.join(",");
        Err(match () {
            () if self.offline => format!("--only {only} with --offline leaves no scanner: what is left would ask the network"),
            () if settings.external.is_empty() && self.only.iter().all(|name| name == EXTERNAL) => {
                format!("--only {only} leaves no scanner: cooperage.scanners.external names none")
            }
            () => format!("--only {only} leaves no scanner: cooperage.scanners.off names it"),
        })
    }

    /// The choice for an image with this policy.
    pub(super) fn under(&self, policy: Mode) -> Self {
        Self { offline: self.offline || (self.network_for_gates && policy != Mode::Gate), ..self.clone() }
    }

    /// All scanners there are, in the order of reports.
    pub(super) fn candidates(&self, settings: &ScannerSettings) -> Vec<Candidate> {
        let own = SCANNERS.iter().filter(|scanner| scanner.name != EXTERNAL);
        let own = own.map(|scanner| {
            let network = scanner.network || (scanner.name == "vulnerabilities" && asks_for_advisories(settings));
            let idle = scanner.name == "vulnerabilities" && self.only.is_empty() && has_no_advisories(settings);
            let runs = self.takes(scanner.name, settings) && !idle && !(network && self.offline);
            Candidate { name: scanner.name.to_owned(), external: None, runs }
        });
        let others = settings.external.iter().enumerate().map(|(at, one)| {
            let runs = self.takes(&one.name, settings) || (self.only.iter().any(|name| name == EXTERNAL) && !is_off(&one.name, settings));
            Candidate { name: one.name.clone(), external: Some(at), runs: runs && !is_off(EXTERNAL, settings) }
        });
        own.chain(others).collect()
    }

    fn takes(&self, name: &str, settings: &ScannerSettings) -> bool {
        let wanted = self.only.is_empty() || self.only.iter().any(|only| only == name);
        wanted && !is_off(name, settings)
    }
}

/// The scanners of the configuration together.
const EXTERNAL: &str = "external";

fn is_off(name: &str, settings: &ScannerSettings) -> bool {
    settings.off.iter().any(|off| off == name)
}

/// Without them our own scanner of vulnerabilities finds nothing, which must not look like good news.
fn has_no_advisories(settings: &ScannerSettings) -> bool {
    settings.vulnerabilities == VulnerabilityScanner::Builtin && settings.advisories.is_empty()
}

fn asks_for_advisories(settings: &ScannerSettings) -> bool {
    settings.advisories.iter().any(|place| place.contains("://"))
}

fn names(settings: &ScannerSettings) -> Vec<&str> {
    SCANNERS.iter().map(|scanner| scanner.name).chain(settings.external.iter().map(|one| one.name.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ExternalAnswer, ExternalScanner};

    fn running(choice: &ScanChoice, settings: &ScannerSettings) -> String {
        let candidates = choice.candidates(settings).into_iter().filter(|one| one.runs);
        candidates.map(|one| one.name).collect::<Vec<_>>().join(" ")
    }

    fn with_external() -> ScannerSettings {
        let own = ExternalScanner { name: "own".into(), command: vec!["true".into()], image: None, answers: ExternalAnswer::Exit };
        ScannerSettings { external: vec![own], ..ScannerSettings::default() }
    }

    #[test]
    fn the_call_and_the_configuration_choose() {
        let only = |names: &[&str]| ScanChoice { only: names.iter().map(|name| (*name).to_owned()).collect(), ..ScanChoice::default() };
        let settings = ScannerSettings { advisories: vec!["osv".into()], ..with_external() };
        assert_eq!(running(&only(&[]), &settings), "inventory updates verify languages capabilities vulnerabilities own");
        assert_eq!(running(&only(&["verify", "own"]), &settings), "verify own");
        assert_eq!(running(&only(&["external"]), &settings), "own");
        let off = ScannerSettings { off: vec!["verify".into(), "external".into()], ..settings };
        assert_eq!(running(&only(&[]), &off), "inventory updates languages capabilities vulnerabilities");
    }

    #[test]
    fn a_choice_that_leaves_nobody_is_refused() {
        let only = |name: &str, offline| ScanChoice { only: vec![name.to_owned()], offline, network_for_gates: false };
        let off = ScannerSettings { off: vec!["verify".into()], ..ScannerSettings::default() };
        for (choice, settings, said) in [
            (only("updates", true), ScannerSettings::default(), "with --offline"),
            (only("external", false), ScannerSettings::default(), "external names none"),
            (only("verify", false), off, "scanners.off names it"),
        ] {
            assert!(choice.check(&settings).unwrap_err().contains(said), "{said}");
        }
        assert_eq!(only("updates", false).check(&ScannerSettings::default()), Ok(()));
    }

    #[test]
    fn offline_leaves_out_whoever_asks_the_network() {
        let offline = ScanChoice { offline: true, ..ScanChoice::default() };
        assert_eq!(running(&offline, &ScannerSettings::default()), "inventory verify capabilities");
        let folder = ScannerSettings { advisories: vec!["osv".into()], ..ScannerSettings::default() };
        assert_eq!(running(&offline, &folder), "inventory verify capabilities vulnerabilities");
        let mirror = ScannerSettings { advisories: vec!["https://example.org/osv".into()], ..ScannerSettings::default() };
        assert_eq!(running(&offline, &mirror), "inventory verify capabilities");
    }

    #[test]
    fn a_build_asks_the_network_for_gates_alone() {
        let build = ScanChoice { network_for_gates: true, ..ScanChoice::default() };
        let settings = ScannerSettings::default();
        assert_eq!(running(&build.under(Mode::Warn), &settings), "inventory verify capabilities");
        assert_eq!(running(&build.under(Mode::Gate), &settings), "inventory updates verify languages capabilities");
        assert_eq!(running(&ScanChoice::default().under(Mode::Warn), &settings), "inventory updates verify languages capabilities");
    }

    #[test]
    fn names_of_nothing_are_refused_with_what_may_have_been_meant() {
        let choice = ScanChoice { only: vec!["verfy".into()], ..ScanChoice::default() };
        let error = choice.check(&with_external()).unwrap_err();
        assert!(error.starts_with("--only: there is no scanner \"verfy\" (did you mean verify?); there are inventory, "), "{error}");
        assert!(error.ends_with(", own"), "{error}");
    }
}
