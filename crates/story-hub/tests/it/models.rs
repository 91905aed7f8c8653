//! Plans of weights: what is said before anything is fetched, and what is fetched.

use crate::support::{REPOSITORY, WEIGHTS, files, hub};
use story_hub::models::{Plan, Request};
use story_hub::testing::{COMMIT, HubServer, LICENCE, Options};

fn request(file: &str) -> Request {
    Request { repository: REPOSITORY.into(), revision: "main".into(), file: file.into() }
}

#[test]
fn a_plan_names_licence_files_and_sizes_and_fetches_nothing() {
    let server = HubServer::model(REPOSITORY, &files(), Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let (hub, _) = hub(&server, cache.path());
    let plan = Plan::of(&hub, &request("")).expect("a plan");
    let text = plan.describe();
    for part in ["owner/name at `main`", COMMIT, LICENCE, "model.safetensors", "vocab.txt"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("pytorch_model.bin") && !text.contains("README"), "{text}");
    assert!(server.seen().iter().all(|seen| seen.path.starts_with("/api/")));
    let document = serde_json::to_value(&plan).expect("JSON");
    assert_eq!(document["files"][0]["bytes"], WEIGHTS.len());
    assert_eq!(document["files"][0]["cached"], serde_json::Value::Null);
}

#[test]
fn what_is_in_the_cache_is_not_fetched_again() {
    let server = HubServer::model(REPOSITORY, &files(), Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let (hub, _) = hub(&server, cache.path());
    let first = Plan::of(&hub, &request("")).expect("a plan").bring().expect("files");
    assert_eq!(std::fs::read(&first[0]).expect("bytes"), WEIGHTS);
    let reference = cache.path().join("models--owner--name/refs/main");
    assert_eq!(std::fs::read_to_string(reference).expect("a note"), COMMIT);
    assert!(server.seen().iter().all(|it| it.authorization.as_deref() == Some("Bearer secret")));
    let asked = server.seen().len();
    let plan = Plan::of(&hub, &request("")).expect("a plan");
    assert!(plan.describe().contains("in the cache"));
    assert_eq!(plan.bring().expect("files"), first);
    assert_eq!(server.seen().len() - asked, 1, "only the listing is asked for again");
}

#[test]
fn shards_and_companions_come_once_each() {
    let files: [(&str, &[u8]); 5] = [
        ("config.json", b"{}"),
        ("model.safetensors.index.json", b"{}"),
        ("model-00001-of-00002.safetensors", b"1"),
        ("model-00002-of-00002.safetensors", b"2"),
        ("other-00001-of-00001.safetensors", b"x"),
    ];
    let server = HubServer::model(REPOSITORY, &files, Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let (hub, _) = hub(&server, cache.path());
    let names = |file| {
        let plan = Plan::of(&hub, &request(file)).expect("a plan");
        plan.files.iter().map(|file| file.path.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        names(""),
        [
            "model.safetensors.index.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "config.json"
        ]
    );
    assert_eq!(names("config.json"), ["config.json"]);
}

#[test]
fn what_is_not_there_is_named() {
    let server = HubServer::model(REPOSITORY, &files(), Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let (mut hub, _) = hub(&server, cache.path());
    let text = Plan::of(&hub, &request("x.bin")).err().expect("no such file").to_string();
    assert!(text.contains("x.bin") && text.contains("README.md"), "{text}");
    let other = Request { repository: "owner/other".into(), ..request("") };
    let text = Plan::of(&hub, &other).err().expect("no such model").to_string();
    assert!(text.contains("owner/other") && text.contains("401"), "{text}");
    hub.environment.offline = true;
    let text = Plan::of(&hub, &request("")).err().expect("offline").to_string();
    assert!(text.contains("HF_HUB_OFFLINE"), "{text}");
}
