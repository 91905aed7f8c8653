//! Each kernel against the same computation in candle's own ops, forward and backward, at the
//! sizes of a training step: 8 pairs, 256 wide, a vocabulary of 30,522, 21 M parameters.
//!
//! `cargo bench -p story-kernels` prints the median of interleaved runs in ms and their ratio. The
//! allocator is tuned for both sides, so that the ratio is of the kernels alone.
#![allow(clippy::print_stdout)]

use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{Module, Optimizer};
use std::time::Instant;
use story_kernels::{
    Activation, AdamWStep, BlockMatrix, ConvConfig, KeyLists, LstmInput, Move, adamw_,
    block_linear, block_moments, conv_transpose2d, conv2d, gru, layer_norm, linear_cross_entropy,
    listed_attention, low_rank_linear, lstm, mixture, peak_memory_bytes, squared_error,
    tune_allocator, tune_threads,
};

/// Timed pairs of runs; one more pair before them warms up.
const RUNS: usize = 9;
const BATCH: usize = 8;
const WIDTH: usize = 256;
const VOCABULARY: usize = 30_522;
/// Positions of a batch's texts, padding included.
const POSITIONS: usize = 256;
/// Two vocabulary tables and 5.4 M others: 21 M parameters.
const PARAMETERS: [usize; 3] = [VOCABULARY * WIDTH, VOCABULARY * WIDTH, 5_400_000];

#[expect(clippy::disallowed_methods, reason = "a benchmark is a program of its own")]
fn main() -> Result<()> {
    // `cargo test --all-targets` starts benchmarks too; tests never time.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    tune_allocator();
    tune_threads();
    println!("{} threads, medians of {RUNS}", rayon::current_num_threads());
    println!("{:<44} {:>9} {:>9} {:>6}", "", "ours ms", "stock ms", "ratio");
    image_decoder()?;
    vocabulary_loss("linear + cross-entropy, all 256 positions", 1)?;
    vocabulary_loss("linear + cross-entropy, 128 of 256 positions", 2)?;
    optimiser()?;
    recurrent()?;
    convolution()?;
    normalisation()?;
    mixed_picture()?;
    picture_losses()?;
    attention_by_lists()?;
    frozen_matrix_and_low_rank_part()?;
    for rows in [1, 4, 15] {
        quantised(rows, GgmlDType::Q4_1)?;
        quantised(rows, GgmlDType::Q8_0)?;
    }
    if let Some(bytes) = peak_memory_bytes() {
        println!("peak memory of both sides: {} MiB", bytes >> 20);
    }
    Ok(())
}

/// Runs both sides in turn and prints their medians.
fn compare(
    name: &str,
    mut ours: impl FnMut() -> Result<()>,
    mut stock: impl FnMut() -> Result<()>,
) -> Result<()> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..=RUNS {
        a.push(time(&mut ours)?);
        b.push(time(&mut stock)?);
    }
    let median = |mut times: Vec<f64>| {
        times.remove(0); // the warm-up
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let (a, b) = (median(a), median(b));
    println!("{name:<44} {a:>9.2} {b:>9.2} {:>6.3}", a / b);
    Ok(())
}

fn time(run: &mut impl FnMut() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// Numbers in -scale..scale from a formula, as a variable.
fn var(shape: &[usize], scale: f64) -> Result<Var> {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count).map(|i| ((i as f64 * 0.618).sin() * scale) as f32).collect();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)
}

