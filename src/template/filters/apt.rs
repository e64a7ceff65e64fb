//! `apt_install` and `apt_remove`. The texts are docker-pkg's to the byte, blanks and stray backslash included: what
//! they change changes every image of a catalogue that comes from it.

use super::{Known, one_text};
use minijinja::Error;
use minijinja::value::Value;

const PROXY_FILE: &str = "/etc/apt/apt.conf.d/80_proxy";
const CLEAN: &str = "    && apt-get clean && rm -rf /var/lib/apt/lists/* ";

pub(super) fn install(known: &Known, args: &[Value]) -> Result<Value, Error> {
    let packages = one_text("apt_install", args)?.replace('\n', " ");
    let options = &known.settings.apt_options;
    let (before, after) = match proxy(known) {
        Some(proxy) => (format!("{} \\\n    && ", set_proxy(proxy)), drop_proxy()),
        None => (String::new(), String::new()),
    };
    Ok(Value::from(format!(
        "{before}apt-get update {options} \\\n    && DEBIAN_FRONTEND=noninteractive \\\n    \
         apt-get install {options} --yes {packages} --no-install-recommends \\\n{after}{CLEAN}"
    )))
}

pub(super) fn remove(known: &Known, args: &[Value]) -> Result<Value, Error> {
    let packages = one_text("apt_remove", args)?.replace('\n', " ");
    let (before, after) = match proxy(known) {
        Some(proxy) => (format!("{}  && \\", set_proxy(proxy)), drop_proxy()),
        None => (String::new(), String::new()),
    };
    Ok(Value::from(format!(
        "{before}apt-get update && DEBIAN_FRONTEND=noninteractive apt-get remove --yes --purge {packages} \\\n{after}{CLEAN}"
    )))
}

fn proxy(known: &Known) -> Option<&str> {
    known.settings.apt_only_proxy.as_deref().filter(|proxy| !proxy.is_empty())
}

fn set_proxy(proxy: &str) -> String {
    format!("echo 'Acquire::http::Proxy \"{proxy}\";' > {PROXY_FILE}")
}

fn drop_proxy() -> String {
    format!("    && rm -f {PROXY_FILE} \\\n")
}
