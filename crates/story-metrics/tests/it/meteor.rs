//! METEOR 1.5 on a small invented set of data, which is always there, and on data that is none.

use crate::golden::assert_close;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story_metrics::{Meteor, MeteorData, MeteorStage, MeteorStats, MeteorWords, Metric, Statistic};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/meteor")
}

pub fn meteor(last: MeteorStage) -> Meteor {
    let data = MeteorData::read(&folder(), last).expect("the invented data");
    Meteor::new(Arc::new(data), MeteorWords::Normalized)
}

fn stats(last: MeteorStage, hypothesis: &str, reference: &str) -> MeteorStats {
    meteor(last).add(Some(hypothesis), &[reference]).expect("a reference is given")
}

/// Matched words of each stage in the hypothesis and in the reference.
fn matched(hypothesis: &str, reference: &str) -> [(u64, u64); 4] {
    let stats = stats(MeteorStage::Paraphrase, hypothesis, reference);
    let words = |side: &story_metrics::meteor::SideCounts, stage: usize| {
        side.matched[stage].content + side.matched[stage].function
    };
    [0, 1, 2, 3].map(|stage| (words(&stats.hypothesis, stage), words(&stats.reference, stage)))
}

#[test]
fn every_stage_finds_its_matches() {
    // No word of these pairs matches in two stages, so that none has a rival.
    assert_eq!(matched("fox", "the fox"), [(1, 1), (0, 0), (0, 0), (0, 0)]);
    assert_eq!(matched("he runs", "running"), [(0, 0), (1, 1), (0, 0), (0, 0)]);
    assert_eq!(matched("lanterns", "a lamp"), [(0, 0), (0, 0), (1, 1), (0, 0)]);
    assert_eq!(matched("geese", "gander"), [(0, 0), (0, 0), (1, 1), (0, 0)]);
    assert_eq!(matched("mending", "repairs"), [(0, 0), (0, 0), (1, 1), (0, 0)]);
    assert_eq!(matched("at dawn", "early in the morning"), [(0, 0), (0, 0), (0, 0), (2, 4)]);
    assert_eq!(matched("many birds", "a lot of bees"), [(0, 0), (0, 0), (0, 0), (1, 3)]);
}

#[test]
fn the_score_follows_the_formula() {
    // Content words: fox of two, fox of one; the article is a function word of weight 0.25.
    let score = stats(MeteorStage::Exact, "the fox barks", "The fox!").score();
    let (precision, recall) = (1.0 / 1.75, 1.0 / 1.75);
    let mean = precision * recall / (0.85 * precision + 0.15 * recall);
    let fragmentation: f64 = 1.0 / 2.0;
    assert_close(score.expect("read"), mean * (1.0 - 0.6 * fragmentation.powf(0.2)), "the formula");
}

#[test]
fn later_stages_change_the_score_and_the_signature() {
    let stages = [
        (MeteorStage::Exact, "exact"),
        (MeteorStage::Stem, "exact,stem"),
        (MeteorStage::Synonym, "exact,stem,synonym"),
        (MeteorStage::Paraphrase, "exact,stem,synonym,paraphrase"),
    ];
    let mut scores = Vec::new();
    for (last, names) in stages {
        let mut meteor = meteor(last);
        let reference = "the fox runs to the lamp at dawn";
        meteor
            .add(Some("the fox running to the lantern early"), &[reference])
            .expect("a reference");
        assert_eq!(meteor.signature().get("stages"), Some(names));
        scores.push(meteor.score().expect("read"));
    }
    assert!(scores.windows(2).all(|pair| pair[0] < pair[1]), "{scores:?}");
}