fn image_decoder() -> Result<()> {
    const CHANNELS: [usize; 6] = [256, 128, 64, 32, 16, 3];
    let x = var(&[BATCH, CHANNELS[0], 7, 7], 1.0)?;
    let target = var(&[BATCH, 3, 224, 224], 1.0)?.as_tensor().detach();
    let layers: Vec<(Var, Var, ConvConfig)> = CHANNELS
        .windows(2)
        .map(|pair| {
            let last = pair[1] == CHANNELS[5];
            let config = ConvConfig {
                stride: 2,
                padding: 1,
                activation: if last { Activation::Sigmoid } else { Activation::Relu },
            };
            let scale = 1.0 / (pair[0] as f64 * 4.0).sqrt();
            Ok((var(&[pair[0], pair[1], 4, 4], scale)?, var(&[pair[1]], 0.1)?, config))
        })
        .collect::<Result<_>>()?;
    type Op = fn(&Tensor, &Tensor, &Tensor, ConvConfig) -> Result<Tensor>;
    let run = |op: Op| -> Result<()> {
        let mut y = x.as_tensor().clone();
        for (weight, bias, config) in &layers {
            y = op(&y, weight, bias, *config)?;
        }
        (y - &target)?.sqr()?.mean_all()?.backward().map(drop)
    };
    let (ours, stock) = (|| run(conv_transpose2d), || run(conv_transpose2d::reference));
    compare("image decoder 256x7x7 to 3x224x224", ours, stock)
}

/// The picture of 224 pixels that is mixed of four, a remembered and a painted one.
fn mixed_picture() -> Result<()> {
    const SHOWN: usize = 4;
    const SIDE: usize = 224;
    let shares = var(&[BATCH, SHOWN + 2, 56, 56], 1.0)?;
    let (remembered, painted) =
        (var(&[BATCH, 3, SIDE, SIDE], 1.0)?, var(&[BATCH, 3, SIDE, SIDE], 0.5)?);
    let shown = var(&[BATCH, SHOWN, 3, SIDE, SIDE], 1.0)?.as_tensor().detach();
    let moves = [Move { down: 0, right: 0 }];
    type Op = fn(&Tensor, &Tensor, &Tensor, &Tensor, &[Move]) -> Result<Tensor>;
    let run = |op: Op| {
        let mixed = op(&shares, &remembered, &painted, &shown, &moves)?;
        mixed.sqr()?.mean_all()?.backward().map(drop)
    };
    let (ours, stock) = (|| run(mixture), || run(mixture::reference));
    compare("mixture of six pictures 3x224x224", ours, stock)
}

/// What a painted picture of 224 pixels is taught by: squared error, and the means of blocks of which
/// structure is made.
fn picture_losses() -> Result<()> {
    const SIDE: usize = 224;
    let painted = var(&[2 * BATCH, 3, SIDE, SIDE], 0.5)?;
    let target = var(&[2 * BATCH, 3, SIDE, SIDE], 1.0)?.as_tensor().detach();
    let mask = Tensor::ones(2 * BATCH, DType::F32, &Device::Cpu)?;
    type Error = fn(&Tensor, &Tensor, &Tensor) -> Result<Tensor>;
    let error = |op: Error| op(&painted, &target, &mask)?.sum_all()?.backward().map(drop);
    let (ours, stock) = (|| error(squared_error), || error(squared_error::reference));
    compare("squared error 16x3x224x224", ours, stock)?;
    type Moments = fn(&Tensor, &Tensor, usize) -> Result<Tensor>;
    let moments = |op: Moments| op(&painted, &target, 8)?.sqr()?.sum_all()?.backward().map(drop);
    let (ours, stock) = (|| moments(block_moments), || moments(block_moments::reference));
    compare("means of blocks 16x3x224x224", ours, stock)
}

/// Attention of SmolLM2-135M's shape of two stories' words to six pictures' keys each, of which a word
/// sees those before it.
fn attention_by_lists() -> Result<()> {
    const STORIES: usize = 2;
    const WORDS: usize = 300;
    const KEYS: usize = 12;
    let q = var(&[STORIES, WORDS, 9, 64], 1.0)?;
    let (k, v) = (var(&[STORIES, KEYS, 3, 64], 1.0)?, var(&[STORIES, KEYS, 3, 64], 1.0)?);
    let seen = |list: usize| {
        let (story, last) = (list / KEYS, list % KEYS);
        (0..=last).map(|key| (story * KEYS + key) as u32).collect()
    };
    let lists: Vec<Vec<u32>> = (0..STORIES * KEYS).map(seen).collect();
    let of = (0..STORIES * WORDS).map(|word| {
        let (story, place) = (word / WORDS, word % WORDS);
        (story * KEYS + place * KEYS / WORDS) as u32
    });
    let lists = KeyLists::new(lists, of.collect())?;
    type Op = fn(&Tensor, &Tensor, &Tensor, &KeyLists) -> Result<Tensor>;
    let run = |op: Op| op(&q, &k, &v, &lists)?.sqr()?.mean_all()?.backward().map(drop);
    let (ours, stock) = (|| run(listed_attention), || run(listed_attention::reference));
    compare("attention by lists 2x300 words, 12 keys", ours, stock)
}

