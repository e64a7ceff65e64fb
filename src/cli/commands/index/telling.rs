//! A plan of the index for people, programs, CI services and pull requests.

use crate::catalog::Defect;
use crate::cli::commands::matrix::{self, Cut};
use crate::cli::exit::Trouble;
use crate::cli::options::Format;
use crate::cli::options::index::IndexPlanOptions;
use crate::cli::surroundings::Surroundings;
use crate::index::{Change, Plan, Planned};
use crate::name::Pattern;
use crate::report::{Cell, MarkdownTable, MatrixImage, MatrixJob, Paint, Table, json, markdown, text};
use serde::Serialize;
use std::collections::BTreeMap;

/// An entry of the document.
#[derive(Debug, Serialize)]
pub struct Row {
    file: String,
    line: usize,
    id: i64,
    image: String,
    change: Change,
    action: &'static str,
    reason: String,
    keys: Vec<String>,
    git_url: String,
    git_branch: String,
    commit: Option<String>,
    parents: Vec<String>,
}

/// Everything that is told.
pub struct Telling<'a> {
    pub base: Option<&'a str>,
    pub head: Option<&'a str>,
    /// The branch that publishes.
    pub branch: Option<&'a str>,
    pub from_base: bool,
    pub differs: bool,
    pub rows: Vec<Row>,
    pub plan: &'a Plan,
    pub defects: &'a [Defect],
    pub warnings: &'a [Defect],
}

/// The document of `index plan`.
#[derive(Serialize)]
struct PlanDocument<'a> {
    v: u32,
    base: Option<&'a str>,
    head: Option<&'a str>,
    policy: PolicyRow<'a>,
    entries: &'a [Row],
    /// What is not found and does not count as removed.
    withheld: Vec<String>,
    defects: &'a [Defect],
    warnings: &'a [Defect],
}

/// Which configuration counted.
#[derive(Serialize)]
struct PolicyRow<'a> {
    branch: Option<&'a str>,
    from: &'static str,
    differs: bool,
}

/// An entry of a plan as it is told.
pub fn row(planned: &Planned, action: &'static str, commits: &BTreeMap<(String, String), String>) -> Row {
    let entry = &planned.entry;
    Row {
        file: entry.file.clone(),
        line: entry.line,
        id: entry.id,
        image: entry.image().image(),
        change: planned.change,
        action,
        reason: planned.reason.clone(),
        keys: planned.keys.clone(),
        git_url: entry.git_url.clone(),
        git_branch: entry.git_branch.clone(),
        commit: commits.get(&(entry.git_url.clone(), entry.git_branch.clone())).cloned(),
        parents: planned.parents(),
    }
}

impl Telling<'_> {
    /// Prints it in the form that was asked for.
    pub fn print(&self, options: &IndexPlanOptions, surroundings: &Surroundings) -> Result<(), Trouble> {
        if let Some(service) = options.service {
            let cut = Cut { jobs: &self.jobs(), per: "group", include: &options.include, comment: "Written by `cooperage index plan`." };
            return matrix::print(service, &cut);
        }
        let mut out = std::io::stdout().lock();
        match surroundings.format {
            Format::Json => json(&mut out, &self.document())?,
            _ => text(&mut out, &self.for_people(surroundings))?,
        }
        Ok(())
    }

    fn document(&self) -> PlanDocument<'_> {
        PlanDocument {
            v: 1,
            base: self.base,
            head: self.head,
            policy: PolicyRow { branch: self.branch, from: if self.from_base { "base" } else { "head" }, differs: self.differs },
            entries: &self.rows,
            withheld: self.plan.withheld.iter().map(|entry| entry.image().image()).collect(),
            defects: self.defects,
            warnings: self.warnings,
        }
    }

    /// One job for each group of entries that are built on each other, so that no job needs what another one made.
    fn jobs(&self) -> Vec<MatrixJob> {
        let group = |places: Vec<usize>| {
            let rows: Vec<&Row> = places.iter().map(|at| &self.rows[*at]).collect();
            let select = |row: &&Row| format!("--select {}", matrix::shell_word(&Pattern::literal(&row.image)));
            MatrixJob {
                name: matrix::job_name(rows.first().map(|row| row.image.as_str()), rows.len()),
                level: 0,
                needs: Vec::new(),
                arguments: rows.iter().map(select).collect::<Vec<_>>().join(" "),
                images: rows.into_iter().map(described).collect(),
            }
        };
        self.plan.groups().into_iter().map(group).collect()
    }

    fn for_people(&self, surroundings: &Surroundings) -> String {
        if self.rows.is_empty() {
            return format!(
                "nothing to do: {}\n",
                if self.base.is_some() { "no entry says something else than at the base" } else { "no entry" }
            );
        }
        let mut table = Table::new(&["image", "change", "action", "branch", "why"]);
        for row in &self.rows {
            let paint = match row.change {
                Change::Added => Paint::Good,
                Change::Changed | Change::Parent => Paint::Caution,
                Change::Removed => Paint::Bad,
            };
            let commit = row.commit.as_deref().map(|commit| format!(" {}", &commit[..commit.len().min(12)])).unwrap_or_default();
            table.row([
                Cell::new(&row.image, Paint::Strong),
                Cell::new(row.change.as_str(), paint),
                Cell::from(row.action),
                Cell::from(format!("{}{commit}", row.git_branch)),
                Cell::from(&row.reason),
            ]);
        }
        format!("{}\n{}\n", table.render(&surroundings.out), self.counts())
    }

    fn counts(&self) -> String {
        let of = |change: Change| self.rows.iter().filter(|row| row.change == change).count();
        format!(
            "{} added, {} changed, {} removed, {} because of a parent",
            of(Change::Added),
            of(Change::Changed),
            of(Change::Removed),
            of(Change::Parent)
        )
    }

    /// What a pull request shows.
    pub fn summary(&self) -> String {
        let short = |commit: &str| commit[..commit.len().min(12)].to_owned();
        let compared = match (self.base, self.head) {
            (Some(base), Some(head)) => format!("{} against {}: {}.", short(head), short(base), self.counts()),
            _ => format!("{}.", self.counts()),
        };
        let told = |defect: &Defect| match (&defect.path, defect.line) {
            (Some(path), Some(line)) => vec![format!("{path}:{line}"), defect.message.clone()],
            (path, _) => vec![path.clone().unwrap_or_default(), defect.message.clone()],
        };
        let entries = MarkdownTable {
            title: "Entries, in the order of builds".to_owned(),
            headings: vec!["image", "change", "action", "repository", "branch", "commit", "parents", "why"],
            rows: self.rows.iter().map(fields).collect(),
            ..MarkdownTable::default()
        };
        let problems = MarkdownTable {
            title: "What cannot be used".to_owned(),
            headings: vec!["place", "why"],
            rows: self.defects.iter().chain(self.warnings).map(told).collect(),
            ..MarkdownTable::default()
        };
        markdown("Container index", &[compared], &[entries, problems])
    }
}

fn fields(row: &Row) -> Vec<String> {
    let commit = row.commit.as_deref().map(|commit| commit[..commit.len().min(12)].to_owned()).unwrap_or_default();
    let texts = [&row.image, row.change.as_str(), row.action, &row.git_url, &row.git_branch, &commit, &row.parents.join(" "), &row.reason];
    texts.map(str::to_owned).to_vec()
}

fn described(row: &Row) -> MatrixImage {
    MatrixImage {
        name: row.image.clone(),
        reference: row.image.clone(),
        action: row.action,
        reason: serde_json::json!({"code": row.change.as_str(), "text": row.reason}),
    }
}
