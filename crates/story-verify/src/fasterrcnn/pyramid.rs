//! The maps that everything looks at: ResNet-50's stages brought to 256 channels each, coarse ones
//! added to finer ones (Lin et al. 2017, "Feature Pyramid Networks for Object Detection", arXiv
//! 1612.03144), and one coarser map, every second place of the last.

use candle_core::Tensor;
use candle_nn::VarBuilder;
use story_core::Result;
use story_encoders::ResnetConfig;
use story_encoders::image::ResnetBackbone;
use story_kernels::{Activation, ConvConfig, FrozenConv2d, PoolConfig, max_pool2d};

/// Channels of each map.
pub(super) const WIDTH: usize = 256;
/// Channels of ResNet-50's stages.
const STAGES: [usize; 4] = [256, 512, 1024, 2048];
/// Every second place.
const COARSER: PoolConfig = PoolConfig { kernel: 1, stride: 2, padding: 0 };

pub(super) struct Pyramid {
    body: ResnetBackbone,
    inner: Vec<FrozenConv2d>,
    layer: Vec<FrozenConv2d>,
}

/// A convolution with bias and without a norm.
pub(super) fn conv(
    [input, output, kernel]: [usize; 3],
    activation: Activation,
    vb: &VarBuilder,
) -> Result<FrozenConv2d> {
    let config = ConvConfig { stride: 1, padding: kernel / 2, activation };
    let weight = vb.get((output, input, kernel, kernel), "weight")?;
    Ok(FrozenConv2d::new(&weight, &vb.get(output, "bias")?, config)?)
}

impl Pyramid {
    /// Under `body` and `fpn`. The published weights' norms add nothing to their variances.
    pub(super) fn new(vb: &VarBuilder<'static>) -> Result<Self> {
        const NOTHING: f64 = 0.0;
        let resnet = ResnetConfig { depth: 50, ..ResnetConfig::default() };
        let all = |name: &str, kernel: usize| -> Result<Vec<FrozenConv2d>> {
            let of = |(index, channels): (usize, usize)| {
                let input = if kernel == 1 { channels } else { WIDTH };
                let place = vb.pp(format!("fpn.{name}.{index}.0"));
                conv([input, WIDTH, kernel], Activation::None, &place)
            };
            STAGES.into_iter().enumerate().map(of).collect()
        };
        Ok(Self {
            body: resnet.backbone(NOTHING, &vb.pp("body"))?,
            inner: all("inner_blocks", 1)?,
            layer: all("layer_blocks", 3)?,
        })
    }

    /// `images (1, 3, H, W)`, sides multiples of 32, to five maps `(1, 256, H / 4, W / 4)` to
    /// `(1, 256, H / 64, W / 64)`.
    pub(super) fn maps(&self, images: &Tensor) -> Result<Vec<Tensor>> {
        let stages = self.body.maps(images)?;
        let mut maps = Vec::new();
        let mut above: Option<Tensor> = None;
        for ((stage, inner), layer) in stages.iter().zip(&self.inner).zip(&self.layer).rev() {
            let own = inner.forward(stage)?; // (1, 256, h, w)
            let sum = match above {
                Some(coarse) => (own + doubled(&coarse)?)?,
                None => own,
            };
            maps.insert(0, layer.forward(&sum)?);
            above = Some(sum);
        }
        let last = maps.last().expect("invariant: ResNet has four stages");
        maps.push(max_pool2d(last, COARSER)?);
        Ok(maps)
    }
}

/// Each place four times, `(1, C, h, w)` to `(1, C, 2h, 2w)`.
fn doubled(x: &Tensor) -> Result<Tensor> {
    let (n, c, h, w) = x.dims4()?;
    let twice = x.reshape((n * c, h, 1, w, 1))?.broadcast_as((n * c, h, 2, w, 2))?;
    Ok(twice.reshape((n, c, 2 * h, 2 * w))?)
}