#[test]
fn empty_is_zero_missing_is_counted_and_nothing_is_undefined() {
    let mut meteor = meteor(MeteorStage::Paraphrase);
    assert_eq!(meteor.score(), None);
    meteor.add(Some(""), &["", "a fox"]).expect("references are given");
    meteor.add(None, &["a fox"]).expect("a reference is given");
    assert_eq!((meteor.score(), meteor.count(), meteor.missing()), (Some(0.0), 2, 1));
    let perfect = meteor.add(Some("A fox."), &["a cat", "a fox ."]).expect("references are given");
    assert_eq!(perfect.score(), Some(1.0));
    assert!(meteor.add(Some("a"), &[] as &[&str]).is_err());
    assert_eq!(meteor.count(), 3, "a refused text leaves nothing behind");
}

#[test]
fn abbreviations_come_from_the_data() {
    let words = |text: &str| stats(MeteorStage::Exact, text, "").hypothesis.words;
    // "Capt." keeps its stop, "Kept." does not; "No." keeps it before a number. A stop is a function word.
    assert_eq!((words("Capt. Ida No. 5").content, words("Capt. Ida No. 5").function), (4, 0));
    assert_eq!((words("Kept. Ida No. Six").content, words("Kept. Ida No. Six").function), (4, 2));
}

#[test]
fn a_megabyte_is_scored() {
    let mut meteor = meteor(MeteorStage::Paraphrase);
    let long = "the fox ran home ".repeat(65_536);
    let stats = meteor.add(Some(&long), &["the fox ran home at dawn"]).expect("a reference");
    assert_eq!(stats.hypothesis.words.content, 3 * 65_536);
    assert_eq!(stats.hypothesis.total_matched(), 4);
    let both = meteor.add(Some(&long), &[&format!("{long} again")]).expect("a reference");
    let searched = story_metrics::meteor::MAX_SEARCHED_WORDS as u64;
    assert_eq!(both.hypothesis.total_matched(), searched, "words behind the limit find none");
    meteor.add(Some(&"x".repeat(1 << 20)), &["a fox"]).expect("a reference");
}

/// A copy of the invented data with one file changed, or removed.
fn damaged(name: &str, file: &str, bytes: Option<&[u8]>) -> PathBuf {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&copy);
    for part in [
        "function/english.words",
        "nonbreaking/english.prefixes",
        "synonym/english.synsets",
        "synonym/english.exceptions",
        "data/paraphrase-en",
    ] {
        let target = copy.join(part);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder for tests");
        std::fs::copy(folder().join(part), target).expect("a copy");
    }
    match bytes {
        Some(bytes) => std::fs::write(copy.join(file), bytes).expect("a damaged file"),
        None => std::fs::remove_file(copy.join(file)).expect("a file less"),
    }
    copy
}

