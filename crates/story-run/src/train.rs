//! Training a run: data, network, steps with checkpoints, evaluation and report.

mod autoencoder;
mod observer;
mod prepared;
mod remembered;
mod session;
mod start;

pub use session::{Begin, FinishedRun, NewFolder, Publish, Session};
pub use start::Start;

use crate::config::Config;
use crate::error::Result;
use crate::host::Host;
use story_data::source::{HubConfig, HubSource, SourceConfig};
use story_data::{Columns, Split};

/// The config with a Hub branch or tag replaced by the commit that it stands for now: the branch
/// may move before the run is resumed or evaluated again.
///
/// # Errors
/// A Hub that cannot be asked.
pub fn pinned(mut config: Config, host: &Host) -> Result<Config> {
    if let SourceConfig::Hub { repository, revision } = &mut config.data.source {
        let hub = HubConfig::new(&*repository, &*revision, host.hub()?);
        let source = HubSource::open(&hub, Split::Test, Columns::Text)?;
        *revision = source.commit().to_string();
    }
    Ok(config)
}
