//! MobileNetV2 with real weights names what photographs show. Skipped where the shared files beside
//! the workspace are absent.

use candle_core::{D, Device, Tensor};
use std::io::Write;
use std::path::{Path, PathBuf};
use story_core::{ParamStore, Result};
use story_encoders::image::MobilenetPadding;
use story_encoders::weights::{LoadedWeights, WeightsBuilder};
use story_encoders::{ImageEncoderDims, MobilenetV2Config, Preprocessing};
use story_pictures::{Limits, Picture};

/// The classes of ImageNet and, first, the background.
const CLASSES: usize = 1001;
/// Photographs that show one thing above all, and the first of its class's names; several where
/// the kinds are hard to tell apart.
const SHOWN: [(&str, &[&str]); 14] = [
    ("000000039769.png", &["tabby", "tiger cat", "Egyptian cat"]),
    ("coco-photos/images/000000000885.jpg", &["racket"]),
    ("coco-photos/images/000000002153.jpg", &["ballplayer"]),
    ("coco-photos/images/000000006012.jpg", &["banana"]),
    ("coco-photos/images/000000008844.jpg", &["banana"]),
    ("coco-photos/images/000000010092.jpg", &["four-poster"]),
    ("coco-photos/images/000000012667.jpg", &["dial telephone"]),
    ("coco-photos/images/000000062554.jpg", &["broccoli"]),
    ("coco-photos/images/000000099053.jpg", &["soup bowl"]),
    ("coco-photos/images/000000160012.jpg", &["pizza"]),
    ("coco-photos/images/000000229997.jpg", &["American black bear"]),
    ("coco-photos/images/000000377575.jpg", &["miniature poodle", "standard poodle", "toy poodle"]),
    ("coco-photos/images/000000519208.jpg", &["Indian elephant"]),
    ("coco-photos/images/000000553664.jpg", &["laptop"]),
];

/// What lies under `name` among the shared files beside the workspace; where it is absent, says so
/// in a line `skipped: ...`, by which skipped tests are counted.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name);
    if path.exists() {
        return Some(path);
    }
    let line = format!("\nskipped: {} is not there\n", path.display());
    std::io::stdout().write_all(line.as_bytes()).expect("stdout");
    None
}

fn config(padding: MobilenetPadding) -> MobilenetV2Config {
    MobilenetV2Config {
        padding,
        preprocessing: Preprocessing::TENSORFLOW,
        ..MobilenetV2Config::default()
    }
}

/// The file's picture as `Preprocessing::TENSORFLOW` says, `(1, 3, 224, 224)`.
fn photograph(path: &Path) -> Result<Tensor> {
    const SIDE: usize = 224;
    let bytes = std::fs::read(path).expect("the photograph can be read");
    let picture = Picture::decode(&bytes, Limits::default()).expect("the photograph decodes");
    let values = Preprocessing::TENSORFLOW.planes(&picture).expect("a size that can be");
    Ok(Tensor::from_vec(values, (1, 3, SIDE, SIDE), &Device::Cpu)?)
}

#[test]
fn real_weights_name_what_photographs_show() -> Result<()> {
    let (Some(file), Some(labels), Some(photographs)) = (
        shared("weights/mobilenet_v2.safetensors"),
        shared("weights/imagenet_labels.txt"),
        shared("data"),
    ) else {
        return Ok(());
    };
    let labels = std::fs::read_to_string(labels).expect("labels");
    let names: Vec<&str> =
        labels.lines().map(|line| line.split(',').next().unwrap_or(line)).collect();
    assert_eq!(names.len(), CLASSES);
    let weights = LoadedWeights::read(&[file])?;
    let dims = ImageEncoderDims { input_size: 224 };
    // All photographs through one padding, to the probability of what each shows.
    let run = |padding: MobilenetPadding| -> Result<Vec<(f32, String)>> {
        let store = ParamStore::new(1, &Device::Cpu);
        let builder = WeightsBuilder::frozen(&store, "", weights.clone());
        let config = config(padding);
        let classifier = builder.build(&[], |vb| config.classifier(CLASSES, &dims, vb))?;
        assert!(store.named().is_empty(), "frozen weights are no parameters");
        let found = SHOWN.iter().map(|(file, shown)| {
            let logits = classifier.classify(&photograph(&photographs.join(file))?)?;
            let chances = candle_nn::ops::softmax(&logits, D::Minus1)?.get(0)?;
            let chances = chances.to_vec1::<f32>()?;
            let best = chances.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            let (best, chance) = best.expect("there are classes");
            println!("{padding:?} {file}: {} {chance:.2}", names[best]);
            let shown = chances.iter().zip(&names).filter(|(_, n)| shown.contains(n));
            Ok((shown.map(|(chance, _)| chance).sum(), names[best].to_string()))
        });
        found.collect()
    };
    let right = run(MobilenetPadding::TensorflowSame)?;
    for ((file, shown), (_, best)) in SHOWN.iter().zip(&right) {
        assert!(shown.contains(&best.as_str()), "{file}: {best}, not {shown:?}");
    }
    // The weights were trained with TensorFlow's padding; with the other one they are less sure.
    let sure = |found: &[(f32, String)]| found.iter().map(|(chance, _)| chance).sum::<f32>();
    let (right, other) = (sure(&right), sure(&run(MobilenetPadding::Torch)?));
    println!("together {right:.2} of {}, with the other padding {other:.2}", SHOWN.len());
    assert!(right > other + 0.1, "{right} {other}");
    Ok(())
}