/// The error of reading damaged data names the file, what was found, and the remedy.
#[track_caller]
fn refused(path: &Path, file: &str, found: &str) {
    let error = MeteorData::read(path, MeteorStage::Paraphrase).expect_err(found).to_string();
    for part in [file, found, "METEOR 1.5's data", "pycocoevalcap"] {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
}

#[test]
fn data_that_is_none_is_refused_with_file_and_remedy() {
    refused(Path::new("/nowhere/meteor"), "/nowhere/meteor", "nothing");
    let cases: [(&str, &str, Option<&[u8]>, &str); 7] = [
        ("meteor-absent", "synonym/english.synsets", None, "No such file"),
        ("meteor-table", "data/paraphrase-en", None, "nothing"),
        ("meteor-words", "function/english.words", Some(b""), "no list"),
        ("meteor-bytes", "function/english.words", Some(b"the\n\xff"), "at 4 that is not UTF-8"),
        ("meteor-synsets", "synonym/english.synsets", Some(b"lamp\nmany\n"), "line 2: \"many\""),
        ("meteor-half", "synonym/english.exceptions", Some(b"goose\n"), "line 2"),
        ("meteor-number", "data/paraphrase-en", Some(b"high\na\nb\n"), "line 1: \"high\""),
    ];
    for (name, file, bytes, found) in cases {
        refused(&damaged(name, file, bytes), file, found);
    }
}

#[cfg(feature = "meteor-data")]
#[test]
fn a_compressed_table_and_a_jar_are_read() {
    use std::io::Write;
    let table = std::fs::read(folder().join("data/paraphrase-en")).expect("the invented table");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&table).expect("memory");
    let compressed = encoder.finish().expect("memory");
    let packed = damaged("meteor-packed", "data/paraphrase-en", None);
    std::fs::write(packed.join("data/paraphrase-en.gz"), &compressed).expect("a file");

    let jar = packed.join("meteor-1.5.jar");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&jar).expect("a file"));
    for part in [
        "function/english.words",
        "nonbreaking/english.prefixes",
        "synonym/english.synsets",
        "synonym/english.exceptions",
    ] {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(part, options).expect("an entry");
        archive.write_all(&std::fs::read(packed.join(part)).expect("a file")).expect("an entry");
        std::fs::remove_file(packed.join(part)).expect("a file less");
    }
    archive.finish().expect("a jar");
    for path in [&packed, &jar] {
        let data = MeteorData::read(path, MeteorStage::Paraphrase).expect("the packed data");
        let mut meteor = Meteor::new(Arc::new(data), MeteorWords::Normalized);
        let stats = meteor.add(Some("geese at dawn"), &["a gander early"]).expect("a reference");
        assert_eq!(stats.hypothesis.total_matched(), 3);
    }

    std::fs::write(packed.join("data/paraphrase-en.gz"), &compressed[..compressed.len() - 9])
        .expect("a file");
    refused(&packed, "paraphrase-en.gz", "damaged data");
    std::fs::write(packed.join("data/paraphrase-en.gz"), b"no gz at all").expect("a file");
    refused(&packed, "paraphrase-en.gz", "damaged data");
    std::fs::write(&jar, b"no jar at all").expect("a file");
    refused(&packed, "meteor-1.5.jar", "no jar");
}

#[cfg(not(feature = "meteor-data"))]
#[test]
fn a_jar_without_the_feature_is_refused_with_the_remedy() {
    let folder = damaged("meteor-plain", "data/paraphrase-en", None);
    std::fs::write(folder.join("data/paraphrase-en.gz"), b"").expect("a file");
    refused(&folder, "paraphrase-en.gz", "meteor-data");
}

#[test]
fn on_coco_tokens_punctuation_does_not_count() {
    let data = MeteorData::read(&folder(), MeteorStage::Exact).expect("the invented data");
    let data = Arc::new(data);
    let words = |words| {
        let mut meteor = Meteor::new(data.clone(), words);
        let stats = meteor.add(Some("The fox, it barks!"), &["a bird"]);
        let side = stats.expect("a reference is given").hypothesis.words;
        (meteor.name(), side.content + side.function)
    };
    assert_eq!(words(MeteorWords::Coco), ("coco-meteor", 4));
    // The jar's own tokens are the words and the two signs.
    assert_eq!(words(MeteorWords::Normalized), ("meteor-1.5", 6));
}

#[test]
fn data_for_given_texts_scores_them_alike_and_refuses_others() {
    let last = MeteorStage::Paraphrase;
    let texts = ["The geese ran at dawn.", "early in the morning many birds run"];
    let words = MeteorWords::Normalized;
    let data = MeteorData::read_for(&folder(), last, &[words], texts).expect("the invented data");
    let mut some = Meteor::new(Arc::new(data), words);
    let mut all = meteor(last);
    for (hypothesis, reference) in [(texts[0], texts[1]), (texts[1], texts[0])] {
        let expected = all.add(Some(hypothesis), &[reference]).expect("a reference");
        let found = some.add(Some(hypothesis), &[reference]).expect("known words");
        assert_eq!(found, expected);
        assert!(expected.hypothesis.matched[last as usize].content > 0, "a paraphrase");
    }
    let error = some.add(Some(texts[0]), &["at midnight"]).expect_err("midnight is new");
    assert!(error.to_string().contains("\"midnight\""), "{error}");
    assert_eq!(some.count(), 2, "a refused text leaves nothing behind");
}
