//! Invented judgements: stories of shapes, drawn here, told by a rule, edited by rules.

use crate::fixture::{noise, write_json, write_lines};
use image::{Rgb, RgbImage};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use story_report::verification::*;

pub const STORIES: usize = 40;
const FRAMES: usize = 3;
pub const SIZE: [u32; 2] = [320, 200];
const COLORS: [(&str, [u8; 3]); 4] = [
    ("red", [200, 60, 50]),
    ("blue", [50, 110, 200]),
    ("green", [60, 160, 80]),
    ("yellow", [220, 190, 50]),
];
const THINGS: [&str; 4] = ["ball", "kite", "clock", "kettle"];
const NUMBERS: [&str; 3] = ["one", "two", "three"];
const SIDES: [&str; 2] = ["left", "right"];
pub const KINDS: [&str; 6] = [
    "other-story",
    "other-frame",
    "entity-swapped",
    "relation-reversed",
    "attribute-changed",
    "number-changed",
];

/// What a frame shows, or a text says: places in the lists above.
#[derive(Clone, Copy, PartialEq)]
struct Scene {
    color: usize,
    thing: usize,
    number: usize,
    side: usize,
}

impl Scene {
    fn of(story: usize, frame: usize) -> Self {
        Self {
            color: story % 4,
            thing: (story / 4 + frame) % 4,
            number: (story + frame) % 3,
            side: (story / 2 + frame) % 2,
        }
    }

    /// The text, and the words of color, thing, side and number in it.
    fn told(self) -> (String, [[usize; 2]; 4]) {
        let words =
            [COLORS[self.color].0, THINGS[self.thing], SIDES[self.side], NUMBERS[self.number]];
        let mut text = String::from("Zoë's ");
        let mut ranges = [[0; 2]; 4];
        for (at, between) in
            [" ", " stands to the ", " of ", " boxes & <nothing> else."].into_iter().enumerate()
        {
            ranges[at] = [text.len(), text.len() + words[at].len()];
            text.push_str(words[at]);
            text.push_str(between);
        }
        (text, ranges)
    }

    fn boxes(self) -> Vec<DetectionRecord> {
        let found = |label: &str, score, x: f32, y: f32, side: f32| DetectionRecord {
            label: label.to_string(),
            score,
            bounding_box: [x, y, x + side, y + side],
        };
        let (thing_x, boxes_x) = [(30.0, 180.0), (220.0, 20.0)][self.side];
        let mut all = vec![found(THINGS[self.thing], 0.97, thing_x, 70.0, 80.0)];
        for at in 0..=self.number {
            all.push(found("box", 0.9 - 0.1 * at as f64, boxes_x + 42.0 * at as f32, 110.0, 36.0));
        }
        // Something that no phrase names, partly outside of the picture.
        all.push(found("cloud <1>", 0.31, 270.0, -20.0, 70.0));
        all
    }

    fn drawn(self) -> RgbImage {
        let mut picture = RgbImage::from_fn(SIZE[0], SIZE[1], |_, y| {
            Rgb([235 - (y / 3) as u8, 238 - (y / 4) as u8, 245])
        });
        for found in self.boxes().iter().take(self.number + 2) {
            let [x1, y1, x2, y2] = found.bounding_box;
            let (cx, cy, half) = ((x1 + x2) / 2.0, (y1 + y2) / 2.0, (x2 - x1) / 2.0);
            for (x, y, pixel) in picture.enumerate_pixels_mut() {
                let (dx, dy) = ((x as f32 - cx).abs(), (y as f32 - cy).abs());
                match found.label.as_str() {
                    "box" if dx < half && dy < half => *pixel = Rgb([150, 110, 80]),
                    "box" => {}
                    _ if dx.hypot(dy) < half => *pixel = Rgb(COLORS[self.color].1),
                    _ => {}
                }
            }
        }
        picture
    }
}