/// A feed-forward matrix of SmolLM2-135M with a low-rank part of 16, two stories' words.
fn frozen_matrix_and_low_rank_part() -> Result<()> {
    const WORDS: usize = 600;
    const IN: usize = 576;
    const OUT: usize = 1536;
    const RANK: usize = 16;
    let x = var(&[WORDS, IN], 1.0)?;
    let frozen = var(&[OUT, IN], 0.05)?.as_tensor().detach();
    let (down, up) = (var(&[RANK, IN], 0.05)?, var(&[OUT, RANK], 0.05)?);
    type Op = fn(&Tensor, &Tensor, &Tensor, &Tensor, f32) -> Result<Tensor>;
    let run = |op: Op| op(&x, &frozen, &down, &up, 2.0)?.sqr()?.mean_all()?.backward().map(drop);
    let (ours, stock) = (|| run(low_rank_linear), || run(low_rank_linear::reference));
    compare("frozen 576x1536 + low rank 16, 600 words", ours, stock)
}

/// A feed-forward matrix of SmolLM2-360M, 64 times: more than caches hold. Both sides read the same
/// blocks; candle's makes 8 bits of `x`.
fn quantised(rows: usize, dtype: GgmlDType) -> Result<()> {
    const COPIES: usize = 64;
    let (n, k) = (2560, 960);
    let x = var(&[rows, k], 1.0)?;
    let stored = QTensor::quantize(var(&[n, k], 0.1)?.as_tensor(), dtype)?;
    let ours: Vec<BlockMatrix> = (0..COPIES)
        .map(|_| BlockMatrix::new(dtype, &stored.data()?, n, k))
        .collect::<Result<_>>()?;
    let stock: Vec<QMatMul> = (0..COPIES)
        .map(|_| QMatMul::from_qtensor(QTensor::quantize(var(&[n, k], 0.1)?.as_tensor(), dtype)?))
        .collect::<Result<_>>()?;
    let ours = || ours.iter().try_for_each(|matrix| block_linear(&x, matrix).map(drop));
    let stock = || stock.iter().try_for_each(|matrix| matrix.forward(&x).map(drop));
    compare(&format!("64 matrices in {dtype:?}, {rows} rows"), ours, stock)
}

fn vocabulary_loss(name: &str, every: usize) -> Result<()> {
    let (x, w, b) =
        (var(&[POSITIONS, WIDTH], 1.0)?, var(&[VOCABULARY, WIDTH], 0.1)?, var(&[VOCABULARY], 0.1)?);
    let ids: Vec<u32> = (0..POSITIONS as u32).map(|i| i * 7919 % VOCABULARY as u32).collect();
    let keep: Vec<u8> = (0..POSITIONS).map(|i| u8::from(i % every == 0)).collect();
    let (targets, keep) = (Tensor::new(ids, &Device::Cpu)?, Tensor::new(keep, &Device::Cpu)?);
    let ours = || linear_cross_entropy(&x, &w, &b, &targets, &keep, 0.0)?.backward().map(drop);
    let stock = || {
        let loss = linear_cross_entropy::reference(&x, &w, &b, &targets, &keep, 0.0)?;
        loss.backward().map(drop)
    };
    compare(name, ours, stock)
}

