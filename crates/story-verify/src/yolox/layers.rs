//! What YOLOX is made of: convolutions with norm and SiLU, cross-stage partial blocks, and the
//! pooling pyramid. Names are the published ones.
//!
//! Axes: `N` pictures, `C` channels, `H`, `W` pixels of a map.

use candle_core::Tensor;
use candle_nn::VarBuilder;
use story_core::Result;
use story_encoders::normed_conv::{ConvShape, NormedConv, Place, Reach, Statistics};
use story_kernels::{Activation, PoolConfig, max_pool2d, silu};

/// What the published networks add to their norms' variance.
pub(super) const NORM_EPSILON: f64 = 1e-3;

/// How the kernels wider than a pixel read channels: YOLOX-nano is depthwise, all others dense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Dense,
    Depthwise,
}

/// A convolution, its norm, and SiLU. Published as `BaseConv`.
pub(super) struct Conv(NormedConv);

impl Conv {
    pub fn new(
        (input, output): (usize, usize),
        (kernel, stride): (usize, usize),
        reach: Reach,
        vb: &VarBuilder<'static>,
    ) -> Result<Self> {
        let norm = vb.pp("bn");
        let place = Place {
            conv: vb.pp("conv"),
            statistics: Statistics::of(&norm),
            norm,
            epsilon: NORM_EPSILON,
        };
        let shape = ConvShape {
            input,
            output,
            kernel,
            stride,
            padding: (kernel / 2, kernel / 2),
            reach,
            activation: Activation::None,
        };
        Ok(Self(NormedConv::new(shape, &place)?))
    }

    /// A convolution of single pixels.
    pub fn pointwise(channels: (usize, usize), vb: &VarBuilder<'static>) -> Result<Self> {
        Self::new(channels, (1, 1), Reach::All, vb)
    }

    /// `x (N, Ci, H, W)` to `(N, Co, H / stride, W / stride)`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(silu(&self.0.forward(x)?)?)
    }
}

/// A 3 x 3 convolution in the network's [`Style`]: one `BaseConv`, or a depthwise one (`dconv`) and
/// one of single pixels (`pconv`).
pub(super) struct WideConv(Vec<Conv>);

impl WideConv {
    pub fn new(
        channels: (usize, usize),
        stride: usize,
        style: Style,
        vb: &VarBuilder<'static>,
    ) -> Result<Self> {
        const KERNEL: usize = 3;
        let input = channels.0;
        Ok(Self(match style {
            Style::Dense => vec![Conv::new(channels, (KERNEL, stride), Reach::All, vb)?],
            Style::Depthwise => vec![
                Conv::new((input, input), (KERNEL, stride), Reach::Own, &vb.pp("dconv"))?,
                Conv::pointwise(channels, &vb.pp("pconv"))?,
            ],
        }))
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut y = x.clone();
        for conv in &self.0 {
            y = conv.forward(&y)?;
        }
        Ok(y)
    }
}

/// Whether a bottleneck adds its input to its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shortcut {
    Yes,
    No,
}

struct Bottleneck {
    conv1: Conv,
    conv2: WideConv,
    shortcut: Shortcut,
}

impl Bottleneck {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.conv2.forward(&self.conv1.forward(x)?)?;
        Ok(match self.shortcut {
            Shortcut::Yes => (y + x)?,
            Shortcut::No => y,
        })
    }
}

/// A cross-stage partial block (Wang et al. 2020, "CSPNet"): half of the channels go through
/// bottlenecks, half around them. Published as `CSPLayer`.
pub(super) struct CspLayer {
    conv1: Conv,
    conv2: Conv,
    m: Vec<Bottleneck>,
    conv3: Conv,
}

impl CspLayer {
    pub fn new(
        (input, output): (usize, usize),
        blocks: usize,
        (shortcut, style): (Shortcut, Style),
        vb: &VarBuilder<'static>,
    ) -> Result<Self> {
        let hidden = output / 2;
        let block = |index: usize| {
            let vb = vb.pp("m").pp(index);
            Ok(Bottleneck {
                conv1: Conv::pointwise((hidden, hidden), &vb.pp("conv1"))?,
                conv2: WideConv::new((hidden, hidden), 1, style, &vb.pp("conv2"))?,
                shortcut,
            })
        };
        Ok(Self {
            conv1: Conv::pointwise((input, hidden), &vb.pp("conv1"))?,
            conv2: Conv::pointwise((input, hidden), &vb.pp("conv2"))?,
            m: (0..blocks).map(block).collect::<Result<_>>()?,
            conv3: Conv::pointwise((2 * hidden, output), &vb.pp("conv3"))?,
        })
    }

