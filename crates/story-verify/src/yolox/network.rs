//! The network of YOLOX: CSPDarknet, a feature pyramid with a path down and a path up (Liu et al.
//! 2018, "PANet"), and heads that are decoupled: one branch tells what, another where.
//!
//! Layers are built in the order in which they run, by which a file without names is read (see
//! [`super::onnx`]).
//!
//! Axes: `N` pictures, `C` channels, `H`, `W` pixels, `A` places on the three grids, one after the
//! other, row by row.

use super::YoloxVariant;
use super::layers::{Conv, CspLayer, Shortcut, SppBottleneck, Style, WideConv, doubled, focus};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use story_core::Result;
use story_encoders::normed_conv::Reach;
use story_kernels::{Activation, ConvConfig, FrozenConv2d};

/// Channels of the three levels before the width multiplier.
const LEVELS: [usize; 3] = [256, 512, 1024];
/// Channels of the stem before it.
const STEM: usize = 64;

/// The weights' arrangement, told by a variant and the number of categories.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// Channels of the three levels.
    levels: [usize; 3],
    /// Channels of the stem.
    stem: usize,
    /// Bottlenecks of the shallowest blocks.
    depth: usize,
    style: Style,
}

impl Sizes {
    fn of(variant: YoloxVariant) -> Self {
        let (depth, width) = variant.multipliers();
        // Rounded down, as published; all products are whole.
        let channels = |count: usize| (count as f64 * width) as usize;
        Self {
            levels: LEVELS.map(channels),
            stem: channels(STEM),
            depth: ((3.0 * depth).round() as usize).max(1),
            style: match variant {
                YoloxVariant::Nano => Style::Depthwise,
                _ => Style::Dense,
            },
        }
    }
}

/// YOLOX without what turns its numbers into boxes. It only runs: nothing of it trains.
pub(super) struct Network {
    backbone: Pyramid,
    head: Head,
}

impl Network {
    pub fn new(variant: YoloxVariant, classes: usize, vb: &VarBuilder<'static>) -> Result<Self> {
        let sizes = Sizes::of(variant);
        Ok(Self {
            backbone: Pyramid::new(&sizes, &vb.pp("backbone"))?,
            head: Head::new(&sizes, classes, &vb.pp("head"))?,
        })
    }

    /// `images (N, 3, H, W)`, blue first and in 0..255, H and W multiples of 32, to
    /// `(N, A, 5 + classes)`: centre and logarithm of the size in units of the grid, objectness and
    /// the categories' probabilities.
    pub fn forward(&self, images: &Tensor) -> Result<Tensor> {
        self.head.forward(self.backbone.forward(images)?)
    }
}

/// CSPDarknet; published under `backbone.backbone`.
struct Darknet {
    stem: Conv,
    dark2: (WideConv, CspLayer),
    dark3: (WideConv, CspLayer),
    dark4: (WideConv, CspLayer),
    dark5: (WideConv, SppBottleneck, CspLayer),
}

impl Darknet {
    fn new(sizes: &Sizes, vb: &VarBuilder<'static>) -> Result<Self> {
        /// Channels of a picture, four pixels side by side.
        const FOCUSED: usize = 3 * 4;
        let Sizes { stem, style, .. } = *sizes;
        let [c3, c4, c5] = sizes.levels;
        let c2 = 2 * stem;
        let (short, deep) = (sizes.depth, 3 * sizes.depth);
        let down = |channels, name: &str| WideConv::new(channels, 2, style, &vb.pp(name).pp(0));
        let csp = |channels, blocks, shortcut, name: &str| {
            CspLayer::new((channels, channels), blocks, (shortcut, style), &vb.pp(name))
        };
        let stem_vb = vb.pp("stem").pp("conv");
        Ok(Self {
            stem: Conv::new((FOCUSED, stem), (3, 1), Reach::All, &stem_vb)?,
            dark2: (down((stem, c2), "dark2")?, csp(c2, short, Shortcut::Yes, "dark2.1")?),
            dark3: (down((c2, c3), "dark3")?, csp(c3, deep, Shortcut::Yes, "dark3.1")?),
            dark4: (down((c3, c4), "dark4")?, csp(c4, deep, Shortcut::Yes, "dark4.1")?),
            dark5: (
                down((c4, c5), "dark5")?,
                SppBottleneck::new(c5, &vb.pp("dark5.1"))?,
                csp(c5, short, Shortcut::No, "dark5.2")?,
            ),
        })
    }

    /// The maps at an eighth, a sixteenth and a thirty-second of the picture.
    fn forward(&self, images: &Tensor) -> Result<[Tensor; 3]> {
        let run = |(down, csp): &(WideConv, CspLayer), x: &Tensor| csp.forward(&down.forward(x)?);
        let x = self.stem.forward(&focus(images)?)?; // (N, C, H / 2, W / 2)
        let x = run(&self.dark2, &x)?; // (N, C, H / 4, W / 4)
        let eighth = run(&self.dark3, &x)?; // (N, C3, H / 8, W / 8)
        let sixteenth = run(&self.dark4, &eighth)?; // (N, C4, H / 16, W / 16)
        let (down, spp, csp) = &self.dark5;
        let last = csp.forward(&spp.forward(&down.forward(&sixteenth)?)?)?; // (N, C5, H / 32, W / 32)
        Ok([eighth, sixteenth, last])
    }
}

