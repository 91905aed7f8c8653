//! How convolution and transposed convolution share a batch among threads.
//!
//! Forward, each image is one piece of work. Backward, each thread takes a run of images and sums
//! their weight and bias gradients into stores of its own; the stores are added in the order of
//! the images, so that the result depends on the number of threads but not on their timing.

use crate::activation::Activation;
use crate::math;
use crate::matmul::Threads;
use crate::storage::{gradient, with_f32};
use candle_core::{Result, Tensor};
use rayon::prelude::*;

/// Gradients of input, weights and bias, each where it is wanted.
pub(crate) type Gradients = (Option<Tensor>, Option<Tensor>, Option<Tensor>);

/// One image on its way forward.
pub(crate) struct Forward<'a> {
    pub(crate) input: &'a [f32],
    pub(crate) output: &'a mut [f32],
    pub(crate) scratch: &'a mut Vec<f32>,
    pub(crate) threads: Threads,
}

/// One image on its way back.
pub(crate) struct Backward<'a> {
    pub(crate) input: &'a [f32],
    pub(crate) weights: &'a [f32],
    /// The gradient before the activation.
    pub(crate) grad: &'a [f32],
    /// Zeros to be filled, if wanted.
    pub(crate) input_gradient: Option<&'a mut [f32]>,
    /// A sum to be added to, if wanted.
    pub(crate) weight_gradient: Option<&'a mut [f32]>,
    pub(crate) scratch: &'a mut Vec<f32>,
    pub(crate) threads: Threads,
}

/// What candle hands to an op's backward.
pub(crate) struct Tensors<'a> {
    pub(crate) x: &'a Tensor,
    pub(crate) weight: &'a Tensor,
    pub(crate) bias: &'a Tensor,
    pub(crate) output: &'a Tensor,
    pub(crate) grad: &'a Tensor,
}

/// Runs `work` on each image; lengths are of one image's input and output.
pub(crate) fn forward(
    x: &[f32],
    input_len: usize,
    output_len: usize,
    work: impl Fn(Forward<'_>) + Sync,
) -> Vec<f32> {
    let batch = x.len() / input_len;
    let threads = threads_inside(batch);
    let mut outputs = vec![0f32; batch * output_len];
    outputs.par_chunks_mut(output_len).zip(x.par_chunks(input_len)).for_each_init(
        Vec::new,
        |scratch, (output, input)| {
            work(Forward { input, output, scratch, threads });
        },
    );
    outputs
}

/// Runs `work` on each image and gathers the gradients that candle's graph asks for.
pub(crate) fn backward(
    tensors: &Tensors<'_>,
    activation: Activation,
    work: impl Fn(Backward<'_>) + Sync,
) -> Result<Gradients> {
    let Tensors { x, weight, bias, output, grad } = tensors;
    let (gx, gw, gb) = with_f32(x, |xs| {
        with_f32(weight, |weights| {
            with_f32(output, |outputs| {
                with_f32(grad, |grads| {
                    let run = Run {
                        x: xs,
                        weights,
                        outputs,
                        grads,
                        activation,
                        batch: x.dims()[0],
                        channels: bias.elem_count(),
                    };
                    let wanted = [x, weight, bias].map(|t| t.track_op());
                    Ok(run.gradients(wanted, &work))
                })
            })
        })
    })?;
    let tensor = |values: Option<Vec<f32>>, of| match values {
        Some(values) => gradient(values, of),
        None => Ok(None),
    };
    Ok((tensor(gx, x)?, tensor(gw, weight)?, tensor(gb, bias)?))
}

/// Sets each channel of an image to its bias.
pub(crate) fn fill_channels(image: &mut [f32], bias: &[f32]) {
    for (channel, &b) in image.chunks_exact_mut(image.len() / bias.len()).zip(bias) {
        channel.fill(b);
    }
}

/// Adds to each channel of an image its bias.
pub(crate) fn add_to_channels(image: &mut [f32], bias: &[f32]) {
    for (channel, &b) in image.chunks_exact_mut(image.len() / bias.len()).zip(bias) {
        channel.iter_mut().for_each(|v| *v += b);
    }
}

/// With fewer images than threads, the products inside an image share the idle ones.
fn threads_inside(batch: usize) -> Threads {
    if batch < rayon::current_num_threads() { Threads::All } else { Threads::One }
}

struct Run<'a> {
    x: &'a [f32],
    weights: &'a [f32],
    outputs: &'a [f32],
    grads: &'a [f32],
    activation: Activation,
    batch: usize,
    channels: usize,
}

type Slices = (Option<Vec<f32>>, Option<Vec<f32>>, Option<Vec<f32>>);

impl Run<'_> {
    fn gradients(&self, wanted: [bool; 3], work: &(impl Fn(Backward<'_>) + Sync)) -> Slices {
        let [want_x, want_weight, want_bias] = wanted;
        let images = self.batch.div_ceil(rayon::current_num_threads());
        let runs = self.batch.div_ceil(images);
        let run_len = images * (self.x.len() / self.batch);
        let mut gx = want_x.then(|| vec![0f32; self.x.len()]);
        let gx_runs: Vec<Option<&mut [f32]>> = match &mut gx {
            Some(gx) => gx.chunks_mut(run_len).map(Some).collect(),
            None => (0..runs).map(|_| None).collect(),
        };
        let sums: Vec<(Vec<f32>, Vec<f32>)> = gx_runs
            .into_par_iter()
            .enumerate()
            .map(|(run, gx)| {
                let mut gw = vec![0f32; if want_weight { self.weights.len() } else { 0 }];
                let mut gb = vec![0f32; if want_bias { self.channels } else { 0 }];
                let end = ((run + 1) * images).min(self.batch);
                self.run(run * images..end, gx, &mut gw, &mut gb, work);
                (gw, gb)
            })
            .collect();
        let mut sums = sums.into_iter();
        let (mut gw, mut gb) = sums.next().unwrap_or_default();
        for (more_gw, more_gb) in sums {
            math::add_assign(&mut gw, &more_gw);
            math::add_assign(&mut gb, &more_gb);
        }
        (gx, want_weight.then_some(gw), want_bias.then_some(gb))
    }

    /// The images of one thread; an empty `gw` or `gb` is not wanted.
    fn run(
        &self,
        images: std::ops::Range<usize>,
        mut gx: Option<&mut [f32]>,
        gw: &mut [f32],
        gb: &mut [f32],
        work: &impl Fn(Backward<'_>),
    ) {
        let input_len = self.x.len() / self.batch;
        let output_len = self.outputs.len() / self.batch;
        let (mut scratch, mut before) = (Vec::new(), Vec::new());
        for (position, image) in images.enumerate() {
            let mut grad = &self.grads[image * output_len..][..output_len];
            if self.activation != Activation::None {
                before.resize(output_len, 0.0);
                let output = &self.outputs[image * output_len..][..output_len];
                self.activation.backward(output, grad, &mut before);
                grad = &before;
            }
            for (sum, channel) in gb.iter_mut().zip(grad.chunks_exact(output_len / self.channels)) {
                *sum += math::sum(channel);
            }
            let gx = gx.as_deref_mut();
            work(Backward {
                input: &self.x[image * input_len..][..input_len],
                weights: self.weights,
                grad,
                input_gradient: gx.map(|gx| &mut gx[position * input_len..][..input_len]),
                weight_gradient: (!gw.is_empty()).then_some(&mut *gw),
                scratch: &mut scratch,
                threads: threads_inside(self.batch),
            });
        }
    }
}
