//! The table of secrets: where each may stand, what it looks like, and an example of it and of what it is not.
//!
//! An example is a path, a colon, a blank, and the text of the file. Examples are put together from parts, so that nobody
//! who looks for secrets finds one here.

use crate::finding::{Rule, Severity};

/// Where a secret may stand.
#[derive(Clone, Copy, Debug)]
pub enum Places {
    /// In every text with one of these words.
    Words(&'static [&'static str]),
    /// In files whose path ends so.
    Files(&'static [&'static str]),
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Secret {
    /// Its rule.
    pub rule: Rule,
    /// Where it may stand.
    pub places: Places,
    /// What it looks like; the first group is the secret itself.
    pub pattern: &'static str,
    /// The least entropy of the secret, in bits for each byte.
    pub bits: f64,
}

const fn row(
    id: &'static str,
    severity: Severity,
    text: &'static str,
    places: Places,
    (pattern, bits): (&'static str, f64),
    (bad, good): (&'static str, &'static str),
) -> Secret {
    Secret { rule: Rule { id, severity: Some(severity), text, bad, good }, places, pattern, bits }
}

/// All of them. Sources of forms: RFC 7468 and RFC 4716 (keys), the manuals of the programs whose files are named, and the
/// vendors on the forms of their tokens.
pub const SECRETS: &[Secret] = &[
    row(
        "private-key",
        Severity::High,
        "A file holds a private key without a passphrase.",
        Places::Words(&["PRIVATE KEY-----"]),
        (r"-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----(?:\s|\\r|\\n)+([A-Za-z0-9+/=]{40})", 2.5),
        (PRIVATE_KEY, "/etc/ssl/cert.pem: -----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQsw"),
    ),
    row(
        "encrypted-private-key",
        Severity::Medium,
        "A file holds a private key with a passphrase.",
        Places::Words(&["PRIVATE KEY-----"]),
        (r"-----BEGIN (?:ENCRYPTED PRIVATE KEY-----|(?:RSA |EC |DSA )PRIVATE KEY-----\s+Proc-Type: 4,ENCRYPTED)\s+\S", 0.0),
        (
            concat!("/srv/key.pem: -----BEGIN RSA PRIVATE ", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nabc"),
            "/srv/a.py: if '-----BEGIN ENCRYPTED PRIVATE KEY-----' in text:",
        ),
    ),
    row(
        "pgp-private-key",
        Severity::High,
        "A file holds a private key of OpenPGP.",
        Places::Words(&["PGP PRIVATE KEY BLOCK-----"]),
        (r"-----BEGIN PGP PRIVATE KEY BLOCK-----\r?\n(?:[A-Za-z]+: [^\n]*\n)*\s*([A-Za-z0-9+/=]{40})", 2.5),
        (
            concat!(
                "/srv/key.asc: -----BEGIN PGP PRIVATE ",
                "KEY BLOCK-----\nComment: x\n\nlFgEZ0abchYJKwYBBAHaRw8BAQdAq1w2e3r4t5y6u7i8o9p0asdf"
            ),
            "/srv/key.asc: -----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZ0abchYJKwYBBAHaRw8BAQdAq1w2e3r4t5y6u7i8o9p0asdf",
        ),
    ),
    row(
        "putty-private-key",
        Severity::High,
        "A file holds a private key of PuTTY.",
        Places::Words(&["PuTTY-User-Key-File-"]),
        (r"PuTTY-User-Key-File-[23]: \S+\r?\nEncryption: none", 0.0),
        (
            "/srv/key.ppk: PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x",
            "/srv/key.ppk: PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\nComment: x",
        ),
    ),
    row(
        "age-private-key",
        Severity::High,
        "A file holds a private key of age.",
        Places::Words(&["AGE-SECRET-KEY-1"]),
        (r"\bAGE-SECRET-KEY-1([02-9AC-HJ-NP-Z]{58})\b", 3.0),
        (
            concat!("/srv/key.txt: AGE-SECRET-", "KEY-1QYQSZQGPQYQSZQGPQ4R6UMN8VCX2ZTYHGFDS3A7KLP9WE5R6T8YU0KJHGF"),
            "/srv/key.txt: public key: age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq",
        ),
    ),
    row(
        "aws-secret-key",
        Severity::Critical,
        "A file holds a secret access key of AWS.",
        Places::Words(&["aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", "aws_secret_key", "SecretAccessKey"]),
        (
            r#"(?i)(?:aws_secret_access_key|aws_secret_key|SecretAccessKey)["']?\s*[=:]\s*["']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#,
            4.0,
        ),
        (
            concat!("/home/app/.aws/credentials: aws_secret_access_key = ", "q7Rt2Yu8/Pz5Lk1+Mn4Vb6Xc9Sd0Fg3HjQwErTyU"),
            "/home/app/.aws/credentials: aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ),
    ),
    row(
        "google-api-key",
        Severity::Medium,
        "A file holds a key of Google's programming interfaces.",
        Places::Words(&["AIza"]),
        (r"\b(AIza[A-Za-z0-9_-]{35})(?:[^A-Za-z0-9_-]|$)", 3.8),
        (concat!("/srv/a.json: \"key\": \"AI", "zaSyD3f6Gh9JkL2mN5pQ8rS1tU4vW7xY0zA-b\""), "/srv/a.json: \"key\": \"AIzaSy\""),
    ),
    row(
        "azure-storage-key",
        Severity::Critical,
        "A file holds the key of a storage account of Azure.",
        Places::Words(&["AccountKey="]),
        (r"AccountKey=([A-Za-z0-9+/]{86}==)", 4.5),
        (
            concat!("/srv/a.env: AccountKey", "=q7Rt2Yu8Pz5Lk1Mn4Vb6Xc9Sd0Fg3HjQwErTyUiOpAsDfGhJkLzXcVbNmq7Rt2Yu8Pz5Lk1Mn4Vb6Xc9Sd0AbC=="),
            "/srv/a.env: AccountKey=$KEY",
        ),
    ),
    row(
        "github-token",
        Severity::Critical,
        "A file holds a token of GitHub.",
        Places::Words(&["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"]),
        (r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,255})\b", 3.5),
        (
            concat!("/srv/.env: TOKEN=gh", "p_q7Rt2Yu8Pz5Lk1Mn4Vb6Xc9Sd0Fg3HjQwErT"),
            "/srv/.env: TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ),
    ),
    row(
        "gitlab-token",
        Severity::Critical,
        "A file holds a token of GitLab.",
        Places::Words(&["glpat-"]),
        (r"\b(glpat-[A-Za-z0-9_-]{20,})", 3.5),
        (concat!("/srv/.env: TOKEN=gl", "pat-q7Rt2Yu8Pz5Lk1Mn4Vb6"), "/srv/.env: TOKEN=glpat-short"),
    ),
    row(
        "slack-token",
        Severity::High,
        "A file holds a token of Slack.",
        Places::Words(&["xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-"]),
        (r"\b(xox[abprs]-[0-9]{8,}-[A-Za-z0-9-]{10,})", 3.0),
        (concat!("/srv/.env: TOKEN=xo", "xb-123456789012-q7Rt2Yu8Pz5Lk1Mn4Vb6Xc9S"), "/srv/.env: TOKEN=xoxb-your-token-here"),
    ),
    row(
        "npm-token",
        Severity::Critical,
        "A file holds a token of npm.",
        Places::Words(&["npm_"]),
        (r"\b(npm_[A-Za-z0-9]{36})\b", 3.5),
        (concat!("/srv/.env: TOKEN=np", "m_q7Rt2Yu8Pz5Lk1Mn4Vb6Xc9Sd0Fg3HjQwErT"), "/srv/.env: npm_config_cache=/tmp"),
    ),
    row(
        "pypi-token",
        Severity::Critical,
        "A file holds a token of PyPI.",
        Places::Words(&["pypi-AgE"]),
        (r"\b(pypi-AgE[A-Za-z0-9_-]{50,})", 3.5),
        (
            concat!("/srv/.env: TOKEN=py", "pi-AgEIcHlwaS5vcmcCJq7Rt2Yu8Pz5Lk1Mn4Vb6Xc9Sd0Fg3HjQwErTyUiOpAsDfGh"),
            "/srv/.env: NAME=pypi-AgEncy",
        ),
    ),
    row(
        "docker-token",
        Severity::Critical,
        "A file holds an access token of Docker.",
        Places::Words(&["dckr_pat_"]),
        (r"\b(dckr_pat_[A-Za-z0-9_-]{20,})", 3.5),
        (concat!("/srv/.env: TOKEN=dc", "kr_pat_q7Rt2Yu8Pz5Lk1Mn4Vb6Xc9Sd0F"), "/srv/.env: TOKEN=dckr_pat_..."),
    ),
    row(
        "stripe-key",
        Severity::Critical,
        "A file holds a live key of Stripe.",
        Places::Words(&["sk_live_", "rk_live_"]),
        (r"\b([sr]k_live_[A-Za-z0-9]{20,})", 3.5),
        (concat!("/srv/.env: KEY=sk", "_live_q7Rt2Yu8Pz5Lk1Mn4Vb6Xc9S"), "/srv/.env: KEY=sk_test_q7Rt2Yu8Pz5Lk1Mn4Vb6Xc9S"),
    ),
    row(
        "vault-token",
        Severity::High,
        "A file holds a token of Vault.",
        Places::Words(&["hvs.", "hvb."]),
        (r"\b(hv[sb]\.[A-Za-z0-9_-]{24,})", 3.5),
        (concat!("/home/app/.vault-token: hv", "s.CAESIJq7Rt2Yu8Pz5Lk1Mn4Vb6Xc9S"), "/srv/a.txt: tokens begin with hvs."),
    ),
    row(
        "netrc-password",
        Severity::High,
        "A file of sign-ins holds a password.",
        Places::Files(&["/.netrc", "/_netrc", "/etc/apt/auth.conf"]),
        (r"\bpassword[ \t]+(\S+)", 0.0),
        ("/home/app/.netrc: machine example.org login me password hunter2", "/home/app/.netrc: machine example.org login me"),
    ),
    row(
        "repository-login",
        Severity::High,
        "A list of package repositories holds a password in an address.",
        Places::Files(&["/sources.list", ".list", ".sources", ".repo", "/etc/apk/repositories", "/pip.conf", "/.gemrc"]),
        (r"[a-z]://[^/\s:@]*:([^/\s@]+)@", 0.0),
        (
            "/etc/apt/sources.list: deb https://me:hunter2@deb.example.org/x stable main",
            "/etc/apt/sources.list: deb https://deb.example.org:8443/x stable main",
        ),
    ),
    row(
        "docker-login",
        Severity::High,
        "A file of sign-ins at registries holds a password or a token.",
        Places::Files(&["/.docker/config.json", "/.dockercfg", "/.dockerconfigjson", "/containers/auth.json"]),
        (r#""(?:auth|identitytoken|registrytoken|password)"\s*:\s*"([A-Za-z0-9+/=._-]{4,})""#, 0.0),
        (
            "/home/app/.docker/config.json: {\"auths\": {\"example.org\": {\"auth\": \"bWU6aHVudGVyMg==\"}}}",
            "/home/app/.docker/config.json: {\"auths\": {\"example.org\": {}}, \"credsStore\": \"pass\"}",
        ),
    ),
    row(
        "pypi-login",
        Severity::High,
        "A file of sign-ins at Python's indexes holds a password.",
        Places::Files(&["/.pypirc"]),
        (r"(?m)^[ \t]*password[ \t]*[:=][ \t]*(\S+)", 0.0),
        ("/home/app/.pypirc: [x]\nusername = me\npassword = hunter2", "/home/app/.pypirc: [x]\nusername = me"),
    ),
    row(
        "npm-login",
        Severity::High,
        "A file of npm's settings holds a password or a token.",
        Places::Files(&["/.npmrc", "/etc/npmrc"]),
        (r"(?m)^[^#;\n]*(?:_authToken|_password|_auth)[ \t]*=[ \t]*(\S+)", 0.0),
        ("/home/app/.npmrc: //example.org/:_authToken=0f1e2d3c", "/home/app/.npmrc: //example.org/:_authToken=${NPM_TOKEN}"),
    ),
    row(
        "git-login",
        Severity::High,
        "A file of git's sign-ins holds a password.",
        Places::Files(&["/.git-credentials", "/git/credentials"]),
        (r"https?://[^:\s/@]+:([^@\s]+)@", 0.0),
        ("/home/app/.git-credentials: https://me:hunter2@example.org", "/home/app/.git-credentials: https://me@example.org"),
    ),
    row(
        "postgres-password",
        Severity::High,
        "A file of PostgreSQL's sign-ins holds a password.",
        Places::Files(&["/.pgpass"]),
        (r"(?m)^[^#:\n]+:[^:\n]*:[^:\n]*:[^:\n]*:([^\n]+)$", 0.0),
        ("/home/app/.pgpass: db.example.org:5432:*:me:hunter2", "/home/app/.pgpass: # host:port:database:user:password"),
    ),
    row(
        "mysql-password",
        Severity::High,
        "A file of MySQL's settings holds a password.",
        Places::Files(&["/.my.cnf", "/.mylogin.cnf"]),
        (r"(?m)^[ \t]*password[ \t]*=[ \t]*(\S+)", 0.0),
        ("/home/app/.my.cnf: [client]\npassword = hunter2", "/home/app/.my.cnf: [client]\n#password = hunter2"),
    ),
    row(
        "cargo-login",
        Severity::High,
        "A file of cargo's sign-ins holds a token.",
        Places::Files(&["/.cargo/credentials", "/.cargo/credentials.toml"]),
        (r#"(?m)^[ \t]*token[ \t]*=[ \t]*"([^"\n]+)""#, 0.0),
        ("/home/app/.cargo/credentials.toml: [registry]\ntoken = \"0f1e2d3c\"", "/home/app/.cargo/credentials.toml: [registry]\n"),
    ),
    row(
        "gem-login",
        Severity::High,
        "A file of RubyGems' sign-ins holds a key.",
        Places::Files(&["/.gem/credentials"]),
        (r"(?m)^:\w+_api_key:[ \t]*(\S+)", 0.0),
        ("/home/app/.gem/credentials: ---\n:rubygems_api_key: 0f1e2d3c", "/home/app/.gem/credentials: ---\n"),
    ),
    row(
        "kubernetes-login",
        Severity::Critical,
        "A file of sign-ins at Kubernetes holds a key, a token or a password.",
        Places::Files(&[
            "/.kube/config",
            "/kubernetes/admin.conf",
            "/kubernetes/super-admin.conf",
            "/kubernetes/kubelet.conf",
            "/kubeconfig",
        ]),
        (r#"(?m)^[ \t-]*(?:client-key-data|token|password):[ \t]*["']?([^\s"']{8,})"#, 0.0),
        (
            "/home/app/.kube/config: users:\n- user:\n    token: 0f1e2d3c4b5a",
            "/home/app/.kube/config: users:\n- user:\n    tokenFile: /run/secrets/token",
        ),
    ),
    row(
        "google-login",
        Severity::High,
        "A file of sign-ins at Google's cloud holds a token.",
        Places::Files(&["/application_default_credentials.json", "/gcloud/credentials.db"]),
        (r#""refresh_token"\s*:\s*"([^"\s]{8,})""#, 0.0),
        (
            "/home/app/.config/gcloud/application_default_credentials.json: {\"refresh_token\": \"1//0f1e2d3c4b5a\"}",
            "/home/app/.config/gcloud/application_default_credentials.json: {\"type\": \"authorized_user\"}",
        ),
    ),
    row(
        "password-hash",
        Severity::High,
        "A user has a password, whose digest everybody who has the image can try to guess.",
        Places::Files(&["/etc/shadow", "/etc/shadow-"]),
        (r"(?m)^[^:#\n]+:(\$[0-9a-z]+\$[^:\n]{8,}|[A-Za-z0-9./]{13}):", 0.0),
        (
            "/etc/shadow: root:*:1::\nme:$6$salt$0f1e2d3c4b5a69788796a5b4:19000:0:99999:7:::",
            "/etc/shadow: root:!$6$salt$0f1e2d3c4b5a6978:19000::::::\ndaemon:*:1::::::",
        ),
    ),
    row(
        "empty-password",
        Severity::High,
        "A user can sign in without a password.",
        Places::Files(&["/etc/shadow", "/etc/shadow-"]),
        (r"(?m)^[^:#\n]+::", 0.0),
        ("/etc/shadow: root::19000:0:99999:7:::", "/etc/shadow: root:!::0:::::\nnobody:*:1::::::"),
    ),
];

const PRIVATE_KEY: &str = concat!(
    "/home/app/.ssh/id_ed25519: -----BEGIN OPENSSH PRIVATE ",
    "KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz\n"
);
