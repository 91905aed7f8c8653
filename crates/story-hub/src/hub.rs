//! All that a reader of the Hub is handed: where it is, how patient to be, whom to tell.

use crate::{Client, Error, HubEnvironment, Progress, Result, RetryPolicy};

/// The Hub as a program uses it.
#[derive(Debug, Clone)]
pub struct Hub {
    /// Where it and its cache are, and who asks.
    pub environment: HubEnvironment,
    /// What is done when a request fails.
    pub retry: RetryPolicy,
    /// Who is told what goes on.
    pub progress: Progress,
}

impl Hub {
    /// With the usual retries, telling nobody.
    pub fn new(environment: HubEnvironment) -> Self {
        Self { environment, retry: RetryPolicy::default(), progress: Progress::silent() }
    }

    /// With the environment that `lookup` tells; see [`HubEnvironment::from_lookup`].
    ///
    /// # Errors
    /// As there.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Ok(Self::new(HubEnvironment::from_lookup(lookup)?))
    }

    /// The same, telling `progress`.
    #[must_use]
    pub fn with_progress(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// A client; nothing is sent yet.
    ///
    /// # Errors
    /// Where the endpoint is no address, or nothing may be fetched.
    pub fn client(&self) -> Result<Client> {
        if self.environment.offline {
            return Err(Error::network(
                &self.environment.endpoint,
                "HF_HUB_OFFLINE is set: nothing is fetched",
                "unset HF_HUB_OFFLINE to download",
            ));
        }
        Client::new(&self.environment, self.retry.clone(), self.progress.clone())
    }
}
