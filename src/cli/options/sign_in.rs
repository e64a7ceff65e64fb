//! Options of `login` and `logout`.

use clap::Args;

pub const LOGIN_EXAMPLES: &str = "\
Examples:
  cooperage login registry.example:5000                     asks for user and password
  cooperage login -u ci --password-stdin quay.io < token    in a CI job
  cooperage login --authfile ci.json quay.io/team           a part of a registry, in a file of its own

The sign-in is tried first, and stored where docker, podman and skopeo find it, too; a configured
credential helper gets it. A password is never an argument: other users could read it there.";

pub const LOGOUT_EXAMPLES: &str = "\
Examples:
  cooperage logout registry.example:5000                    from all usual files and their helpers
  cooperage logout --authfile ~/.docker/config.json quay.io from this file alone

Says where a sign-in was removed and where one still stands.";

/// `login`.
#[derive(Args, Debug)]
pub struct LoginOptions {
    /// Who signs in; <token> for an identity token [default: asked for]
    #[arg(short = 'u', long, value_name = "NAME")]
    pub username: Option<String>,

    /// Reads the password or token from stdin, without the end of its last line; needs --username
    #[arg(long, requires = "username")]
    pub password_stdin: bool,

    /// The registry, with its port if it has one; a path (quay.io/team) for a part of it
    pub registry: String,
}

/// `logout`.
#[derive(Args, Debug)]
pub struct LogoutOptions {
    /// The registry, or the part of it, that was signed in to
    pub registry: String,
}
