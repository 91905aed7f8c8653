//! Where the Hugging Face Hub and its cache are.

use anyhow::{Result, bail};
use hf_hub::Cache;
use hf_hub::api::sync::{Api, ApiBuilder};
use std::path::PathBuf;

/// How often a broken download is taken up again.
const RETRIES: usize = 5;

/// The Hub, its cache, and who asks.
pub struct Place {
    /// Where everything lands.
    pub cache: Cache,
    /// `None` is the public Hub.
    pub endpoint: Option<String>,
    /// `None` is the token beside the cache, if there is one.
    pub token: Option<String>,
    /// Whether nothing may be fetched.
    pub offline: bool,
}

impl Place {
    /// What the environment says. hf-hub 0.4 knows `HF_HOME`; the other variables are mapped here.
    pub fn from_environment() -> Self {
        let off = |value: &String| ["0", "off", "no", "false"].contains(&&*value.to_lowercase());
        Self {
            cache: variable("HF_HUB_CACHE")
                .map_or_else(Cache::from_env, |path| Cache::new(PathBuf::from(path))),
            endpoint: variable("HF_ENDPOINT").map(|it| it.trim_end_matches('/').to_string()),
            token: variable("HF_TOKEN"),
            offline: variable("HF_HUB_OFFLINE").is_some_and(|value| !off(&value)),
        }
    }

    /// A client that shows its progress on a terminal.
    pub fn api(&self) -> Result<Api> {
        if self.offline {
            bail!("HF_HUB_OFFLINE is set: nothing is fetched; unset it to download");
        }
        let mut builder =
            ApiBuilder::from_cache(self.cache.clone()).with_progress(true).with_retries(RETRIES);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint.clone());
        }
        if let Some(token) = &self.token {
            builder = builder.with_token(Some(token.clone()));
        }
        Ok(builder.build()?)
    }
}

/// The value of an environment variable, if it is set and not empty.
#[expect(clippy::disallowed_methods, reason = "xtask is a program and may read its environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
