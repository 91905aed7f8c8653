//! Pictures that the parts of a corpus's split share.

use crate::arguments::CorpusArguments;
use crate::commands::data::records::{Records, source_config, split};
use crate::console::out;
use anyhow::Result;
use story_data::source::SourceConfig;
use story_data::split::{Member, SplitConfig};
use story_data::{Columns, Split};
use story_report::counted;
use story_report::records::{Audit, SharedRecord};
use story_run::Host;
use story_run::audit::{self, Pictures};

/// Collects what the audit needs of each story while the stories go by.
pub struct Shared {
    source: SourceConfig,
    official: bool,
    stories: Vec<(Split, String, Pictures)>,
}

impl Shared {
    /// For the corpus that the arguments name.
    pub fn new(arguments: &CorpusArguments) -> Result<Self> {
        let (source, _) = source_config(arguments)?;
        Ok(Self { official: source.has_official_split()?, source, stories: Vec::new() })
    }

    /// A story of `split`.
    pub fn add(&mut self, split: Split, id: String, pictures: Pictures) {
        self.stories.push((split, id, pictures));
    }

    /// The split that is looked at: the config's, or of a corpus that is named by itself its own
    /// parts, because which stories validate is what a config draws.
    fn parts(&self, arguments: &CorpusArguments, of_config: SplitConfig) -> SplitConfig {
        let patched =
            arguments.patches.iter().any(|patch| patch.trim_start().starts_with("data.split"));
        let named = arguments.parquet.is_some() || arguments.folder.is_some();
        match self.official && named && arguments.config.is_none() && !patched {
            true => SplitConfig::Official { validation: 0.0 },
            false => of_config,
        }
    }

    /// Reads the split that was not asked for and compares the parts that the config makes.
    /// Records of it that cannot be read are left out: whoever validates that split sees them.
    ///
    /// # Errors
    /// Where the other split cannot be read at all, or a story is in the corpus twice.
    pub fn finish(mut self, arguments: &CorpusArguments, host: &Host) -> Result<Audit> {
        if let Some(skipped) = audit::needless(&self.source) {
            return Ok(skipped);
        }
        let config = arguments.config()?;
        let parts = self.parts(arguments, config.data.split);
        if !self.official && matches!(parts, SplitConfig::Official { .. }) {
            return Ok(Audit::Skipped {
                reason: "the corpus has no train and test parts of its own, and the config names \
                         none (--set 'data.split={kind=\"blocks\",validation=0.1,test=0.1,gap=0}')"
                    .into(),
            });
        }
        if self.official {
            let other = match split(arguments) {
                Split::Train => Split::Test,
                Split::Test => Split::Train,
            };
            let records = Records::open_split(arguments, other, Columns::All, host)?;
            for record in records {
                match record {
                    Ok(record) => {
                        let (story, _) = record.parse();
                        let pictures = Pictures::of(&story);
                        self.add(other, story.id, pictures);
                    }
                    Err(error) if error.is_record() => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let members: Vec<Member> = self
            .stories
            .iter()
            .map(|(split, id, _)| Member { id, official: self.official.then_some(*split) })
            .collect();
        let splits = match story_data::split::split(parts, &members, config.seed) {
            Ok(splits) => splits,
            // Too few stories for the config's fractions: nothing is wrong with the stories.
            Err(story_data::Error::Config(problem)) => {
                return Ok(Audit::Skipped { reason: problem });
            }
            Err(error) => return Err(error.into()),
        };
        let ids: Vec<&str> = self.stories.iter().map(|(_, id, _)| id.as_str()).collect();
        let pictures: Vec<Pictures> = self.stories.iter().map(|(_, _, p)| p.clone()).collect();
        Ok(audit::of_pictures(&ids, &pictures, &splits)?)
    }
}

/// Pairs printed of each part; `--json` names more.
const PRINTED: usize = 6;

/// Prints what was found.
pub fn print(audit: &Audit) {
    let Audit::Made(record) = audit else {
        for sentence in audit.sentences() {
            out!("split: {sentence}");
        }
        return;
    };
    for sentence in record.sentences() {
        out!("split: {sentence}");
    }
    for (part, shared) in &record.held_out {
        if shared.shared_stories > 0 {
            out!("split: {}", pairs(part, shared));
        }
        for pair in shared.examples.iter().take(PRINTED) {
            out!(
                "  distance {}: train {}, image {} = {part} {}, image {}",
                pair.distance,
                pair.train_story,
                pair.train_frame + 1,
                pair.story,
                pair.frame + 1,
            );
        }
    }
    if !record.held_out.contains_key("validation") {
        out!("split: no validation stories were looked at; --config draws them as training does");
    }
    if record.flat > 0 {
        out!("split: left out {} of one colour", counted(record.flat, "picture", "pictures"));
    }
}

/// Pairs of look-alikes between the training stories and those held out.
pub fn look_alikes(audit: &Audit) -> u64 {
    match audit {
        Audit::Made(record) => record.held_out.values().flat_map(|part| &part.pairs).sum(),
        Audit::Skipped { .. } => 0,
    }
}

/// `train and test: 6 pairs at distance 0, 1 at 3`.
fn pairs(part: &str, shared: &SharedRecord) -> String {
    let counts: Vec<String> = shared
        .pairs
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(distance, count)| format!("{count} at distance {distance}"))
        .collect();
    format!("pairs of look-alikes in train and {part}: {}", counts.join(", "))
}