/// The feature pyramid; published as `YOLOPAFPN`.
#[expect(non_snake_case, reason = "the published names")]
struct Pyramid {
    backbone: Darknet,
    lateral_conv0: Conv,
    C3_p4: CspLayer,
    reduce_conv1: Conv,
    C3_p3: CspLayer,
    bu_conv2: WideConv,
    C3_n3: CspLayer,
    bu_conv1: WideConv,
    C3_n4: CspLayer,
}

impl Pyramid {
    fn new(sizes: &Sizes, vb: &VarBuilder<'static>) -> Result<Self> {
        let [c3, c4, c5] = sizes.levels;
        let csp = |channels, name: &str| {
            let kind = (Shortcut::No, sizes.style);
            CspLayer::new(channels, sizes.depth, kind, &vb.pp(name))
        };
        let up = |c: usize, name: &str| WideConv::new((c, c), 2, sizes.style, &vb.pp(name));
        Ok(Self {
            backbone: Darknet::new(sizes, &vb.pp("backbone"))?,
            lateral_conv0: Conv::pointwise((c5, c4), &vb.pp("lateral_conv0"))?,
            C3_p4: csp((2 * c4, c4), "C3_p4")?,
            reduce_conv1: Conv::pointwise((c4, c3), &vb.pp("reduce_conv1"))?,
            C3_p3: csp((2 * c3, c3), "C3_p3")?,
            bu_conv2: up(c3, "bu_conv2")?,
            C3_n3: csp((2 * c3, c4), "C3_n3")?,
            bu_conv1: up(c4, "bu_conv1")?,
            C3_n4: csp((2 * c4, c5), "C3_n4")?,
        })
    }

    /// Maps of the three levels, the finest first.
    fn forward(&self, images: &Tensor) -> Result<[Tensor; 3]> {
        let joined = |csp: &CspLayer, a: &Tensor, b: &Tensor| {
            csp.forward(&Tensor::cat(&[a, b], 1)?) // (N, C, H, W)
        };
        let [eighth, sixteenth, last] = self.backbone.forward(images)?;
        let narrow5 = self.lateral_conv0.forward(&last)?; // (N, C4, H / 32, W / 32)
        let down4 = joined(&self.C3_p4, &doubled(&narrow5)?, &sixteenth)?;
        let narrow4 = self.reduce_conv1.forward(&down4)?; // (N, C3, H / 16, W / 16)
        let out3 = joined(&self.C3_p3, &doubled(&narrow4)?, &eighth)?;
        let out4 = joined(&self.C3_n3, &self.bu_conv2.forward(&out3)?, &narrow4)?;
        let out5 = joined(&self.C3_n4, &self.bu_conv1.forward(&out4)?, &narrow5)?;
        Ok([out3, out4, out5])
    }
}

/// The heads of the three levels; published as `YOLOXHead`.
struct Head(Vec<LevelHead>);

struct LevelHead {
    stem: Conv,
    cls_convs: [WideConv; 2],
    cls_pred: FrozenConv2d,
    reg_convs: [WideConv; 2],
    reg_pred: FrozenConv2d,
    obj_pred: FrozenConv2d,
}

impl Head {
    fn new(sizes: &Sizes, classes: usize, vb: &VarBuilder<'static>) -> Result<Self> {
        const BOX: usize = 4;
        let hidden = sizes.levels[0];
        let of = |group: &str, level: usize| vb.pp(group).pp(level);
        let wide = |group: &str, level: usize| -> Result<[WideConv; 2]> {
            let conv = |index: usize| {
                let vb = of(group, level).pp(index);
                WideConv::new((hidden, hidden), 1, sizes.style, &vb)
            };
            Ok([conv(0)?, conv(1)?])
        };
        let predict = |group: &str, level: usize, count: usize, activation| {
            let vb = of(group, level);
            let config = ConvConfig { activation, ..ConvConfig::default() };
            let weight = vb.get((count, hidden, 1, 1), "weight")?;
            let bias = vb.get(count, "bias")?;
            Result::Ok(FrozenConv2d::new(&weight, &bias, config)?)
        };
        let level = |(level, &channels): (usize, &usize)| {
            Ok(LevelHead {
                stem: Conv::pointwise((channels, hidden), &of("stems", level))?,
                cls_convs: wide("cls_convs", level)?,
                cls_pred: predict("cls_preds", level, classes, Activation::Sigmoid)?,
                reg_convs: wide("reg_convs", level)?,
                reg_pred: predict("reg_preds", level, BOX, Activation::None)?,
                obj_pred: predict("obj_preds", level, 1, Activation::Sigmoid)?,
            })
        };
        let levels = sizes.levels.iter().enumerate().map(level);
        Ok(Self(levels.collect::<Result<_>>()?))
    }

    fn forward(&self, maps: [Tensor; 3]) -> Result<Tensor> {
        let both = |convs: &[WideConv; 2], x: &Tensor| convs[1].forward(&convs[0].forward(x)?);
        let mut levels = Vec::new();
        for (head, map) in self.0.iter().zip(maps) {
            let x = head.stem.forward(&map)?; // (N, C, H, W)
            let what = head.cls_pred.forward(&both(&head.cls_convs, &x)?)?; // (N, classes, H, W)
            let x = both(&head.reg_convs, &x)?;
            let (place, object) = (head.reg_pred.forward(&x)?, head.obj_pred.forward(&x)?);
            let all = Tensor::cat(&[place, object, what], 1)?; // (N, 5 + classes, H, W)
            levels.push(all.flatten_from(2)?); // (N, 5 + classes, H W)
        }
        let all = Tensor::cat(&levels, 2)?; // (N, 5 + classes, A)
        Ok(all.transpose(1, 2)?.contiguous()?) // (N, A, 5 + classes)
    }
}
