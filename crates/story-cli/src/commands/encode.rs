//! `story encode`: pictures or texts to vectors, for users who only want the features; a corpus
//! into the feature cache, ahead of training; and the proof that loaded weights are the published
//! ones.

mod format;
mod named;
mod scaling;
mod self_test;

use crate::arguments::encode::{
    Encode, EncodeArguments, EncodeCorpusArguments, TextArguments, VectorArguments,
};
use crate::console::{out, print_json};
use crate::options;
use anyhow::{Context, Result, bail};
use candle_core::Tensor;
use format::Format;
use rayon::prelude::*;
use scaling::Scaling;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;
use story_core::layers;
use story_files::MOST_PICTURE_BYTES;
use story_pictures::{Limits, Picture};
use story_report::counted;
use story_run::frozen::{FrozenImage, FrozenText};
use story_run::run_folder::write_atomically;
use story_run::{Corpus, Network};

/// Tokens of a text unless asked otherwise; what sentence-transformers' MiniLM reads.
const TOKENS: usize = 256;

/// What `story encode images --json` and `story encode text --json` print.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(serialize_with = "story_run::json_path::one")]
    output: &'a Path,
    /// The encoder's kind.
    encoder: &'a str,
    /// Vectors.
    count: usize,
    /// Numbers in a vector.
    width: usize,
    /// Whether they are scaled to length 1.
    normalized: bool,
    seconds: f64,
}

/// What `story encode corpus --json` prints.
#[derive(Serialize)]
struct CorpusDocument<'a> {
    folder: &'a str,
    /// Distinct ones encoded; `null` where that encoder is not frozen.
    pictures: Option<usize>,
    texts: Option<usize>,
    seconds: f64,
}

/// Encodes what is asked for.
pub fn run(arguments: &EncodeArguments) -> Result<()> {
    match &arguments.what {
        Encode::Images(arguments) => images(arguments),
        Encode::Text(arguments) => texts(arguments),
        Encode::Corpus(arguments) => corpus(arguments),
        Encode::SelfTest(arguments) => self_test::run(arguments),
    }
}

fn images(arguments: &VectorArguments) -> Result<()> {
    let (start, host) = (Instant::now(), options::brief_host(&arguments.common));
    let format = Format::of(&arguments.output)?;
    let encoder = named::image(&arguments.encoder)?;
    let frozen = FrozenImage::open(&encoder, arguments.seed, &host)?;
    let bar = host.bar("encode pictures", arguments.input.len() as u64);
    let mut rows = Vec::new();
    for paths in arguments.input.chunks(arguments.batch.get()) {
        let planes = |path: &PathBuf| {
            let place = || path.display().to_string();
            let bytes = story_files::read(path, MOST_PICTURE_BYTES).with_context(place)?;
            let picture = Picture::decode(&bytes, Limits::default()).with_context(place)?;
            frozen.planes(&picture).with_context(place)
        };
        let planes: Vec<Vec<f32>> = paths.par_iter().map(planes).collect::<Result<_>>()?;
        rows.push(frozen.encode_planes(planes)?); // (n, D)
        bar.step(paths.len() as u64);
    }
    drop(bar);
    let scaling = Scaling::asked(arguments).unwrap_or(Scaling::AsTheyAre);
    Written { arguments, format, scaling, kind: encoder.kind(), start }.write(&rows)
}

