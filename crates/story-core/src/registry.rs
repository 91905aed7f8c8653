//! A closed set of parts, declared once: `kind = "..."` to a type.
//!
//! One line a part gives the config tag, the builder, the listing and its place in the
//! conformance suite.

/// What `story list` says of a registered part.
#[derive(Debug, Clone, PartialEq)]
pub struct PartInfo {
    /// Which set it belongs to, such as `sequence-model`.
    pub set: &'static str,
    /// The config's `kind`.
    pub kind: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
}

/// Declares a closed set of parts.
///
/// ```
/// use candle_core::Tensor;
/// use candle_nn::VarBuilder;
/// use serde::{Deserialize, Serialize};
/// use story_core::{FrameEmbeddings, Fusion, Pass, Result};
///
/// /// What a fusion must know of what it is wired to.
/// pub struct Dims {
///     width: usize,
/// }
///
/// /// Config of the sum of picture and text.
/// #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
/// #[serde(deny_unknown_fields)]
/// pub struct SumConfig {}
///
/// impl SumConfig {
///     fn build(&self, dims: &Dims, _vb: VarBuilder<'static>) -> Result<Box<dyn Fusion>> {
///         Ok(Box::new(Sum { width: dims.width }))
///     }
/// }
///
/// struct Sum {
///     width: usize,
/// }
///
/// impl Fusion for Sum {
///     fn width(&self) -> usize {
///         self.width
///     }
///
///     fn fuse(&self, frames: &FrameEmbeddings, _pass: &Pass) -> Result<Tensor> {
///         Ok((&frames.image + &frames.text)?)
///     }
/// }
///
/// story_core::parts! {
///     /// Fusions by `kind`.
///     pub enum FusionConfig("fusion"): dyn Fusion, from Dims {
///         "sum" => Sum(SumConfig), "the sum of picture and text";
///     }
/// }
///
/// assert_eq!(FusionConfig::PARTS[0].kind, FusionConfig::all()[0].kind());
/// ```
/// Each config type needs `Default + Clone + PartialEq + Debug + serde` and an inherent
/// `fn build(&self, dims: &Dims, vb: VarBuilder<'static>) -> Result<Box<dyn Part>>`.
#[macro_export]
macro_rules! parts {
    ($(#[$meta:meta])* $vis:vis enum $name:ident($set:literal): dyn $part:path, from $dims:ty {
        $($kind:literal => $variant:ident($config:ty), $summary:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "kind")]
        $vis enum $name {
            $(
                #[doc = $summary]
                #[serde(rename = $kind)]
                $variant($config),
            )+
        }

        impl $name {
            /// Every registered part, in order of declaration.
            pub const PARTS: &'static [$crate::registry::PartInfo] = &[
                $($crate::registry::PartInfo { set: $set, kind: $kind, summary: $summary },)+
            ];

            /// Every registered part with its default config; the conformance suite runs over it.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$variant(<$config>::default()),)+]
            }

            /// The config's tag.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)+ }
            }

            /// Builds the part with parameters from `vb`.
            ///
            /// # Errors
            /// A config that cannot be built, naming the key.
            pub fn build(
                &self,
                dims: &$dims,
                vb: candle_nn::VarBuilder<'static>,
            ) -> $crate::Result<Box<dyn $part>> {
                match self { $(Self::$variant(config) => config.build(dims, vb),)+ }
            }
        }
    };
}
