//! Runs of a moment: what an evaluation writes down, against counting anew.

use crate::train::{Begin, NewFolder, Publish, Session};
use crate::{Config, Host};
use std::path::Path;
use story_report::records::{Channel, WindowRecord};
use story_report::{EvaluationConfig, ScoreTable, score_tables};

/// The quickstart's world, shrunk, and a network that has hardly been trained.
const TINY: [&str; 21] = [
    "data.source.train_stories=16",
    "data.source.test_stories=6",
    "data.split.validation=0.1",
    "data.picture.size=32",
    "data.target_size=28",
    "data.tokenizer.vocabulary=200",
    "model.width=32",
    "model.image_encoder={kind='compact-cnn',channels=[4,8],width=32,input_size=32,grid=2}",
    "model.text_encoder={kind='compact-transformer',width=16,layers=1,heads=2,feed_forward=32,dropout=0.1,max_tokens=64,output=32}",
    "model.fusion={kind='concat',width=32}",
    "model.text_decoder={kind='gru',embedding_width=16,hidden_width=32,context_input=true,attention='none',copy='none',output_weights='own',dropout=0.1}",
    "model.image_decoder={kind='conv-transpose',channels=[8,8,3]}",
    "model.painter_told=0.5",
    "model.embedding_head.hidden_width=32",
    "train.max_steps=1",
    "train.batch_size=4",
    "evaluate.resamples=20",
    "evaluate.samples=2",
    "evaluate.generation.max_length=4",
    "evaluate.generation.strategy={kind='greedy'}",
    "evaluate.variants=['minimum-risk','minimum-risk-chrf','minimum-risk-chrf-drawn','reranked','contrastive','tell-then-show','show-then-tell','retrieved-frame','scene-mean','text-blind','shuffled-pictures']",
];

const SYSTEMS: [&str; 8] = [
    "model",
    "model-text-blind",
    "model-shuffled-pictures",
    "unigram",
    "bigram-cache",
    "best-reachable",
    "best-reachable-from-texts",
    "best-reachable-from-pictures",
];

/// The teacher-forced table of `scores.json` and the records of a run with so many tokens a text.
fn run(max_tokens: usize) -> (ScoreTable, Vec<WindowRecord>) {
    run_with(&[&format!("data.max_tokens={max_tokens}")])
}

/// The same of a run with `more` patches.
fn run_with(more: &[&str]) -> (ScoreTable, Vec<WindowRecord>) {
    let quickstart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/quickstart.toml");
    let mut patches: Vec<String> = TINY.map(String::from).into();
    patches.extend(more.iter().map(ToString::to_string));
    let config = Config::read(Some(&quickstart), &patches).expect("a config");
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = NewFolder::At(place.path().join("run"));
    let session =
        Session { publish: Publish::Nothing, command: String::new(), host: Host::silent() };
    let run = session.run(Begin::New { config, folder, from: None }).expect("a run").folder;
    let read = |name| std::fs::read_to_string(run.file(name)).expect("a file of the run");
    let tables: Vec<ScoreTable> = serde_json::from_str(&read("scores.json")).expect("tables");
    let table = tables.into_iter().find(|table| table.id == "next-text-teacher-forced");
    let records = read("predictions.jsonl");
    let records = records.lines().map(|line| serde_json::from_str(line).expect("a record"));
    (table.expect("texts were foretold"), records.collect())
}

#[test]
fn every_way_to_decode_tells_a_text_and_copying_is_counted() {
    let (_, records) = run(64);
    let ways = [
        "minimum-risk",
        "minimum-risk-chrf",
        "minimum-risk-chrf-drawn",
        "reranked",
        "contrastive",
        "show-then-tell",
    ];
    for record in &records {
        for way in ways {
            assert!(record.texts.contains_key(&format!("model-{way}")), "{way}");
        }
    }
    let tables = score_tables(&records, &EvaluationConfig::default()).expect("valid records");
    let table = tables.iter().find(|table| table.id == "next-text-free-running");
    let table = table.expect("texts were told");
    assert_eq!(value(table, "copy-last", "copied"), 1.0);
    // Whoever may take a text of the context copies at least as often.
    let copied = |system| value(table, system, "copied");
    assert!(copied("model-minimum-risk-chrf") >= copied("model-minimum-risk-chrf-drawn"));
}

#[test]
fn texts_are_told_and_scored_in_lower_case_and_shown_with_upper_case() {
    let (_, records) = run(64);
    let mut capitals = 0;
    for record in &records {
        assert!(!record.texts["model"].chars().any(char::is_uppercase), "as it was told");
        for (system, shown) in &record.shown_texts {
            assert!(system.starts_with("model"), "{system} copies what people wrote");
            assert_eq!(shown.to_lowercase(), record.texts[system], "{system}");
            capitals += shown.chars().filter(|c| c.is_uppercase()).count();
        }
    }
    assert!(capitals > 0, "the world's sentences begin with a capital");
}

