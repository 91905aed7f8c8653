//! `cargo xtask fetch-models`: published weights, with their tokenizers, from the Hugging Face Hub
//! into the Hub cache, where runs find them, offline too.

mod card;
mod download;
mod request;

use super::hub::Place;
use anyhow::Result;
use download::Plan;
use request::Request;

/// What to fetch.
#[derive(clap::Args)]
pub struct Options {
    /// A config (a path of a .toml file: whatever its `weights` take from the Hub), a kind such as
    /// `resnet50`, or a repository `owner/name`.
    #[arg(required = true)]
    what: Vec<String>,
    /// Branch, tag or commit; configs say their own.
    #[arg(long, default_value = "main")]
    revision: String,
    /// Say what would be fetched and stop.
    #[arg(long)]
    dry_run: bool,
}

/// Fetches the files; those that are in the cache already are not fetched again.
pub fn fetch(options: &Options) -> Result<()> {
    let place = Place::from_environment();
    let requests = request::all(&options.what, &options.revision)?;
    if requests.is_empty() {
        println!("nothing to fetch: no weights come from the Hub");
        return Ok(());
    }
    println!("cache: {}", place.cache.path().display());
    bring(&place, &requests, options.dry_run)
}

/// Says what each request needs, for all of them, before the first byte is fetched.
fn bring(place: &Place, requests: &[Request], dry_run: bool) -> Result<()> {
    let api = place.api()?;
    let mut plans = Vec::new();
    for request in requests {
        let plan = Plan::of(&api, place, request)?;
        println!("{}", plan.describe());
        plans.push(plan);
    }
    if dry_run {
        return Ok(());
    }
    for plan in plans {
        for path in plan.bring(&api)? {
            println!("{}", path.display());
        }
    }
    Ok(())
}