#[expect(clippy::disallowed_types, reason = "the stock side of the comparison")]
fn optimiser() -> Result<()> {
    let zeros = |n: usize| Var::zeros(n, DType::F32, &Device::Cpu);
    let state: Vec<[Var; 3]> = PARAMETERS
        .iter()
        .map(|&n| Ok([var(&[n], 0.1)?, zeros(n)?, zeros(n)?]))
        .collect::<Result<_>>()?;
    let stock: Vec<Var> = PARAMETERS.iter().map(|&n| var(&[n], 0.1)).collect::<Result<_>>()?;
    let sum = stock.iter().map(|v| v.as_tensor().sum_all()).reduce(|a, b| a? + b?);
    let gradients = match sum {
        Some(sum) => sum?.backward()?,
        None => return Ok(()),
    };
    let mut optimiser = candle_nn::AdamW::new_lr(stock.clone(), 1e-3)?;
    let mut step = AdamWStep {
        lr: 1e-3,
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        weight_decay: 0.01,
        step: 0,
        grad_scale: 1.0,
    };
    let ours = || {
        step.step += 1;
        for ([parameter, m, v], like) in state.iter().zip(&stock) {
            if let Some(gradient) = gradients.get(like) {
                adamw_(parameter, gradient, m, v, &step)?;
            }
        }
        Ok(())
    };
    compare("AdamW, 21 M parameters", ours, || optimiser.step(&gradients))
}

fn recurrent() -> Result<()> {
    const TOKENS: usize = 32;
    const FRAMES: usize = 4;
    let scale = 1.0 / (WIDTH as f64).sqrt();
    let x = var(&[BATCH, TOKENS, 3 * WIDTH], 1.0)?;
    let (h, c) = (var(&[BATCH, WIDTH], 1.0)?, var(&[BATCH, WIDTH], 1.0)?);
    let (w, b) = (var(&[3 * WIDTH, WIDTH], scale)?, var(&[3 * WIDTH], 0.1)?);
    let ours = || gru(&x, &h, &w, &b, None)?.sum_all()?.backward().map(drop);
    let stock = || {
        let states = gru::reference(&x, &h, &w, &b, None)?;
        states.sum_all()?.backward().map(drop)
    };
    compare("GRU, 32 steps", ours, stock)?;
    for steps in [FRAMES, TOKENS] {
        let x = var(&[BATCH, steps, 4 * WIDTH], 1.0)?;
        let (w, b) = (var(&[4 * WIDTH, WIDTH], scale)?, var(&[4 * WIDTH], 0.1)?);
        let input = LstmInput { x_proj: &x, h0: &h, c0: &c, w_hh: &w, b_hh: &b, mask: None };
        let ours = || lstm(input)?.states.sum_all()?.backward().map(drop);
        let stock = || {
            let output = lstm::reference(input)?;
            output.states.sum_all()?.backward().map(drop)
        };
        compare(&format!("LSTM, {steps} steps"), ours, stock)?;
    }
    Ok(())
}

fn convolution() -> Result<()> {
    for (channels, out, size, stride) in [(3, 32, 224, 2), (64, 64, 56, 1)] {
        let x = var(&[BATCH, channels, size, size], 1.0)?;
        let (w, b) = (var(&[out, channels, 3, 3], 0.05)?, var(&[out], 0.1)?);
        let config = ConvConfig { stride, padding: 1, activation: Activation::Relu };
        let ours = || conv2d(&x, &w, &b, config)?.sum_all()?.backward().map(drop);
        let stock = || {
            let y = conv2d::reference(&x, &w, &b, config)?;
            y.sum_all()?.backward().map(drop)
        };
        let name = format!("3x3 convolution {channels}x{size}x{size} to {out}, stride {stride}");
        compare(&name, ours, stock)?;
    }
    Ok(())
}

fn normalisation() -> Result<()> {
    const EPS: f64 = 1e-5;
    let x = var(&[BATCH, POSITIONS, WIDTH], 1.0)?;
    let (w, b) = (var(&[WIDTH], 1.0)?, var(&[WIDTH], 0.1)?);
    let ours = || layer_norm(&x, &w, &b, EPS)?.sum_all()?.backward().map(drop);
    let stock = || {
        let y = layer_norm::reference(&x, &w, &b, EPS)?;
        y.sum_all()?.backward().map(drop)
    };
    compare("layer norm, 2048 rows of 256", ours, stock)
}
