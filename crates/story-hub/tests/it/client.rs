//! Single requests: who gets the token, and how long is waited.

use crate::support::{REPOSITORY, files, hub};
use std::time::Duration;
use story_hub::testing::{COMMIT, Fault, HubServer, Options, Redirects};
use story_hub::{Error, Kind, Repository, Result};

/// What a download of the weights ends with.
fn fetch(server: &HubServer) -> Result<()> {
    let cache = tempfile::tempdir().expect("a folder");
    let (hub, _) = hub(server, cache.path());
    let repository = Repository::new(Kind::Model, REPOSITORY, "main")?;
    let snapshot = story_hub::Snapshot::of(&hub, &repository)?;
    snapshot.fetch("model.safetensors").map(|_| ())
}

#[track_caller]
fn refused(server: &HubServer, parts: &[&str]) {
    let error = fetch(server).expect_err("nothing comes");
    let text = error.to_string();
    assert!(matches!(error, Error::Network { .. }), "{text}");
    for part in parts {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn the_token_reaches_the_endpoint_s_origin_and_nobody_else() {
    let redirects = Redirects::OtherHost;
    let token = Some("secret".to_string());
    let server =
        HubServer::model(REPOSITORY, &files(), Options { redirects, token, ..Options::default() });
    fetch(&server).expect("the weights");
    let seen = server.seen();
    // The other host differs from the Hub's own by its port alone.
    assert!(seen.iter().any(|request| request.other_host));
    for request in seen {
        let expected = (!request.other_host).then_some("Bearer secret");
        assert_eq!(request.authorization.as_deref(), expected, "{}", request.path);
    }
}

#[test]
fn an_address_of_another_host_never_sees_the_token() {
    let server = HubServer::model(REPOSITORY, &files(), Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let (mut hub, _) = hub(&server, cache.path());
    let address = server.endpoint().to_string();
    // The same port under another name of this machine is another origin.
    hub.environment.endpoint = address.replace("127.0.0.1", "localhost");
    let url = format!("{address}/{REPOSITORY}/resolve/{COMMIT}/vocab.txt");
    hub.client().expect("an endpoint").get(&url, 100).expect("the file");
    assert!(server.seen().iter().all(|request| request.authorization.is_none()));
}

#[test]
fn a_redirect_to_itself_ends() {
    let redirects = Redirects::Itself;
    let server =
        HubServer::model(REPOSITORY, &files(), Options { redirects, ..Options::default() });
    refused(&server, &["redirects", "model.safetensors", "HF_ENDPOINT"]);
    assert!(server.seen().len() < 20, "{}", server.seen().len());
}

#[test]
fn a_silent_server_is_not_waited_for() {
    let server = HubServer::model(REPOSITORY, &files(), Options::default());
    server.inject_always("resolve", Fault::Slow(Duration::from_secs(600)));
    refused(&server, &["6 attempts", "model.safetensors"]);
}

#[test]
fn a_head_that_never_ends_is_not_waited_for() {
    let server = HubServer::model(REPOSITORY, &files(), Options::default());
    server.inject_always("resolve", Fault::TrickleHead(Duration::from_millis(100)));
    refused(&server, &["6 attempts", "no answer within"]);
}

#[test]
fn a_body_that_comes_too_slowly_is_given_up() {
    let server = HubServer::model(REPOSITORY, &files(), Options::default());
    server.inject_always("resolve", Fault::TrickleBody(Duration::from_millis(100)));
    refused(&server, &["too slow", "at least 1000 a second", "6 attempts"]);
}

#[test]
fn waiting_is_told() {
    let server = HubServer::model(REPOSITORY, &files(), Options::default());
    server.inject("/revision/", Fault::TooMany(7));
    let cache = tempfile::tempdir().expect("a folder");
    let (hub, told) = hub(&server, cache.path());
    let repository = Repository::new(Kind::Model, REPOSITORY, "main").expect("names");
    let commit = repository.commit(&hub.client().expect("an endpoint"));
    assert_eq!(commit.expect("a commit"), COMMIT);
    let told = told.lock().expect("no panic while held");
    assert!(told.len() == 1 && told[0].contains("429") && told[0].contains("7s"), "{told:?}");
}

#[test]
fn a_file_listed_twice_is_there_once() {
    let names = ["data/a.parquet", "data/b.parquet", "data/c.parquet"];
    let files = names.map(|name| (name.to_string(), name.as_bytes().to_vec())).into();
    let twice = Some("data/b.parquet".to_string());
    let server =
        HubServer::start(REPOSITORY, files, Options { page: 1, twice, ..Options::default() });
    let cache = tempfile::tempdir().expect("a folder");
    let (hub, _) = hub(&server, cache.path());
    let repository = Repository::new(Kind::Dataset, REPOSITORY, "main").expect("names");
    let entries = repository.list(&hub.client().expect("an endpoint"), COMMIT, "data");
    let entries = entries.expect("a listing");
    let paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, names);
}

#[test]
fn offline_there_is_no_client() {
    let server = HubServer::model(REPOSITORY, &files(), Options::default());
    let (mut hub, _) = hub(&server, "nowhere".as_ref());
    hub.environment.offline = true;
    let message = hub.client().expect_err("offline").to_string();
    assert!(message.contains("HF_HUB_OFFLINE"), "{message}");
}

#[test]
fn an_address_where_nobody_listens_is_named_once() {
    let server = HubServer::model(REPOSITORY, &files(), Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let (mut hub, _) = hub(&server, cache.path());
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    hub.environment.endpoint.clone_from(&address);
    let url = format!("{address}/config.json");
    let error = hub.client().expect("an endpoint").get(&url, 100).expect_err("nobody answers");
    let text = error.to_string();
    assert!(text.starts_with(&url) && text.contains("attempts"), "{text}");
    assert_eq!(text.matches(&address).count(), 1, "{text}");
}
