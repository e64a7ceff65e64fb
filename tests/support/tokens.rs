//! A token server of the tests: signed JSON Web Tokens that Debian's `docker-registry` itself verifies.
//!
//! Source: distribution's "Token Authentication Specification" and "OAuth2 Token Authentication". Plain HTTP on a port
//! of its own; passwords and identity tokens can be taken away while it runs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, DnType, KeyPair, SigningKey as _};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Result, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

pub const ISSUER: &str = "cooperage test tokens";
pub const SERVICE: &str = "the registry";

/// A question as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    pub scopes: Vec<String>,
    /// Who was let in; `None` for a stranger and for somebody who was refused.
    pub user: Option<String>,
    pub status: u16,
}

struct State {
    /// Passwords by user.
    passwords: HashMap<String, String>,
    /// Users by identity token.
    identities: HashMap<String, String>,
    /// What answers say about a token's life, in seconds.
    said: u64,
    /// When tokens really end, in seconds from now. Registries forgive a minute.
    real: i64,
    asked: Vec<Asked>,
}

/// The server. Ends when dropped.
pub struct TokenServer {
    /// `http://127.0.0.1:PORT/token`.
    pub realm: String,
    /// What a registry must trust, as PEM.
    pub certificate: String,
    address: String,
    state: Arc<Mutex<State>>,
    stopped: Arc<AtomicBool>,
}

/// What signs.
struct Signer {
    key: KeyPair,
    certificate: Vec<u8>,
}

impl TokenServer {
    /// Starts one that knows a user. Strangers may pull what begins with `public/`, users may do everything.
    pub fn start(user: &str, password: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, ISSUER);
        let certificate = params.self_signed(&key).unwrap();
        let signer = Arc::new(Signer { key, certificate: certificate.der().to_vec() });
        let passwords = HashMap::from([(user.to_owned(), password.to_owned())]);
        let state = State { passwords, identities: HashMap::new(), said: 300, real: 300, asked: Vec::new() };
        let (state, stopped) = (Arc::new(Mutex::new(state)), Arc::new(AtomicBool::new(false)));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (shared, flag) = (state.clone(), stopped.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if flag.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (signer, state) = (signer.clone(), shared.clone());
                std::thread::spawn(move || drop(serve(stream, &signer, &state)));
            }
        });
        Self { realm: format!("http://{address}/token"), certificate: certificate.pem(), address, state, stopped }
    }

    /// Gives a user an identity token.
    pub fn identity(&self, user: &str, token: &str) {
        self.state.lock().unwrap().identities.insert(token.to_owned(), user.to_owned());
    }

    /// Takes everything from everybody: what was stored has expired.
    pub fn expire_all(&self) {
        let mut state = self.state.lock().unwrap();
        state.passwords.clear();
        state.identities.clear();
    }

    /// From now on: what tokens say about their life, and when they really end (in seconds; registries forgive 60).
    pub fn life(&self, said: u64, real: i64) {
        let mut state = self.state.lock().unwrap();
        (state.said, state.real) = (said, real);
    }

    /// All questions so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(&self.address));
    }
}

fn serve(stream: TcpStream, signer: &Signer, state: &Mutex<State>) -> Result<()> {
    let mut client = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let (mut first, mut authorization, mut length) = (String::new(), None, 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((key, value)) = line.trim_end().split_once(": ") else { break };
        match key.to_ascii_lowercase().as_str() {
            "authorization" => authorization = Some(value.to_owned()),
            "content-length" => length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut form = vec![0; length];
    reader.read_exact(&mut form)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let query = if method == "POST" { String::from_utf8_lossy(&form).into_owned() } else { target.to_owned() };
    let (status, body) = state.lock().unwrap().answer(method, &query, authorization.as_deref(), signer);
    write!(
        client,
        "HTTP/1.1 {status} Test\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

impl State {
    fn answer(&mut self, method: &str, query: &str, authorization: Option<&str>, signer: &Signer) -> (u16, String) {
        let address = reqwest::Url::parse(&format!("http://x/{}", if method == "POST" { format!("?{query}") } else { query.to_owned() }));
        let pairs: Vec<(String, String)> = address.unwrap().query_pairs().into_owned().collect();
        let all = |name: &str| pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect::<Vec<_>>();
        let scopes: Vec<String> =
            all("scope").iter().flat_map(|text| text.split(' ')).filter(|one| !one.is_empty()).map(str::to_owned).collect();
        let who = match (method, authorization) {
            ("POST", _) if all("grant_type") == ["refresh_token"] => self.identities.get(&all("refresh_token").concat()).cloned().map(Some),
            ("GET", Some(header)) => self.user_of(header).map(Some),
            ("GET", None) => Some(None),
            _ => None,
        };
        let (status, body) = match &who {
            Some(user) => (200, self.token(user.as_deref(), &scopes, signer)),
            None => (401, json!({"errors": [{"code": "UNAUTHORIZED", "message": "incorrect username or password"}]})),
        };
        self.asked.push(Asked { method: method.to_owned(), scopes, user: who.flatten(), status });
        (status, body.to_string())
    }

    fn user_of(&self, header: &str) -> Option<String> {
        let bytes = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
        let pair = String::from_utf8(bytes).ok()?;
        let (user, password) = pair.split_once(':')?;
        (self.passwords.get(user)? == password).then(|| user.to_owned())
    }

    fn token(&self, user: Option<&str>, scopes: &[String], signer: &Signer) -> Value {
        let access: Vec<Value> = scopes.iter().filter_map(|scope| access(scope, user)).collect();
        let now = jiff::Timestamp::now();
        let claims = json!({
            "iss": ISSUER, "sub": user.unwrap_or_default(), "aud": SERVICE, "access": access, "jti": format!("{:x}", fastrand::u64(..)),
            "nbf": now.as_second() - 600, "iat": now.as_second(), "exp": now.as_second() + self.real,
        });
        // OAuth2 calls it access_token; the older way knows both names.
        json!({"access_token": signer.sign(&claims), "expires_in": self.said, "issued_at": now.to_string()})
    }
}

/// What is granted of a scope: a stranger reads what is public.
fn access(scope: &str, user: Option<&str>) -> Option<Value> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, actions) = rest.rsplit_once(':')?;
    let granted: Vec<&str> = match user {
        Some(_) => actions.split(',').collect(),
        None if name.starts_with("public/") => actions.split(',').filter(|action| *action == "pull").collect(),
        None => Vec::new(),
    };
    Some(json!({"type": kind, "name": name, "actions": granted}))
}

impl Signer {
    /// A token in the compact form, signed with ES256.
    fn sign(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(&self.certificate)]});
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = fixed(&self.key.sign(text.as_bytes()).unwrap());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The two numbers of an ASN.1 signature as 32 bytes each (RFC 7518, section 3.4).
fn fixed(asn1: &[u8]) -> Vec<u8> {
    let mut rest = &asn1[2..];
    let mut both = Vec::new();
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let number = &rest[2..2 + length];
        let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
        both.extend(std::iter::repeat_n(0, 32 - number.len()));
        both.extend(number);
        rest = &rest[2 + length..];
    }
    both
}
