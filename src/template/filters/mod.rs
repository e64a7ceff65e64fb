//! The one table of the filters that Cooperage adds to minijinja's; `docs/templates.md` follows it.

mod apt;
mod image;
mod json;
mod number;
mod text;
mod users;

use super::{ImageNames, TemplateSettings};
use minijinja::value::{Kwargs, Rest, Value};
use minijinja::{Environment, Error, ErrorKind};
use std::sync::Arc;

/// What filters know.
pub(super) struct Known {
    pub(super) settings: TemplateSettings,
    pub(super) names: Arc<dyn ImageNames>,
}

type Filter = fn(&Known, &[Value]) -> Result<Value, Error>;

/// A filter with its documentation.
pub struct FilterDoc {
    /// The name in templates.
    pub name: &'static str,
    /// What it does, one sentence or two.
    pub text: &'static str,
    /// A template that uses it well.
    pub good: &'static str,
    /// What `good` gives with the settings that `docs/templates.md` names.
    pub gives: &'static str,
    /// A template that is refused.
    pub bad: &'static str,
    apply: Filter,
}

impl std::fmt::Debug for FilterDoc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FilterDoc").field("name", &self.name).finish_non_exhaustive()
    }
}

const FILTERS: &[FilterDoc] = &[
    FilterDoc {
        name: "image_tag",
        text: "The whole reference of an image of the tree, with the stamp where it is built in this run, or of a base image, which is found by registry/namespace/name, registry/name or its name as the configuration writes it.",
        good: r#"FROM {{ "nodejs" | image_tag }}"#,
        gives: "FROM docker.example.org/releng/nodejs:0.3.1-2",
        bad: r#"FROM {{ "no-such" | image_tag }}"#,
        apply: image::image_tag,
    },
    FilterDoc {
        name: "upstream_version",
        text: "The version of a reference, or of a bare version, up to its first hyphen: without revision, security suffix and date.",
        good: r#"ARG V={{ "nodejs" | image_tag | upstream_version }}"#,
        gives: "ARG V=0.3.1",
        bad: "ARG V={{ 5 | upstream_version }}",
        apply: image::upstream_version,
    },
    FilterDoc {
        name: "apt_install",
        text: "Commands for a RUN that install packages with apt-get and clean up after it. Line ends between the packages become blanks; apt_options and apt_only_proxy of the configuration are put in.",
        good: r#"RUN {{ "curl git" | apt_install }}"#,
        gives: "RUN apt-get update  \\\n    && DEBIAN_FRONTEND=noninteractive \\\n    apt-get install  --yes curl git --no-install-recommends \\\n    && apt-get clean && rm -rf /var/lib/apt/lists/* ",
        bad: r#"RUN {{ ["curl", "git"] | apt_install }}"#,
        apply: apt::install,
    },
    FilterDoc {
        name: "apt_remove",
        text: "Commands for a RUN that remove packages with apt-get and clean up after it.",
        good: r#"RUN {{ "curl git" | apt_remove }}"#,
        gives: "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get remove --yes --purge curl git \\\n    && apt-get clean && rm -rf /var/lib/apt/lists/* ",
        bad: "RUN {{ none | apt_remove }}",
        apply: apt::remove,
    },
    FilterDoc {
        name: "uid",
        text: "The number of a user in known_uid_mappings; the name itself when it is not there.",
        good: r#"USER {{ "nobody" | uid }}"#,
        gives: "USER 65534",
        bad: "USER {{ 65534 | uid }}",
        apply: users::uid,
    },
    FilterDoc {
        name: "add_user",
        text: "Commands for a RUN that make a system user and its group with the number in known_uid_mappings, with /var/lib/NAME as home.",
        good: r#"RUN {{ "nobody" | add_user }}"#,
        gives: "RUN groupadd -o -g 65534 -r nobody && useradd -l -o -r -m -d /var/lib/nobody -g nobody -u 65534 nobody",
        bad: r#"RUN {{ "stranger" | add_user }}"#,
        apply: users::add_user,
    },
    FilterDoc {
        name: "center",
        text: "Jinja2's: a text in the middle of `width` (80) characters.",
        good: r#"[{{ "ab" | center(6) }}]"#,
        gives: "[  ab  ]",
        bad: r#"{{ "ab" | center("x") }}"#,
        apply: text::center,
    },
    FilterDoc {
        name: "truncate",
        text: "Jinja2's: a text cut to `length` (255), at a word unless `killwords`, with `end` behind it.",
        good: r#"{{ "one two three four" | truncate(9) }}"#,
        gives: "one...",
        bad: r#"{{ "ab" | truncate(1) }}"#,
        apply: text::truncate,
    },
    FilterDoc {
        name: "wordcount",
        text: "Jinja2's: the number of words.",
        good: r#"{{ "one two" | wordcount }}"#,
        gives: "2",
        bad: r#"{{ "one" | wordcount(1) }}"#,
        apply: text::wordcount,
    },
    FilterDoc {
        name: "wordwrap",
        text: "Jinja2's: lines of at most `width` (79) characters, joined with `wrapstring` (a line end).",
        good: r#"{{ "one two three" | wordwrap(8) }}"#,
        gives: "one two\nthree",
        bad: r#"{{ "one" | wordwrap(0) }}"#,
        apply: text::wordwrap,
    },
    FilterDoc {
        name: "replace",
        text: "Jinja2's: every `old` in a text becomes `new`, the first `count` only when that is given.",
        good: r#"{{ "a-b-c" | replace("-", ".", 1) }}"#,
        gives: "a.b-c",
        bad: r#"{{ "a-b" | replace("-") }}"#,
        apply: text::replace,
    },
    FilterDoc {
        name: "indent",
        text: "Jinja2's: every line but the first (`first=true`: that too) and empty ones (`blank=true`: those too) is indented by `width` (4) blanks, or by a text.",
        good: r#"{{ "a\nb" | indent(2) }}"#,
        gives: "a\n  b",
        bad: r#"{{ "a" | indent([]) }}"#,
        apply: text::indent,
    },
    FilterDoc {
        name: "int",
        text: "Jinja2's: a whole number, or `default` (0) for what is no number; `base` (10) for texts.",
        good: r#"{{ "3.7" | int }} {{ "x" | int(5) }}"#,
        gives: "3 5",
        bad: r#"{{ nowhere | int }}"#,
        apply: number::int,
    },
    FilterDoc {
        name: "float",
        text: "Jinja2's: a number with a fraction, or `default` (0.0) for what is no number.",
        good: r#"{{ "3" | float }}"#,
        gives: "3.0",
        bad: r#"{{ nowhere | float }}"#,
        apply: number::float,
    },
    FilterDoc {
        name: "tojson",
        text: "Jinja2's: JSON with sorted keys in ASCII, on one line or indented by `indent`.",
        good: r#"{{ {"b": [1, none], "a": "é"} | tojson }}"#,
        gives: r#"{"a": "\u00e9", "b": [1, null]}"#,
        bad: "{{ nowhere | tojson }}",
        apply: json::tojson,
    },
];

/// All filters that Cooperage adds, in the order of the documentation.
pub fn filters() -> &'static [FilterDoc] {
    FILTERS
}

/// Adds the filters to an environment.
pub(super) fn register(environment: &mut Environment<'static>, known: &Arc<Known>) {
    for filter in FILTERS {
        let known = Arc::clone(known);
        environment.add_filter(filter.name, move |args: Rest<Value>, kwargs: Kwargs| {
            let mut args = args.0;
            if kwargs.args().next().is_some() {
                args.push(Value::from(kwargs));
            }
            (filter.apply)(&known, &args)
        });
    }
}

/// The one text that a filter takes.
fn one_text<'a>(filter: &str, args: &'a [Value]) -> Result<&'a str, Error> {
    let [value] = args else {
        let message = format!("{filter} takes one text and nothing else");
        return Err(Error::new(ErrorKind::TooManyArguments, message));
    };
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, format!("what {filter} was given is undefined")));
    }
    let message = || format!("{filter} takes a text, not a {}: {value:?}", value.kind());
    value.as_str().ok_or_else(|| Error::new(ErrorKind::InvalidOperation, message()))
}
