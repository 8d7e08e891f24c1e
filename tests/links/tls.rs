//! `rediss://`: encrypted, and verified unless the user says otherwise.

use pottery::{ErrorKind, Store};
use pottery_test_support::{Server, unique};

/// A certificate for `names`, signed by an authority made on the spot: the authority, the certificate, its key.
fn certificates(names: &[&str]) -> (String, String, String) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    (authority_certificate.pem(), certificate.pem(), key.serialize_pem())
}

/// A server with a TLS port beside its plain one; the text is the URL of the former.
fn tls_server(names: &[&str]) -> (Server, String, String) {
    let (authority, certificate, key) = certificates(names);
    let dir = std::env::temp_dir().join(unique("pottery-tls"));
    std::fs::create_dir_all(&dir).unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (ca, cert, key) = (file("ca.pem", &authority), file("cert.pem", &certificate), file("key.pem", &key));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::builder()
        .arg("--tls-port", &port.to_string())
        .args(&[
            "--tls-cert-file",
            &cert,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &ca,
            "--tls-auth-clients",
            "no",
        ])
        .start();
    std::fs::remove_dir_all(&dir).unwrap();
    (server, format!("rediss://localhost:{port}/"), authority)
}

fn get(store: &Store) -> pottery::Result<Option<u64>> {
    let value = store.value::<u64>("k");
    #[cfg(feature = "blocking")]
    let blocking = value.get().wait();
    #[cfg(feature = "async")]
    let awaited = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { value.get().await })
    };
    #[cfg(all(feature = "async", feature = "blocking"))]
    assert_eq!(blocking.map_err(|e| e.kind()), awaited.as_ref().map(|v| *v).map_err(|e| e.kind()));
    #[cfg(feature = "async")]
    let result = awaited;
    #[cfg(not(feature = "async"))]
    let result = blocking;
    result
}

/// The servers of the matrix are built without TLS; it is the link that is tested here, so one server will do.
fn has_tls() -> bool {
    let has_tls = std::env::var_os("POTTERY_TEST_SERVER").is_none();
    if !has_tls {
        println!("POTTERY_TEST_SERVER is set: the TLS tests run on the system's redis-server only");
    }
    has_tls
}

#[test]
fn a_server_with_a_certificate_of_a_trusted_authority_is_accepted() {
    if !has_tls() {
        return;
    }
    let (server, url, authority) = tls_server(&["localhost"]);
    server.cli(&["SET", "k", "7"]);
    let store = Store::options(&url).root_certificates(authority.as_bytes()).open().unwrap();
    assert_eq!(get(&store).unwrap(), Some(7));
}

#[test]
fn a_server_that_cannot_prove_its_name_is_refused() {
    if !has_tls() {
        return;
    }
    let (_other_host, url, authority) = tls_server(&["redis.example.org"]);
    let store = Store::options(&url).root_certificates(authority.as_bytes()).open().unwrap();
    assert_eq!(get(&store).unwrap_err().kind(), ErrorKind::Connection, "another host's certificate");
    let (plain, url, _) = tls_server(&["localhost"]);
    let (stranger, ..) = certificates(&["localhost"]);
    let store = Store::options(&url).root_certificates(stranger.as_bytes()).open().unwrap();
    assert_eq!(get(&store).unwrap_err().kind(), ErrorKind::Connection, "an authority that is not trusted");
    let store = Store::open(&url).unwrap();
    assert_eq!(get(&store).unwrap_err().kind(), ErrorKind::Connection, "not one of the system's authorities");
    let url = format!("rediss://localhost:{}/", plain.port());
    let store = Store::options(&url).connect_timeout(std::time::Duration::from_millis(300)).open().unwrap();
    let error = get(&store).unwrap_err();
    assert_eq!(error.outcome(), pottery::Outcome::NotApplied, "a port without TLS: {error}");
}

#[cfg(feature = "async")]
#[test]
fn much_at_once_goes_over_an_encrypted_connection() {
    if !has_tls() {
        return;
    }
    let (_server, url, authority) = tls_server(&["localhost"]);
    let store = Store::options(&url).root_certificates(authority.as_bytes()).open().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let large = "x".repeat(5 << 20);
        store.value::<String>("large").set(&large).await.unwrap();
        assert!(store.value::<String>("large").get().await.unwrap().unwrap() == large);
        let tasks = (0..200_u64).map(|number| {
            let value = store.value::<u64>(number.to_string());
            tokio::spawn(async move {
                for round in 0..20 {
                    value.set(number + round).await.unwrap();
                    assert_eq!(value.get().await.unwrap(), Some(number + round));
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}