    /// `x (N, Ci, H, W)` to `(N, Co, H, W)`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut through = self.conv1.forward(x)?; // (N, Co / 2, H, W)
        let around = self.conv2.forward(x)?; // (N, Co / 2, H, W)
        for block in &self.m {
            through = block.forward(&through)?;
        }
        self.conv3.forward(&Tensor::cat(&[through, around], 1)?) // (N, Co, H, W)
    }
}

/// Pooling over windows of 5, 9 and 13 pixels, side by side (He et al. 2015, "Spatial Pyramid
/// Pooling"). Published as `SPPBottleneck`.
pub(super) struct SppBottleneck {
    conv1: Conv,
    conv2: Conv,
}

impl SppBottleneck {
    pub fn new(channels: usize, vb: &VarBuilder<'static>) -> Result<Self> {
        /// The maps and three pooled ones.
        const SIDE_BY_SIDE: usize = 4;
        let hidden = channels / 2;
        Ok(Self {
            conv1: Conv::pointwise((channels, hidden), &vb.pp("conv1"))?,
            conv2: Conv::pointwise((SIDE_BY_SIDE * hidden, channels), &vb.pp("conv2"))?,
        })
    }

    /// `x (N, C, H, W)` to the same shape.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        // The largest of a window of 9 is the largest of the largest of windows of 5, and so on.
        const WINDOW: PoolConfig = PoolConfig { kernel: 5, stride: 1, padding: 2 };
        let x = self.conv1.forward(x)?; // (N, C / 2, H, W)
        let five = max_pool2d(&x, WINDOW)?;
        let nine = max_pool2d(&five, WINDOW)?;
        let thirteen = max_pool2d(&nine, WINDOW)?;
        let all = Tensor::cat(&[x, five, nine, thirteen], 1)?; // (N, 2 C, H, W)
        self.conv2.forward(&all) // (N, C, H, W)
    }
}

/// Every pixel four times: `x (N, C, H, W)` to `(N, C, 2 H, 2 W)`.
pub(super) fn doubled(x: &Tensor) -> Result<Tensor> {
    let (n, c, h, w) = x.dims4()?;
    Ok(x.reshape((n, c, h, 1, w, 1))?.broadcast_as((n, c, h, 2, w, 2))?.reshape((
        n,
        c,
        2 * h,
        2 * w,
    ))?) // (N, C, 2 H, 2 W)
}

/// Space to channels: `x (N, C, 2 H, 2 W)` to `(N, 4 C, H, W)`, the pixels of each square of four
/// in the order upper left, lower left, upper right, lower right. Published as `Focus`.
pub(super) fn focus(x: &Tensor) -> Result<Tensor> {
    let (n, c, h, w) = x.dims4()?;
    let (h, w) = (h / 2, w / 2);
    Ok(x.reshape((n, c, h, 2, w, 2))?
        .permute((0, 5, 3, 1, 2, 4))? // (N, 2, 2, C, H, W)
        .reshape((n, 4 * c, h, w))?) // (N, 4 C, H, W)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn squares_become_channels_column_by_column() -> Result<()> {
        let x = Tensor::arange(0f32, 8.0, &Device::Cpu)?.reshape((1, 1, 2, 4))?;
        let y = focus(&x)?;
        assert_eq!(y.dims(), [1, 4, 1, 2]);
        let found: Vec<f32> = y.flatten_all()?.to_vec1()?;
        assert_eq!(found, [0.0, 2.0, 4.0, 6.0, 1.0, 3.0, 5.0, 7.0]);
        Ok(())
    }

    #[test]
    fn doubling_repeats_rows_and_columns() -> Result<()> {
        let x = Tensor::new(&[[1f32, 2.0]], &Device::Cpu)?.reshape((1, 1, 1, 2))?;
        let found: Vec<f32> = doubled(&x)?.flatten_all()?.to_vec1()?;
        assert_eq!(found, [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
        Ok(())
    }
}
