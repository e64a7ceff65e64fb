//! The same files with other programs: what skopeo stores we read, and what we store skopeo reads.

use super::*;
use support::proxy::Proxy;
use support::registry::certificates::Ca;
use support::registry::image::TinyImage;
use support::tokens::TokenServer;

#[test]
fn what_we_store_skopeo_reads() {
    let desk = Desk::new();
    TinyImage::new("a").put(desk.address(), Some(("ci", PASSWORD)), "team/a", "1");
    let file = desk.place.home().join("auth.json");
    let inspect = ["inspect", "--tls-verify=false", "--authfile", file.to_str().unwrap(), &format!("docker://{}/team/a:1", desk.address())];
    fs::write(&file, "{}").unwrap();
    assert_ne!(skopeo(&inspect).code, 0, "it needs the sign-in");
    desk.login(&["--authfile", file.to_str().unwrap()]);
    let read = skopeo(&inspect);
    assert_eq!(read.code, 0, "{}", read.stderr);
    let logged = skopeo(&["logout", "--authfile", file.to_str().unwrap(), desk.address()]);
    assert_eq!(logged.code, 0, "{}", logged.stderr);
    assert!(desk.expect(0, &["logout", "--authfile", file.to_str().unwrap(), desk.address()], "").stdout.starts_with("there was no"));
}

#[test]
fn what_skopeo_stores_we_read_and_remove() {
    let mut desk = Desk::new();
    let file = desk.place.home().join("skopeo.json");
    for name in [desk.address().to_owned(), format!("{}/{}", desk.address(), desk.place.namespace)] {
        let logged = skopeo(&["login", "--tls-verify=false", "--authfile", file.to_str().unwrap(), "-u", "ci", "-p", PASSWORD, &name]);
        assert_eq!(logged.code, 0, "{}", logged.stderr);
        desk.place.set("REGISTRY_AUTH_FILE", file.to_str().unwrap());
        assert_eq!(desk.presence(), "missing", "{name}");
        assert!(desk.expect(0, &["logout", &name], "").stdout.starts_with("removed"));
        assert_eq!(desk.presence(), "unknown", "{name}");
    }
}

#[test]
fn certificates_of_ones_own_folder_are_used() {
    let ca = Ca::new();
    let (user, password) = ("ci".to_owned(), PASSWORD.to_owned());
    let registry = Registry::start(RegistryKind::TlsHtpasswd { leaf: ca.local(), user, password });
    let place = Catalogue::new(&registry.address);
    let desk = Desk { registry, place };
    let args = ["login", "-u", "ci", "--password-stdin", desk.address()];
    let refused = desk.expect(3, &args, PASSWORD).stderr;
    explained(&refused, "the certificate of ");
    explained(&refused, "is not trusted");
    assert!(refused.contains(&format!("certs.d/{}", desk.address())), "{refused}");
    let folder = desk.place.home().join(".config/containers/certs.d").join(desk.address());
    fs::create_dir_all(&folder).unwrap();
    ca.write_to(&folder.join("ca.crt"));
    desk.expect(0, &args, PASSWORD);
    assert_eq!(desk.presence(), "missing");
}

#[test]
fn proxies_of_the_environment_are_used_where_no_proxy_does_not_say_otherwise() {
    let ca = Ca::new();
    let (user, password) = ("ci".to_owned(), PASSWORD.to_owned());
    let leaf = ca.for_names(&["registry.test"]);
    let registry = Registry::start(RegistryKind::TlsHtpasswd { leaf, user, password });
    let proxy = Proxy::to(&registry.address);
    let place = Catalogue::new("registry.test");
    let mut desk = Desk { registry, place };
    let bundle = desk.place.home().join("ca.pem");
    ca.write_to(&bundle);
    desk.place.set("COOPERAGE_CA_BUNDLE", bundle.to_str().unwrap()).set("HTTPS_PROXY", &proxy.url);
    let args = ["login", "-u", "ci", "--password-stdin", "registry.test"];
    desk.expect(0, &args, PASSWORD);
    assert_eq!(desk.presence(), "missing");
    let tunnels = proxy.asked();
    assert!(!tunnels.is_empty() && tunnels.iter().all(|one| one == "CONNECT registry.test:443"), "{tunnels:?}");
    desk.place.set("NO_PROXY", "localhost,registry.test");
    desk.expect(3, &args, PASSWORD);
    assert_eq!(proxy.asked().len(), tunnels.len());
}

#[test]
fn an_expired_sign_in_is_a_warning_for_what_is_public_and_an_error_for_the_rest() {
    let tokens = TokenServer::start("ci", PASSWORD);
    let registry = Registry::start(RegistryKind::tokens(&tokens));
    let place = Catalogue::new(&registry.address);
    let mut desk = Desk { registry, place };
    desk.login(&[]);
    tokens.expire_all();
    desk.place.plain("tool", "1.0", "tool");
    desk.place.set("COOPERAGE_NAMESPACE", "public/x");
    let listed = desk.place.expect(0, &["--format", "json", "list"]);
    assert_eq!(listed.json()["images"][0]["presence"], "missing");
    let warnings = listed.json()["warnings"].clone();
    assert_eq!(warnings[0]["code"], "stale_sign_in", "{warnings}");
    let text = warnings[0]["message"].as_str().unwrap();
    let cure = format!("cooperage logout --authfile {} {}", desk.docker_file().display(), desk.address());
    explained(text, "is wrong or has expired; what is public is read without it");
    assert!(text.contains(&cure) && text.contains("podman logout leaves"), "{text}");
    let why = desk.place.expect(0, &["explain", "tool"]);
    assert_eq!(why.stderr.matches("wrong or has expired").count(), 1, "{}", why.stderr);

    desk.place.set("COOPERAGE_NAMESPACE", "team");
    let listed = desk.place.expect(3, &["list"]);
    explained(&listed.stderr, "is wrong or has expired");
    explained(&listed.stderr, "its token server ");
    assert!(listed.stderr.contains(&cure), "{}", listed.stderr);
    desk.expect(0, &["logout", desk.address()], "");
    let listed = desk.place.expect(3, &["list"]);
    let never = format!("sign in with: cooperage login {}", desk.address());
    explained(&listed.stderr, "there is no sign-in for ");
    assert!(listed.stderr.contains(&never) && !listed.stderr.contains("expired"), "{}", listed.stderr);
}
