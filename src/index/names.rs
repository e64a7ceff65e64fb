//! Names that follow from an entry (the original's reader).

/// `_`, `/`, `.` and `:` become `-`; letters keep their case.
pub fn normalised(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '_' | '/' | '.' | ':') { '-' } else { c }).collect()
}

/// The image of an entry, and of what `depends-on` names: namespace, name and tag, as published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageName {
    /// The namespace: `app-id`, normalised.
    pub app: String,
    /// The name: `job-id`, normalised.
    pub job: String,
    /// `desired-tag`, as it is.
    pub tag: String,
}

impl ImageName {
    /// Of an entry's three keys.
    pub fn of(app_id: &str, job_id: &str, desired_tag: &str) -> Self {
        Self { app: normalised(app_id), job: normalised(job_id), tag: desired_tag.to_owned() }
    }

    /// What `depends-on` writes: `namespace/name:tag`; a missing tag is `latest`. None where it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (app, rest) = text.split_once('/')?;
        let (job, tag) = rest.split_once(':').unwrap_or((rest, "latest"));
        let whole = !app.is_empty() && !job.is_empty() && !tag.is_empty() && !job.contains('/') && !tag.contains(['/', ':']);
        whole.then(|| Self::of(app, job, tag))
    }

    /// The repository below the registry: `app/job`; images of `library` have no namespace.
    pub fn repository(&self) -> String {
        if self.app == "library" { self.job.clone() } else { format!("{}/{}", self.app, self.job) }
    }

    /// The image: `app/job:tag`, or `job:tag` of `library`.
    pub fn image(&self) -> String {
        format!("{}:{}", self.repository(), self.tag)
    }

    /// The original's name of the pipeline: `app-job-tag` in lower case.
    pub fn pipeline(&self) -> String {
        format!("{}-{}-{}", self.app, self.job, self.tag).to_lowercase()
    }
}

impl std::fmt::Display for ImageName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}:{}", self.app, self.job, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_originals() {
        let name = ImageName::of("Foo_a", "b.c", "V1.2");
        assert_eq!((name.image().as_str(), name.pipeline().as_str()), ("Foo-a/b-c:V1.2", "foo-a-b-c-v1.2"));
        assert_eq!(ImageName::of("library", "centos", "7").image(), "centos:7");
        assert_eq!(ImageName::parse("library/centos:7").unwrap(), ImageName::of("library", "centos", "7"));
        assert_eq!(ImageName::parse("a/b").unwrap().tag, "latest");
        for text in ["b", "a/", "/b", "a/b:", "a/b/c:1", "a/b:1:2"] {
            assert_eq!(ImageName::parse(text), None, "{text}");
        }
    }
}
