//! A Hub with patience for tests: waits are noted instead of slept.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use story_hub::testing::HubServer;
use story_hub::{Event, Hub, HubEnvironment, Progress, RetryPolicy, Token};

pub const REPOSITORY: &str = "owner/name";
pub const WEIGHTS: &[u8] = b"weights that are long enough to be cut in two";
pub const WORDS: &[u8] = b"a\nb\n";

/// A Hub at `server`, and what was told of the progress.
pub fn hub(server: &HubServer, cache: &Path) -> (Hub, Arc<Mutex<Vec<String>>>) {
    let mut environment = HubEnvironment::new(server.endpoint(), cache);
    environment.token = Token::new("secret");
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let listener = Arc::clone(&told);
    let progress = Progress::new(move |event: Event<'_>| {
        listener.lock().expect("no panic while held").push(format!("{event:?}"));
    });
    let mut hub = Hub::new(environment).with_progress(progress);
    hub.retry = RetryPolicy {
        sleep: Arc::new(|_| {}),
        connect_timeout: Duration::from_millis(500),
        read_timeout: Duration::from_millis(500),
        rate_window: Duration::from_millis(300),
        ..RetryPolicy::default()
    };
    (hub, told)
}

/// The files of a model, and some that nobody needs.
pub fn files() -> [(&'static str, &'static [u8]); 4] {
    [
        ("model.safetensors", WEIGHTS),
        ("pytorch_model.bin", b"never fetched"),
        ("vocab.txt", WORDS),
        ("README.md", b"never fetched either"),
    ]
}
