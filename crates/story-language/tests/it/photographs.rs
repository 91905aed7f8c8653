//! The reading of real captions against the boxes of their photographs. Skipped where the shared
//! photographs beside the workspace are absent.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use story_language::{COCO_CATEGORIES, Concept, Lexicon, Names};

/// Least share of the mentions that have a box of their category. Of the 31 photographs' mentions
/// 0.92 have one; what lacks one is mostly a table, which COCO's people often left without a box.
const LEAST_PRECISION: f64 = 0.9;
/// Least mentions a photograph, so that reading nothing is no way to be right: it has 8.
const LEAST_MENTIONS: usize = 7;

#[derive(Deserialize)]
struct Photograph {
    captions: Vec<String>,
    boxes: Vec<Box>,
}

#[derive(Deserialize)]
struct Box {
    category: String,
}

#[test]
fn what_captions_mention_has_a_box() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/coco-photos/photos.json");
    if !path.exists() {
        let line = format!("\nskipped: {} is not there\n", path.display());
        std::io::stdout().write_all(line.as_bytes()).unwrap();
        return;
    }
    let photographs: Vec<Photograph> =
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let lexicon = Lexicon::english();
    let (mut mentions, mut boxed) = (0, 0);
    for photograph in &photographs {
        let there: BTreeSet<&str> = photograph.boxes.iter().map(|b| b.category.as_str()).collect();
        for caption in &photograph.captions {
            for thing in lexicon.read(caption, &Names::default()).things {
                if let Concept::Categories(categories) = thing.concept {
                    let found = categories
                        .iter()
                        .any(|category| there.contains(COCO_CATEGORIES[*category]));
                    mentions += 1;
                    boxed += usize::from(found);
                }
            }
        }
    }
    let precision = f64::from(boxed as u32) / f64::from(mentions as u32);
    assert!(precision >= LEAST_PRECISION, "{boxed} of {mentions}");
    assert!(mentions >= LEAST_MENTIONS * photographs.len(), "{mentions}");
}
