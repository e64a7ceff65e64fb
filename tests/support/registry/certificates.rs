//! An authority of our own, and certificates for servers signed by it.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};
use std::fs;
use std::path::Path;

/// An authority.
pub struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A server's certificate and key, as PEM.
#[derive(Clone)]
pub struct Leaf {
    pub certificate: String,
    pub key: String,
}

impl Ca {
    pub fn new() -> Self {
        Self::named("cooperage test authority")
    }

    /// An authority by another name.
    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    /// The authority's certificate as PEM.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Writes the authority's certificate to a file.
    pub fn write_to(&self, path: &Path) {
        fs::write(path, self.pem()).unwrap();
    }

    /// A certificate for `localhost` and 127.0.0.1.
    pub fn local(&self) -> Leaf {
        self.sign(&["localhost", "127.0.0.1"], 2099)
    }

    /// A certificate for other names.
    pub fn for_names(&self, names: &[&str]) -> Leaf {
        self.sign(names, 2099)
    }

    /// A certificate for `localhost` and 127.0.0.1 that ended in 2020.
    pub fn expired(&self) -> Leaf {
        self.sign(&["localhost", "127.0.0.1"], 2020)
    }

    /// A certificate by which a client is known.
    pub fn client(&self) -> Leaf {
        self.sign(&["client.example"], 2099)
    }

    /// The authority's own certificate used as a server's: what `openssl req -x509` makes.
    pub fn own(&self) -> Leaf {
        Leaf { certificate: self.pem(), key: self.issuer.key().serialize_pem() }
    }

    fn sign(&self, names: &[&str], last_year: i32) -> Leaf {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Leaf { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}
