//! `story encode`: pictures or texts to vectors, for users who only want the features; a corpus
//! into the feature cache, ahead of training; and the proof that loaded weights are the published
//! ones.

mod named;
mod scaling;
mod self_test;

use crate::arguments::EncodeArguments;
use crate::console::{out, print_json};
use crate::options::{self, Reads, config, refuse_ignored};
use anyhow::{Context, Result, bail};
use candle_core::Tensor;
use rayon::prelude::*;
use scaling::Scaling;
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use story_core::layers;
use story_files::MOST_PICTURE_BYTES;
use story_pictures::{Limits, Picture};
use story_run::frozen::{FrozenImage, FrozenText};
use story_run::run_folder::write_atomically;
use story_run::{Corpus, Network};

/// The tensor's name in the output.
const EMBEDDINGS: &str = "embeddings";
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
    // Seed: of what published weights do not bring. Device: named encoders run on the CPU.
    let read: &[Reads] = match arguments.what.as_str() {
        "corpus" => &[Reads::Config, Reads::Patches, Reads::Seed, Reads::Device],
        "self-test" => &[Reads::Patches],
        _ => &[Reads::Patches, Reads::Seed],
    };
    refuse_ignored(&arguments.common, &format!("encode {}", arguments.what), read)?;
    match arguments.what.as_str() {
        "images" => images(arguments),
        "text" => texts(arguments),
        "corpus" => corpus(arguments),
        _ => self_test::run(arguments),
    }
}

fn images(arguments: &EncodeArguments) -> Result<()> {
    let (start, host) = (Instant::now(), options::brief_host(&arguments.common));
    let output = output(arguments)?;
    let encoder = named::image(arguments)?;
    if arguments.input.is_empty() {
        bail!("--input: name one picture or more");
    }
    let frozen = FrozenImage::open(&encoder, arguments.common.seed.unwrap_or(0), &host)?;
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
    let scaled = Scaling::asked(arguments).unwrap_or(Scaling::AsTheyAre);
    write(arguments, output, &rows, scaled, encoder.kind(), start)
}

fn texts(arguments: &EncodeArguments) -> Result<()> {
    let (start, host) = (Instant::now(), options::brief_host(&arguments.common));
    let output = output(arguments)?;
    let encoder = named::text(arguments)?;
    let lines = lines(&arguments.input)?;
    let tokenizer = named::tokenizer(&encoder, arguments, &host)?;
    let most = named::positions(&encoder);
    let tokens = arguments.tokens.unwrap_or(TOKENS.min(most));
    if tokens > most {
        bail!("--tokens {tokens}: the encoder reads at most {most}");
    }
    let frozen =
        FrozenText::open(&encoder, tokenizer, tokens, arguments.common.seed.unwrap_or(0), &host)?;
    let bar = host.bar("encode texts", lines.len() as u64);
    let mut rows = Vec::new();
    for lines in lines.chunks(arguments.batch.get()) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        rows.push(frozen.encode(&lines)?); // (n, D)
        bar.step(lines.len() as u64);
    }
    drop(bar);
    let scaling = match Scaling::asked(arguments) {
        Some(scaling) => scaling,
        None => Scaling::published(&encoder),
    };
    if scaling == Scaling::ToLengthOne {
        host.say("vectors are scaled to length 1");
    }
    write(arguments, output, &rows, scaling, encoder.kind(), start)
}

/// Fills the cache with what the config's frozen encoders make of its stories.
fn corpus(arguments: &EncodeArguments) -> Result<()> {
    let (start, host) = (Instant::now(), options::brief_host(&arguments.common));
    let config = config(&arguments.common)?;
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
    let shown = |count: Option<usize>| count.map_or("no".to_string(), |n| n.to_string());
    out!("{}: {} pictures and {} texts, {seconds:.1} s", folder, shown(pictures), shown(texts));
    Ok(())
}

fn output(arguments: &EncodeArguments) -> Result<&Path> {
    let output = arguments.output.as_deref();
    output.context("--output: name the safetensors file to write")
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

fn write(
    arguments: &EncodeArguments,
    output: &Path,
    rows: &[Tensor],
    scaling: Scaling,
    kind: &str,
    start: Instant,
) -> Result<()> {
    let mut embeddings = Tensor::cat(rows, 0)?; // (N, D)
    if scaling == Scaling::ToLengthOne {
        embeddings = layers::l2_normalize(&embeddings)?;
    }
    let (count, width) = embeddings.dims2()?;
    let tensors = HashMap::from([(EMBEDDINGS.to_string(), embeddings)]);
    let bytes = safetensors::serialize(&tensors, None)?;
    write_atomically(output, &bytes)?;
    let seconds = start.elapsed().as_secs_f64();
    if arguments.common.json {
        return print_json(
            "encode",
            &Document {
                output,
                encoder: kind,
                count,
                width,
                normalized: scaling == Scaling::ToLengthOne,
                seconds,
            },
        );
    }
    out!("{}: {EMBEDDINGS} ({count}, {width}), {seconds:.1} s", output.display());
    Ok(())
}