#[test]
fn the_strongest_of_what_needs_no_network_is_asked_beside_the_model() {
    let (forced, records) = run(64);
    let perplexity = |system| value(&forced, system, "perplexity");
    assert!(perplexity("bigram-cache") < perplexity("unigram") / 2.0);
    let top = |system, column| value(&forced, system, column);
    assert!(top("bigram-cache", "top-1") > top("unigram", "top-1"));
    for record in &records {
        let told: Vec<&str> = record.context.iter().map(|step| step.text.as_str()).collect();
        assert_eq!(record.texts["copy-all-four"], told.join(" "));
        let ranks = &record.next_frame;
        for system in ["context-mean-shown-last", "colour-histogram", "colour-histogram-nearest"] {
            assert_eq!(ranks[system].pool, ranks["model"].pool, "{system}");
        }
        // What was shown can only stand further behind.
        assert!(ranks["context-mean-shown-last"].better <= ranks["context-mean"].better);
    }
    let tables = score_tables(&records, &EvaluationConfig::default()).expect("valid records");
    let table = tables.iter().find(|table| table.id == "next-frame-retrieval");
    let table = table.expect("pictures were looked for");
    // Chance is the mean of the reciprocal ranks of six.
    let chance = value(table, "chance", "mrr");
    assert!(value(table, "colour-histogram-nearest", "mrr") > chance);
}

#[test]
fn one_side_is_judged_by_the_other() {
    let (_, records) = run(64);
    let tables = score_tables(&records, &EvaluationConfig::default()).expect("valid records");
    let table = |id: &str| tables.iter().find(|table| table.id == id).expect("a table");
    for system in ["model", "model-tell-then-show", "last-frame"] {
        value(table("next-frame-retrieval"), system, "mrr");
    }
    for system in ["model", "model-show-then-tell", "copy-last", "best-reachable"] {
        value(table("told-text-to-picture-retrieval"), system, "mrr");
    }
    for system in
        ["model", "model-tell-then-show", "model-retrieved-frame", "mean-picture", "last-frame"]
    {
        value(table("painted-picture-to-text-retrieval"), system, "mrr");
        value(table("next-picture"), system, "mse");
        for read in ["place-read", "time-read", "hero-read", "friend-read"] {
            let share = value(table("next-picture"), system, read);
            assert!((0.0..=1.0).contains(&share), "{system}, {read}: {share}");
        }
    }
    // Who knows what comes is nearer than the mean of all that came, and the more the more it is given.
    let error = |system| value(table("next-picture"), system, "mse");
    assert!(error("scene-mean") < error("scene-mean-from-texts"));
    assert!(error("scene-mean-from-texts") < error("mean-picture"));
    // Real pictures have edges like those of real pictures.
    let sharpness = |system| value(table("next-picture"), system, "sharpness");
    assert!(sharpness("model-retrieved-frame") > 2.0 * sharpness("mean-picture"));
    // One picture for all: a text's rank is the same whichever it is asked for, so that all places are
    // taken once.
    let mut places: Vec<u64> =
        records.iter().map(|record| record.painted_to_text["mean-picture"].better).collect();
    places.sort_unstable();
    assert_eq!(places, [0, 1, 2, 3, 4, 5]);
    // Who is told the text and sees all that the pictures show finds the one of which it may be told.
    for table_of in ["text-to-picture-retrieval", "picture-to-text-retrieval"] {
        let best = value(table(table_of), "best-reachable", "mrr");
        assert!((0.7..=1.0).contains(&best), "{table_of}: {best}");
    }
    // Without alignment there is no space that both share.
    let (_, records) = run_with(&["objective.contrastive_weight=0", "evaluate.variants=[]"]);
    let nothing = |record: &WindowRecord| {
        record.told_to_image.is_empty() && record.painted_to_text.is_empty()
    };
    assert!(records.iter().all(nothing));
}

#[test]
fn what_each_side_is_worth_is_said_for_the_synthetic_world() {
    let (_, records) = run(64);
    let tables = score_tables(&records, &EvaluationConfig::default()).expect("valid records");
    let table = |id: &str| tables.iter().find(|table| table.id == id).expect("a table");
    let sides = ["best-reachable", "best-reachable-from-texts", "best-reachable-from-pictures"];
    for side in sides {
        let mrr = value(table("next-frame-retrieval"), side, "mrr");
        assert!((0.5..=1.0).contains(&mrr), "{side}: {mrr}");
    }
    // What only a picture shows is unknown to who reads texts alone.
    let nats = |side: &str, shown: bool| -> f64 {
        let asked = records.iter().filter(|record| {
            let channels = record.channels.expect("a story of the synthetic world");
            (channels.goal == Channel::Shown || channels.clue == Channel::Shown) == shown
        });
        asked.map(|record| record.tokens[side].nll).sum()
    };
    let [both, texts, _] = sides;
    assert!((nats(both, false) - nats(texts, false)).abs() < 1e-9, "all of it is told");
    assert_ne!(nats(both, true), nats(texts, true));
    assert!(tables.iter().any(|table| table.id == "next-text-by-channel"));
    assert!(tables.iter().any(|table| table.id == "next-frame-by-channel"));
}

