//! The corpora by name, from local servers.

use crate::support::hub;
use std::collections::BTreeMap;
use story_hub::corpora::story_reasoning::{self, REPOSITORY};
use story_hub::testing::{HubServer, Options};

fn shards() -> BTreeMap<String, Vec<u8>> {
    let names = [
        "data/train-00000-of-00002.parquet",
        "data/train-00001-of-00002.parquet",
        "data/test-00000-of-00001.parquet",
        "README.md",
    ];
    names.map(|name| (name.to_string(), name.as_bytes().to_vec())).into()
}

#[test]
fn a_dataset_s_shards_are_planned_by_split_and_land_in_the_cache() {
    let server = HubServer::start(REPOSITORY, shards(), Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let (hub, _) = hub(&server, cache.path());
    let plan = story_reasoning::plan(&hub, Some("test"), "main").expect("a plan");
    assert_eq!(plan.files.len(), 1);
    let plan = story_reasoning::plan(&hub, None, "main").expect("a plan");
    assert_eq!((plan.files.len(), plan.bytes()), (3, 33 + 33 + 32));
    let brought = plan.bring().expect("the shards");
    assert!(brought.iter().all(|path| path.is_file()));
    assert!(cache.path().join("datasets--daniel3303--StoryReasoning/refs/main").is_file());
}

#[test]
fn a_dataset_without_shards_says_what_it_has() {
    let mut files = shards();
    files.retain(|name, _| !name.contains("data/"));
    let server = HubServer::start(REPOSITORY, files, Options::default());
    let cache = tempfile::tempdir().expect("a folder");
    let (hub, _) = hub(&server, cache.path());
    let error = story_reasoning::plan(&hub, None, "main").err().expect("no shard").to_string();
    assert!(error.contains("README.md") && error.contains("data/train-*.parquet"), "{error}");
}
