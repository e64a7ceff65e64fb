//! The renderer: one environment with everything in it, and a cheap copy of it for each definition.

use super::error::{Blame, RenderError};
use super::filters::{Known, register};
use super::lookup::Lookup;
use super::values::{dict_function, dict_literal, frozen_value, list_literal, own};
use super::{ImageNames, TemplateSettings, python, source, strict};
use minijinja::value::{Rest, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Template, UndefinedBehavior};
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

/// How many instructions one rendering may take; real templates take some hundreds.
const FUEL: u64 = 5_000_000;

/// Includes and macros deeper than this are taken for endless. An include counts 10, a macro call 4.
/// minijinja keeps its own state on the stack, and threads of the runtime have 2 MiB.
const DEEPEST: usize = 100;

/// The longest Dockerfile, in bytes. Loops within [`FUEL`] could fill all memory.
pub(super) const LONGEST: usize = 16 << 20;

/// Renders the definitions of one catalogue. Shared between threads; a shared template is read once.
pub struct Renderer {
    root: PathBuf,
    known: Arc<Known>,
    base: RwLock<Environment<'static>>,
}

/// What came out of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The text of the Dockerfile.
    pub dockerfile: String,
    /// Every file that was read, relative to DIRECTORY: the template first, then what it includes, imports, extends.
    pub sources: Vec<PathBuf>,
}

impl Renderer {
    /// A renderer for the catalogue in `root` (DIRECTORY). Reads nothing yet.
    pub fn new(settings: TemplateSettings, names: Arc<dyn ImageNames>, root: PathBuf) -> Self {
        let known = Arc::new(Known { settings, names });
        Self { root, base: RwLock::new(environment(&known)), known }
    }

    /// Renders the definition in `folder`, a path relative to DIRECTORY with `/` between its parts (`.` is DIRECTORY).
    ///
    /// # Errors
    /// When a file cannot be read or is not UTF-8, the template does not parse, names something that is undefined,
    /// or calls itself without end.
    pub fn render(&self, folder: &str) -> Result<Rendered, RenderError> {
        let lookup = Arc::new(Lookup::new(&self.root, folder));
        let main = lookup.main();
        let blame = Blame { lookup: &lookup, main: &main, known: &self.known };
        let prepared = lookup.prepare(&main).map_err(|told| blame.told(&told))?;
        let environment = self.environment_for(&lookup);
        let template = environment.template_from_named_str(&main, &prepared.text);
        let dockerfile = template.and_then(|template| written(&template)).map_err(|error| blame.error(&error))?;
        let sources = lookup.sources();
        self.keep_shared(&lookup, &sources);
        Ok(Rendered { dockerfile, sources })
    }

    /// A copy of the environment that looks up templates for one definition.
    fn environment_for(&self, lookup: &Arc<Lookup>) -> Environment<'static> {
        let mut environment = self.base.read().unwrap_or_else(PoisonError::into_inner).clone();
        let joining = Arc::clone(lookup);
        environment.set_path_join_callback(move |name, _| match joining.resolve(name) {
            Ok(Some(key)) => Cow::Owned(key),
            // The loader is asked for it and gives the answer.
            Ok(None) | Err(_) => Cow::Borrowed(name),
        });
        let loading = Arc::clone(lookup);
        environment.set_loader(move |key| {
            if loading.uses(key) {
                return Ok(Some(loading.prepare(key)?.text));
            }
            loading.resolve(key)?;
            Ok(None)
        });
        environment
    }

    /// Keeps the shared templates that a rendering used, parsed, for those that follow.
    fn keep_shared(&self, lookup: &Lookup, sources: &[PathBuf]) {
        for key in sources.iter().skip(1).filter_map(|path| path.to_str()).filter(|key| lookup.is_shared(key)) {
            let held = |base: &Environment<'_>| base.get_template(key).is_ok();
            if held(&self.base.read().unwrap_or_else(PoisonError::into_inner)) {
                continue;
            }
            if let Ok(prepared) = lookup.prepare(key) {
                let mut base = self.base.write().unwrap_or_else(PoisonError::into_inner);
                // A template that does not parse was an error above, or is never used.
                drop(base.add_template_owned(key.to_owned(), prepared.text));
            }
        }
    }
}

/// Renders into memory, up to [`LONGEST`].
fn written(template: &Template<'_, '_>) -> Result<String, Error> {
    let mut text = Vec::new();
    template.render_captured_to((), Bounded(&mut text))?;
    String::from_utf8(text).map_err(|error| Error::new(ErrorKind::WriteFailure, error.to_string()))
}

/// Takes up to [`LONGEST`] bytes, then refuses.
struct Bounded<'a>(&'a mut Vec<u8>);

impl std::io::Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renderer").field("root", &self.root).finish_non_exhaustive()
    }
}

fn environment(known: &Arc<Known>) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_unknown_method_callback(python::method);
    environment.set_auto_reload(false);
    environment.set_recursion_limit(DEEPEST);
    environment.set_fuel(Some(FUEL));
    // Errors then say which expression was undefined, and where.
    environment.set_debug(true);
    environment.add_function(source::LIST, |value: Value| list_literal(&value));
    environment.add_function(source::DICT, |value: Value| dict_literal(&value));
    environment.add_function(source::OWN, own);
    environment.add_function(source::PERCENT, |left: Value, right: Value| python::percent(&left, &right));
    environment.add_function("dict", dict_function);
    environment.add_function("cycler", |items: Rest<Value>| minijinja_contrib::globals::cycler(items.0));
    environment.add_function("joiner", minijinja_contrib::globals::joiner);
    environment.add_filter("filesizeformat", minijinja_contrib::filters::filesizeformat);
    environment.add_filter("striptags", minijinja_contrib::filters::striptags);
    // Strings and maps are sequences to Jinja2 as well.
    environment.add_test("sequence", |value: Value| value.len().is_some());
    environment.remove_global("debug");
    for filter in ["chain", "zip", "lines", "split", "bool"] {
        // Not in Jinja2, so docker-pkg would refuse what uses them.
        environment.remove_filter(filter);
    }
    strict::register(&mut environment);
    register(&mut environment, known);
    for (name, value) in &known.settings.variables {
        environment.add_global(name.clone(), frozen_value(value));
    }
    environment
}
