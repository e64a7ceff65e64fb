//! `image_tag` and `upstream_version`.

use super::{Known, one_text};
use crate::name::{Reference, nearest};
use crate::template::lookup::Told;
use minijinja::Error;
use minijinja::value::Value;

pub(super) fn image_tag(known: &Known, args: &[Value]) -> Result<Value, Error> {
    let name = one_text("image_tag", args)?;
    if let Some(reference) = known.names.reference_of(name).or_else(|| base_image(known, name)) {
        return Ok(Value::from(reference));
    }
    Err(unknown(known, name).into())
}

/// The base image that `name` means. The nearest meaning wins: in our namespace, in our registry, as it is written.
fn base_image(known: &Known, name: &str) -> Option<String> {
    let settings = &known.settings;
    let join = |parts: &[&str]| parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/");
    let meanings = [join(&[&settings.registry, &settings.namespace, name]), join(&[&settings.registry, name]), name.to_owned()];
    let find = |meaning: &String| settings.base_images.iter().find(|base| bare_name(base) == *meaning);
    meanings.iter().find_map(find).cloned()
}

/// A reference without tag and digest.
fn bare_name(reference: &str) -> String {
    Reference::parse(reference).map_or_else(|_| reference.to_owned(), |reference| reference.name())
}

fn unknown(known: &Known, name: &str) -> Told {
    if known.names.is_broken(name) {
        let help = format!("repair {name} first; its own defect says what is wrong");
        return Told::new(format!("image_tag: the definition of \"{name}\" is broken"), help);
    }
    let mut names = known.names.names();
    let prefix = format!("{}/", known.settings.registry);
    let bases = known.settings.base_images.iter().map(|base| bare_name(base));
    names.extend(bases.map(|base| base.strip_prefix(&prefix).map_or_else(|| base.clone(), str::to_owned)));
    let near = nearest(name, names.iter().map(String::as_str));
    let message = format!("image_tag: \"{name}\" is neither an image of the tree nor a base image");
    let help = match near.as_slice() {
        [] => "check the name, or add the image to base_images in the configuration".to_owned(),
        near => format!("did you mean \"{}\"? Otherwise add the image to base_images in the configuration", near.join("\" or \"")),
    };
    Told::new(message, help)
}

pub(super) fn upstream_version(_: &Known, args: &[Value]) -> Result<Value, Error> {
    let text = one_text("upstream_version", args)?;
    let untagged = || {
        let help = format!("write {{{{ \"{text}\" | image_tag | upstream_version }}}}");
        Error::from(Told::new(format!("upstream_version: \"{text}\" is no reference with a tag"), help))
    };
    upstream(text).map(Value::from).ok_or_else(untagged)
}

/// The part of a reference's tag in front of its first hyphen; none where there is no tag, as with docker-pkg.
///
/// A colon in front of a `/` belongs to a port, not to a tag.
fn upstream(text: &str) -> Option<&str> {
    let without_digest = text.split_once('@').map_or(text, |(name, _)| name);
    let last = without_digest.rsplit_once('/').map_or(without_digest, |(_, last)| last);
    let (_, version) = last.rsplit_once(':')?;
    match version.split_once('-') {
        Some((upstream, _)) if !upstream.is_empty() => Some(upstream),
        _ => Some(version),
    }
}

#[cfg(test)]
mod tests {
    use super::upstream;

    #[test]
    fn upstream_versions_of_real_tags() {
        for (text, expected) in [
            ("docker.example.org/releng/nodejs:0.3.1", "0.3.1"),
            ("localhost:5000/x:1.0-s1", "1.0"),
            ("x:1.57.0-1", "1.57.0"),
            ("x:3.11.2-1-s4", "3.11.2"),
            ("x:1.2.3-4-20241211", "1.2.3"),
            ("x:v2022.1-3", "v2022.1"),
            ("x:wmf1-2", "wmf1"),
            ("x:1.10-0.s3", "1.10"),
            ("x:2.0.2-wmf1-20240101@sha256:00", "2.0.2"),
            ("x:-1", "-1"),
        ] {
            assert_eq!(upstream(text), Some(expected), "{text}");
        }
        for text in ["1.2.3", "nodejs", "localhost:5000/x", "x@sha256:00", ""] {
            assert_eq!(upstream(text), None, "{text}");
        }
    }
}