fn texts(arguments: &TextArguments) -> Result<()> {
    let (start, vectors) = (Instant::now(), &arguments.vectors);
    let host = options::brief_host(&vectors.common);
    let format = Format::of(&vectors.output)?;
    let encoder = named::text(&vectors.encoder)?;
    let lines = lines(&vectors.input)?;
    let tokenizer = named::tokenizer(&encoder, arguments.tokenizer.as_deref(), &host)?;
    let most = named::positions(&encoder);
    let tokens = arguments.tokens.unwrap_or(TOKENS.min(most));
    if tokens > most {
        bail!("--tokens {tokens}: the encoder reads at most {most}");
    }
    let frozen = FrozenText::open(&encoder, tokenizer, tokens, vectors.seed, &host)?;
    let bar = host.bar("encode texts", lines.len() as u64);
    let mut rows = Vec::new();
    for lines in lines.chunks(vectors.batch.get()) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        rows.push(frozen.encode(&lines)?); // (n, D)
        bar.step(lines.len() as u64);
    }
    drop(bar);
    let scaling = match Scaling::asked(vectors) {
        Some(scaling) => scaling,
        None => Scaling::published(&encoder),
    };
    if scaling == Scaling::ToLengthOne {
        host.say("vectors are scaled to length 1");
    }
    Written { arguments: vectors, format, scaling, kind: encoder.kind(), start }.write(&rows)
}

/// Fills the cache with what the config's frozen encoders make of its stories.
fn corpus(arguments: &EncodeCorpusArguments) -> Result<()> {
    let (start, host) = (Instant::now(), options::brief_host(&arguments.common));
    let config = options::config(&arguments.configured)?;
    if config.features.folder.is_empty() {
        bail!("features.folder is empty: nothing would be kept; set it to a folder");
    }
    let folder = config.features.folder.clone();
    let corpus = Corpus::load(&config.data, config.seed, &host)?;
    let tokenizer = corpus.tokenizer(&config, &host)?;
    let seed = config.seed;
    let network = Network::build(config, seed, tokenizer, &host)?;
    let tables = network.tables(&corpus.stories, corpus.windows())?;
    let count = |table: &Option<std::sync::Arc<story_data::collate::FeatureTable>>| {
        table.as_ref().map(|table| table.len())
    };
    let (pictures, texts) = (count(&tables.image), count(&tables.text));
    if pictures.is_none() && texts.is_none() {
        bail!("neither encoder of the config is frozen: there is nothing to keep");
    }
    let seconds = start.elapsed().as_secs_f64();
    if arguments.common.json {
        return print_json(
            "encode corpus",
            &CorpusDocument { folder: &folder, pictures, texts, seconds },
        );
    }
    let shown = |count: Option<usize>, one: &str, many: &str| match count {
        None => format!("no {many}"),
        Some(n) => counted(n as u64, one, many),
    };
    let (pictures, texts) = (shown(pictures, "picture", "pictures"), shown(texts, "text", "texts"));
    out!("{folder}: {pictures} and {texts}, {seconds:.1} s");
    Ok(())
}

/// The texts of the input's files, one a line, in order; an empty line is an empty text.
fn lines(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for path in files {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("texts {}", path.display()))?;
        lines.extend(text.lines().map(str::to_string));
    }
    if lines.is_empty() {
        bail!("--input: name a file with one text a line or more");
    }
    Ok(lines)
}

/// Vectors on their way to a file.
struct Written<'a> {
    arguments: &'a VectorArguments,
    format: Format,
    scaling: Scaling,
    /// The encoder's kind.
    kind: &'a str,
    start: Instant,
}

impl Written<'_> {
    /// Writes the rows and says what was written.
    fn write(&self, rows: &[Tensor]) -> Result<()> {
        let mut embeddings = Tensor::cat(rows, 0)?; // (N, D)
        let normalized = self.scaling == Scaling::ToLengthOne;
        if normalized {
            embeddings = layers::l2_normalize(&embeddings)?;
        }
        let (count, width) = embeddings.dims2()?;
        let output = &self.arguments.output;
        write_atomically(output, &self.format.bytes(embeddings)?)?;
        let seconds = self.start.elapsed().as_secs_f64();
        if self.arguments.common.json {
            let encoder = self.kind;
            let document = Document { output, encoder, count, width, normalized, seconds };
            return print_json("encode", &document);
        }
        out!("{}: {} ({count}, {width}), {seconds:.1} s", output.display(), self.format.what());
        Ok(())
    }
}