#[test]
fn the_next_text_is_looked_for_among_the_storys_other_pages() {
    let pages = ["data.window.context=2", "evaluate.text_pool=in-story", "evaluate.variants=[]"];
    let (_, records) = run_with(&pages);
    // Stories of the synthetic world have 5 to 8 texts, of which the context shows two.
    let pools = 5 - 2..=8 - 2;
    for record in &records {
        let [model, copy] = ["model", "copy-last"].map(|system| record.next_text[system]);
        assert!(pools.contains(&model.pool), "{}", model.pool);
        assert_eq!(copy.pool, model.pool);
        assert!([model, copy].iter().all(|rank| rank.better + rank.ties < rank.pool));
    }
    let tables = score_tables(&records, &EvaluationConfig::default()).expect("valid records");
    let table = tables.iter().find(|table| table.id == "next-text-retrieval-in-story");
    let mrr = value(table.expect("there is a choice"), "model", "mrr");
    assert!((1.0 / 6.0..=1.0).contains(&mrr), "{mrr}");
    // Nobody is asked who does not ask.
    assert!(run(64).1.iter().all(|record| record.next_text.is_empty()));
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9 * expected.abs(), "{what}: {found}, not {expected}");
}

/// A cell that leaves nothing out.
fn value(table: &ScoreTable, system: &str, column: &str) -> f64 {
    let cell = table.cell(system, column).unwrap_or_else(|| panic!("no {system} {column}"));
    assert_eq!(cell.left_out, 0, "{system} {column}");
    let value = cell.value.filter(|value| value.is_finite());
    value.unwrap_or_else(|| panic!("{system} {column}: {cell:?}"))
}

#[test]
fn words_and_characters_cost_what_their_tokens_cost() {
    let (table, records) = run(64);
    let references: Vec<&str> = records.iter().filter_map(|it| it.reference.as_deref()).collect();
    assert_eq!(references.len(), 6);
    let words: usize = references.iter().map(|text| text.split(' ').count()).sum();
    let characters: usize = references.iter().map(|text| text.chars().count()).sum();
    // All of the records are asked, and wrong pictures tell the model something else.
    let foretold =
        |system: &str| -> Vec<f64> { records.iter().map(|r| r.tokens[system].nll).collect() };
    assert_ne!(foretold("model"), foretold("model-shuffled-pictures"));
    for system in SYSTEMS {
        let counts: Vec<_> = records.iter().map(|record| record.tokens[system]).collect();
        let (mut nats, mut all, mut tokens) = (0.0, 0.0, 0);
        for count in counts {
            let text = count.text.expect("no text is cut");
            assert!(text.nll <= count.nll + 1e-9, "{system}: the end costs something, or nothing");
            nats += text.nll;
            all += count.nll;
            tokens += count.count;
        }
        // Nats a token of the text, times tokens a word.
        let own = tokens - references.len() as u64;
        let a_word = (nats / own as f64) * (own as f64 / words as f64);
        assert_close(value(&table, system, "perplexity-word"), a_word.exp(), system);
        let bits = nats / std::f64::consts::LN_2 / characters as f64;
        assert_close(value(&table, system, "bits-per-character"), bits, system);
        let perplexity = (all / tokens as f64).exp();
        assert_close(value(&table, system, "perplexity"), perplexity, system);
    }
}

#[test]
fn of_cut_texts_the_whole_words_are_counted() {
    const PIECES: usize = 6;
    let (table, records) = run(PIECES + 2);
    let mut cut = 0;
    for record in &records {
        let reference = record.reference.as_deref().expect("each frame has a text");
        let texts = SYSTEMS.map(|system| record.tokens[system].text.expect("a word was kept"));
        for text in texts {
            let kept: Vec<&str> = reference.split(' ').take(text.words as usize).collect();
            assert_eq!(text.characters as usize, kept.join(" ").chars().count());
            // A word is a token at least.
            assert!(text.words as usize <= PIECES);
        }
        cut += usize::from(texts[0].words < reference.split(' ').count() as u64);
    }
    assert!(cut > 0, "no text is longer than {PIECES} pieces");
    for system in SYSTEMS {
        value(&table, system, "perplexity-word");
    }
}
