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
/// ```ignore
/// story_core::parts! {
///     /// Sequence models by `kind`.
///     pub enum SequenceModelConfig("sequence-model"): dyn SequenceModel from SequenceDims {
///         "lstm" => Lstm(LstmConfig), "long short-term memory, the last state is the context";
///     }
/// }
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
