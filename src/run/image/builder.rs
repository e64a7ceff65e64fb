//! Which builder makes an image, and what is refused before anything is built because no builder can do it.

use crate::config::{BuilderChoice, Config};
use crate::dockerfile::{Dockerfile, Feature, FeatureKind};
use crate::engine::{Builder, EngineInfo, EngineKind};
use crate::plan::Action;
use crate::run::session::Session;
use crate::run::work::prepare::{Prepared, RunError};
use std::collections::BTreeMap;

/// The engine that brought a Dockerfile frontend with heredocs, `COPY --link` and more.
const FIRST_NEW_ENGINE: semver::Version = semver::Version::new(23, 0, 0);

/// Chooses the builder for a Dockerfile.
///
/// # Errors
/// What two demands contradict each other, both named.
pub fn choose(config: &Config, info: &EngineInfo, dockerfile: &Dockerfile) -> Result<Builder, String> {
    let limited = !config.limits.is_empty();
    let secret = dockerfile.secret_ids().into_iter().next().map(|(id, line)| format!("the build secret {id} (line {line})"));
    let modern = secret.clone().or_else(|| dockerfile.features().first().map(describe));
    let builder = match config.cooperage.builder {
        BuilderChoice::Classic => Builder::Classic,
        BuilderChoice::Buildkit => Builder::BuildKit,
        BuilderChoice::Auto if limited || !info.buildkit => Builder::Classic,
        BuilderChoice::Auto => Builder::BuildKit,
    };
    if info.kind == EngineKind::Podman {
        return podman(config, builder, secret).and_then(|builder| foreign_platform(config, info, builder).map(|()| builder));
    }
    if builder == Builder::BuildKit && !info.buildkit {
        return Err(format!("builder: buildkit is asked for, but the engine {} has no BuildKit", info.version));
    }
    if builder == Builder::BuildKit && limited {
        return Err("container_limits and builder: buildkit exclude each other: BuildKit ignores limits; use builder: classic".to_owned());
    }
    match modern {
        Some(modern) if builder == Builder::Classic => Err(needs_buildkit(&modern, limited, config, info)),
        _ => foreign_platform(config, info, builder).map(|()| builder),
    }
}

fn needs_buildkit(modern: &str, limited: bool, config: &Config, info: &EngineInfo) -> String {
    let other = if limited {
        "container_limits needs the classic builder; drop one of the two".to_owned()
    } else if config.cooperage.builder == BuilderChoice::Classic {
        "builder: classic is asked for; use builder: auto".to_owned()
    } else {
        format!("the engine {} has none", info.version)
    };
    format!("{modern} needs BuildKit, but {other}")
}

/// Podman builds with buildah whatever is asked for; it takes no secrets over Docker's API.
fn podman(config: &Config, builder: Builder, secret: Option<String>) -> Result<Builder, String> {
    match (builder, secret) {
        (_, Some(secret)) => Err(format!("{secret} needs BuildKit, but the engine is Podman, whose API takes no build secrets")),
        (Builder::BuildKit, None) if config.cooperage.builder == BuilderChoice::Buildkit => {
            Err("builder: buildkit is asked for, but the engine is Podman, which has no BuildKit".to_owned())
        }
        _ => Ok(Builder::Classic),
    }
}

fn foreign_platform(config: &Config, info: &EngineInfo, builder: Builder) -> Result<(), String> {
    match &config.cooperage.platform {
        Some(platform) if builder == Builder::Classic && *platform != info.platform => Err(format!(
            "platform: {platform} needs BuildKit, but the classic builder is to be used, which builds for {} whatever is asked for",
            info.platform
        )),
        _ => Ok(()),
    }
}

/// The builder of every image that a plan builds.
///
/// # Errors
/// All demands that no builder can meet, and build secrets that cannot be had, one line each.
pub fn choose_builders(session: &Session, prepared: &Prepared) -> Result<BTreeMap<usize, Builder>, RunError> {
    let Some(Ok(engine)) = &session.sides.engine else { return Ok(BTreeMap::new()) };
    let mut chosen = BTreeMap::new();
    let mut refused = Vec::new();
    for image in prepared.plan.images.iter().filter(|image| image.action == Action::Build) {
        let item = prepared.survey.item(image.node);
        if item.making.is_some() {
            // Chosen again when the Dockerfile is there; what no builder can do is then the failure of this image alone.
            let builder = item.parsed.as_ref().and_then(|parsed| choose(&session.config, engine.info(), parsed).ok());
            chosen.insert(image.node, builder.unwrap_or(Builder::Classic));
            continue;
        }
        let Some(parsed) = &item.parsed else { continue };
        match choose(&session.config, engine.info(), parsed) {
            Ok(builder) => {
                chosen.insert(image.node, builder);
            }
            Err(why) => refused.push(format!("{}: {why}", item.definition.name)),
        }
        for (id, line) in parsed.secret_ids() {
            if let Err(error) = session.config.build_secret(&id) {
                refused.push(format!("{} (line {line}): {error}", item.definition.name));
            }
        }
    }
    if refused.is_empty() { Ok(chosen) } else { Err(RunError::Refused(refused)) }
}

/// The first thing in a Dockerfile that the engine is too old for.
///
/// A `# syntax=` line fetches another frontend, so nothing is known then.
pub fn too_new_for<'a>(info: &EngineInfo, features: &'a [Feature]) -> Option<&'a Feature> {
    let brings_its_own = features.iter().any(|feature| feature.kind == FeatureKind::Syntax);
    if info.kind == EngineKind::Podman || brings_its_own || !is_old(&info.version) {
        return None;
    }
    features.iter().find(|feature| !feature.kind.in_engine_20_10())
}

/// An instruction with its line, for messages.
pub fn describe(feature: &Feature) -> String {
    format!("{} (line {})", feature.text, feature.line)
}

/// Debian writes `20.10.24+dfsg1`, others `24.0`: what cannot be read counts as new, and the engine says so itself.
fn is_old(version: &str) -> bool {
    let numbers: Vec<&str> = version.split(['+', '-', '~']).next().unwrap_or_default().split('.').collect();
    let padded = [numbers.first(), numbers.get(1), numbers.get(2)].map(|part| part.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0));
    let known = numbers.first().is_some_and(|first| first.parse::<u64>().is_ok());
    known && semver::Version::new(padded[0], padded[1], padded[2]) < FIRST_NEW_ENGINE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::parse;

    fn info(version: &str) -> EngineInfo {
        EngineInfo {
            kind: EngineKind::Docker,
            version: version.into(),
            platform: "linux/amd64".into(),
            buildkit: true,
            address: "unix:///x".into(),
        }
    }

    #[test]
    fn debian_12s_engine_is_too_old_for_heredocs_and_links() {
        let features = |text: &str| parse(text).unwrap().features();
        let link = features("FROM scratch\nCOPY --link a /a\n");
        assert_eq!(too_new_for(&info("20.10.24+dfsg1"), &link).map(describe).unwrap(), "COPY --link (line 2)");
        assert!(too_new_for(&info("23.0.1"), &link).is_none());
        assert!(too_new_for(&info("master-abc"), &link).is_none());
        assert!(too_new_for(&info("20.10.24"), &features("# syntax=x/y:1\nFROM scratch\nCOPY --link a /a\n")).is_none());
        assert!(too_new_for(&info("20.10.24"), &features("FROM scratch\nRUN --mount=type=cache,target=/c true\n")).is_none());
    }
}