fn claims(said: Scene, shown: Scene, at: usize) -> Vec<ClaimRecord> {
    let (text, ranges) = said.told();
    let same_thing = said.thing == shown.thing;
    let truth = [
        (PhraseKind::Color, said.color == shown.color),
        (PhraseKind::Thing, same_thing),
        (PhraseKind::Relation, said.side == shown.side),
        (PhraseKind::Number, said.number == shown.number),
    ];
    let claim = |place: usize| {
        let (kind, mut holds) = truth[place];
        // The judge errs now and then.
        if noise(at * 7 + place) < 0.12 {
            holds = !holds;
        }
        let finding = match (kind, holds) {
            (PhraseKind::Color | PhraseKind::Relation, _) if !same_thing => {
                PhraseFinding::NotJudged
            }
            (_, true) => PhraseFinding::Supported,
            (PhraseKind::Thing, false) => PhraseFinding::NotFound,
            (_, false) => PhraseFinding::Contradicted,
        };
        let [start, end] = ranges[place];
        ClaimRecord {
            // A thing's phrase holds its colour.
            start: if kind == PhraseKind::Thing { ranges[0][0] } else { start },
            end,
            kind,
            finding,
            reason: (finding == PhraseFinding::NotJudged).then(|| "its thing was not found".into()),
            score: (finding != PhraseFinding::NotJudged).then_some(if holds { 0.9 } else { 0.1 }),
            other: None,
            detection: match (finding, kind) {
                (PhraseFinding::Supported | PhraseFinding::Contradicted, PhraseKind::Number) => {
                    Some(1)
                }
                (PhraseFinding::Supported | PhraseFinding::Contradicted, _) => Some(0),
                _ => None,
            },
        }
    };
    let mut all: Vec<ClaimRecord> = (0..4).map(claim).collect();
    all.push(ClaimRecord {
        start: text.find("nothing").expect("the rule says so"),
        end: text.find("nothing").expect("the rule says so") + 7,
        kind: PhraseKind::Thing,
        reason: Some("the detector knows no such thing".into()),
        ..ClaimRecord::default()
    });
    all
}

fn record(story: usize, frame: usize, negative: Option<usize>) -> VerificationRecord {
    let shown = Scene::of(story, frame);
    let at = (story * FRAMES + frame) * 7 + negative.map_or(0, |kind| kind + 1);
    let mut said = shown;
    match negative {
        None => {}
        Some(0) => said = Scene::of(story + 7, frame + 1),
        Some(1) => said = Scene::of(story, frame + 1),
        Some(2) => said.thing = (said.thing + 1) % 4,
        Some(3) => said.side = 1 - said.side,
        Some(4) => said.color = (said.color + 1) % 4,
        Some(_) => said.number = (said.number + 1) % 3,
    }
    let (text, [color, thing, side, number]) = said.told();
    let mean = if negative.is_none() { 0.62 } else { 0.44 };
    let score = |strength: f64, seed: usize| {
        let value = 0.5 + strength * (mean - 0.5) + 0.5 * (noise(at * 11 + seed) - 0.5);
        value.clamp(0.01, 0.99)
    };
    let signals: BTreeMap<String, Option<f64>> = [
        ("object-match", Some(score(1.2, 1))),
        ("similarity", Some(score(0.8, 2))),
        ("space", (!at.is_multiple_of(3)).then(|| score(0.6, 3))),
        ("attributes", (!at.is_multiple_of(5)).then(|| score(0.7, 4))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), value))
    .collect();
    let mut probabilities: BTreeMap<String, f64> =
        signals.iter().filter_map(|(name, value)| Some((name.clone(), (*value)?))).collect();
    let fused =
        ((score(1.2, 1) + score(0.8, 2) + score(0.8, 5) + score(0.9, 6)) / 4.0 - 0.5) * 1.8 + 0.5;
    for (name, value) in [
        ("fusion", fused.clamp(0.0, 1.0)),
        ("logistic-regression", (fused + 0.1 * (noise(at) - 0.5)).clamp(0.0, 1.0)),
        ("region-attention", (fused + 0.2 * (noise(at + 1) - 0.5)).clamp(0.0, 1.0)),
        ("text-only", 0.4 + 0.2 * noise(at * 11 + 9)),
        ("always-match", 1.0),
    ] {
        probabilities.insert(name.to_string(), value);
    }
    VerificationRecord {
        story: format!("story-{story:03}"),
        frame,
        part: "test".into(),
        claims: claims(said, shown, at),
        detections: shown.boxes(),
        matches: negative.is_none(),
        negative: negative.map(|kind| KINDS[kind].to_string()),
        changed: match negative {
            Some(2) => Some(thing),
            Some(3) => Some(side),
            Some(4) => Some(color),
            Some(5) => Some(number),
            _ => None,
        },
        image: (story < 20).then(|| format!("samples/{story}-{frame}.png")),
        size: Some(SIZE),
        signals,
        probabilities,
        text,
    }
}

