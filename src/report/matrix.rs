//! A plan as CI services read it.

use serde::Serialize;
use serde_json::json;

/// One job.
#[derive(Clone, Debug, Serialize)]
pub struct MatrixJob {
    /// Unique among the jobs.
    pub name: String,
    /// As many jobs stand before it on the longest chain.
    pub level: usize,
    /// Names of the jobs that come before.
    pub needs: Vec<String>,
    /// What it makes, parents before children.
    pub images: Vec<MatrixImage>,
    /// Arguments of `cooperage build` that choose exactly this, quoted for a shell.
    pub arguments: String,
}

/// One image of a job.
#[derive(Clone, Debug, Serialize)]
pub struct MatrixImage {
    /// Its name.
    pub name: String,
    /// Its reference, with the stamp if it has one.
    pub reference: String,
    /// What is to be done with it.
    pub action: &'static str,
    /// Why: code and text.
    pub reason: serde_json::Value,
}

/// For `strategy.matrix` of GitHub Actions, on one line as `$GITHUB_OUTPUT` wants it. A matrix knows no order: jobs
/// that wait for others come as one matrix a level.
pub fn github(jobs: &[MatrixJob], in_levels: bool) -> String {
    let entry = |job: &MatrixJob| {
        let names: Vec<&str> = job.images.iter().map(|image| image.name.as_str()).collect();
        json!({"name": job.name, "level": job.level, "images": names.join(" "), "arguments": job.arguments})
    };
    let matrix = |level: usize| json!({"include": jobs.iter().filter(|job| job.level == level).map(entry).collect::<Vec<_>>()});
    let depth = jobs.iter().map(|job| job.level + 1).max().unwrap_or(0);
    let whole = if in_levels { json!({"levels": (0..depth).map(matrix).collect::<Vec<_>>()}) } else { matrix(0) };
    format!("{whole}\n")
}

/// A child pipeline of GitLab CI. Its jobs extend `.cooperage` of the file `include`; `comment` says where it
/// comes from. A pipeline without jobs is an error there, so there is always one.
pub fn gitlab(jobs: &[MatrixJob], include: &str, comment: &str) -> String {
    let mut text = format!("# {comment}\n");
    if jobs.is_empty() {
        text.push_str("nothing to do:\n  script:\n    - \"true\"\n");
        return text;
    }
    text.push_str(&format!("include:\n  - local: {}\n", quoted(include)));
    for job in jobs {
        let needs: Vec<String> = job.needs.iter().map(|name| gitlab_name(name)).collect();
        text.push_str(&format!(
            "{}:\n  extends: .cooperage\n  needs: [{}]\n  variables:\n    BUILD_ARGUMENTS: {}\n",
            gitlab_name(&job.name),
            needs.join(", "),
            quoted(&job.arguments)
        ));
    }
    text
}

/// An image may be called `cache` or `default`, which are keywords of GitLab: two words never are.
fn gitlab_name(name: &str) -> String {
    quoted(&format!("build {name}"))
}

/// JSON's strings are YAML's double-quoted ones.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
