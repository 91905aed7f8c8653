//! The published picture encoders, frozen, on 8 pictures: `cargo bench -p story-encoders` prints the
//! median and the quickest of some runs in ms. Names as arguments choose networks.
#![allow(clippy::print_stdout)]

use candle_core::{Device, Tensor};
use std::time::Instant;
use story_core::conformance::weight;
use story_core::{ImageEncoder, Pass, Result};
use story_encoders::weights::formula;
use story_encoders::{ClipVisionConfig, ImageEncoderDims, MobilenetV2Config, ResnetConfig};

const PICTURES: usize = 8;
const SIDE: usize = 224;
const RUNS: usize = 9;

#[expect(clippy::disallowed_methods, reason = "a benchmark is a program of its own")]
fn main() -> Result<()> {
    // `cargo test --all-targets` starts benchmarks too; tests never time.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    story_kernels::tune_allocator();
    story_kernels::tune_threads();
    let wanted = |name: &str| {
        let mut names = arguments.iter().filter(|a| !a.starts_with('-')).peekable();
        names.peek().is_none() || names.any(|wanted| wanted == name)
    };
    let dims = ImageEncoderDims { input_size: SIDE };
    println!("{} threads, {PICTURES} pictures", rayon::current_num_threads());
    for depth in [18, 34, 50] {
        let config = ResnetConfig { depth, ..ResnetConfig::default() };
        let name = format!("resnet{depth}");
        if wanted(&name) {
            measure(&name, &*config.build(&dims, formula::builder())?)?;
        }
    }
    if wanted("mobilenet") {
        let encoder = MobilenetV2Config::default().build(&dims, formula::builder())?;
        measure("mobilenet", &*encoder)?;
    }
    if wanted("clip") {
        let encoder = ClipVisionConfig::default().build(&dims, formula::builder())?;
        measure("clip", &*encoder)?;
    }
    Ok(())
}

fn measure(name: &str, encoder: &dyn ImageEncoder) -> Result<()> {
    let values: Vec<f32> = (0..PICTURES * 3 * SIDE * SIDE).map(weight).collect();
    let pictures = Tensor::from_vec(values, (PICTURES, 3, SIDE, SIDE), &Device::Cpu)?;
    let mut times = Vec::new();
    for _ in 0..=RUNS {
        let start = Instant::now();
        encoder.encode(&pictures, &Pass::Eval)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.remove(0); // the warm-up
    times.sort_by(f64::total_cmp);
    println!("{name:<12} median {:8.1} ms, quickest {:8.1} ms", times[RUNS / 2], times[0]);
    Ok(())
}