/// One matching text and one of another kind for each frame.
pub fn records() -> Vec<VerificationRecord> {
    let frames = (0..STORIES).flat_map(|story| (0..FRAMES).map(move |frame| (story, frame)));
    frames
        .flat_map(|(story, frame)| {
            let kind = (story * FRAMES + frame) % KINDS.len();
            [record(story, frame, None), record(story, frame, Some(kind))]
        })
        .collect()
}

pub fn summary() -> VerificationSummary {
    let map = |pairs: &[(&str, f64)]| pairs.iter().map(|(k, v)| (k.to_string(), *v)).collect();
    let losses =
        |from: f64| (0..12).map(|at| from * (0.55 + 0.45 * (-f64::from(at) / 3.0).exp())).collect();
    VerificationSummary {
        name: "shapes".into(),
        description: "Invented judgements that look like a small run.".into(),
        source: "drawn by the test".into(),
        notice: "These scores say nothing about real pictures.".into(),
        seed: 7,
        detector: "the drawing's own list, 5 kinds of things".into(),
        similarity: "a noise that knows the answer a little".into(),
        thresholds: map(&[("fusion", 0.52), ("similarity", 0.55), ("text-only", 0.5)]),
        temperature: Some(1.31),
        counts: BTreeMap::from([(
            "test".into(),
            KINDS
                .iter()
                .map(|kind| (kind.to_string(), 20))
                .chain([("match".to_string(), 120)])
                .collect(),
        )]),
        splits: BTreeMap::from([
            (
                "train".into(),
                VerificationSplit { stories: 200, examples: 1200, hash: "9f2c51d0a1b3".into() },
            ),
            (
                "test".into(),
                VerificationSplit {
                    stories: STORIES as u64,
                    examples: 240,
                    hash: "03dc99e8f7a6".into(),
                },
            ),
        ]),
        losses: BTreeMap::from([
            ("fusion".into(), losses(0.69)),
            ("region-attention".into(), losses(0.72)),
        ]),
        seconds: map(&[("detect", 61.2), ("train", 3.4)]),
        version: "0.1.0".into(),
        command: "story evaluate --config configs/verify.toml --seed 7".into(),
        bounds: map(&[("accuracy", 0.95), ("auc", 0.985)]),
        intervals: None,
        notes: vec!["12 texts name nothing that the detector knows".into()],
        leaks: Vec::new(),
    }
}

/// Writes a run folder with these records.
pub fn write_with(folder: &Path, records: &[VerificationRecord], summary: &VerificationSummary) {
    write_json(&folder.join("verification.json"), summary);
    write_lines(&folder.join("verification.jsonl"), records);
}

/// Writes the whole run, pictures included.
pub fn write(folder: &Path) {
    fs::create_dir_all(folder.join("samples")).expect("a temporary folder");
    for story in 0..20 {
        for frame in 0..FRAMES {
            let path = folder.join(format!("samples/{story}-{frame}.png"));
            picture(story, frame).save(path).expect("a PNG");
        }
    }
    write_with(folder, &records(), &summary());
}

pub fn picture(story: usize, frame: usize) -> RgbImage {
    Scene::of(story, frame).drawn()
}
