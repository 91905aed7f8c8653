//! The declaration of a set of encoders: [`story_core::parts!`], and behind the line of a kind with
//! published weights its published networks.

/// Declares a set of encoders.
///
/// A line is one of [`story_core::parts!`], or one with the published networks of its kind: the
/// name in [`story_hub::published`], which says where the weights lie, and the config of the network.
/// Such a config implements [`Pretrained`](crate::pretrained::Pretrained) and has the fields
/// `weights` and `train`.
macro_rules! encoders {
    ($(#[$meta:meta])* pub enum $name:ident($set:literal): dyn $part:path, from $dims:ty {
        $($kind:literal => $variant:ident($config:ident), $summary:literal
            $(, published { $($entry:literal: $network:expr),+ $(,)? })?;)+
    }) => {
        story_core::parts! {
            $(#[$meta])*
            pub enum $name($set): dyn $part, from $dims {
                $($kind => $variant($config), $summary;)+
            }
        }

        #[allow(unused_variables, reason = "a kind without published weights has none to give")]
        impl $name {
            /// Every published network with its config, whose weights are the published ones, in
            /// order of declaration.
            pub fn published() -> Vec<(&'static story_hub::published::Published, Self)> {
                vec![$($($({
                    let published = story_hub::published::find($entry)
                        .expect("invariant: a line names entries of the list, as a test checks");
                    let weights = $crate::weights::WeightsConfig::published(published);
                    (published, Self::$variant($config { weights, ..$network }))
                },)+)?)+]
            }

            /// The published network called `name`, or the first one of the kind `name`.
            pub fn named(name: &str) -> Option<Self> {
                let all = Self::published();
                let called = all.iter().find(|(published, _)| published.name == name);
                let found = called.or_else(|| all.iter().find(|(_, config)| config.kind() == name));
                found.map(|(_, config)| config.clone())
            }

            /// What a config of a published network says of itself; `None` for encoders that are
            /// always trained here.
            pub fn pretrained(&self) -> Option<&dyn $crate::pretrained::Pretrained> {
                match self {
                    $(Self::$variant(config) => encoders!(@if $({ $($entry)+ })? config),)+
                }
            }

            /// Where its weights come from; `None` for encoders that are always trained here.
            pub fn weights(&self) -> Option<$crate::weights::WeightsConfig> {
                match self {
                    $(Self::$variant(config) => {
                        encoders!(@if $({ $($entry)+ })? config.weights.clone())
                    })+
                }
            }

            /// The config with its weights from elsewhere; encoders that are always trained here
            /// stay as they are.
            #[must_use]
            pub fn with_weights(mut self, weights: $crate::weights::WeightsConfig) -> Self {
                match &mut self {
                    $(Self::$variant(config) => {
                        let _: Option<()> =
                            encoders!(@if $({ $($entry)+ })? config.weights = weights);
                    })+
                }
                self
            }

            /// Whether the encoder learns.
            pub fn learning(&self) -> $crate::pretrained::Learning {
                let train: Option<usize> = match self {
                    $(Self::$variant(config) => encoders!(@if $({ $($entry)+ })? config.train),)+
                };
                $crate::pretrained::Learning::of(train)
            }

            /// Builds the encoder with `weights` in place of drawn numbers. What learns is put into
            /// `store` under `prefix`; what does not is in no store.
            ///
            /// # Errors
            /// A config that cannot be built, or weights of another network, with all names that do
            /// not fit.
            pub fn open(
                &self,
                dims: &$dims,
                weights: $crate::weights::Weights,
                store: &story_core::ParamStore,
                prefix: &str,
            ) -> story_core::Result<Box<dyn $part>> {
                let rules: Option<std::sync::Arc<dyn $crate::pretrained::Pretrained>> = match self {
                    $(Self::$variant(config) => {
                        encoders!(@if $({ $($entry)+ })? std::sync::Arc::new(config.clone()))
                    })+
                };
                match rules {
                    None => self.build(dims, store.builder().pp(prefix)),
                    Some(rules) => $crate::pretrained::open(rules, weights, store, prefix, |vb| {
                        self.build(dims, vb)
                    }),
                }
            }
        }
    };
    // A value for a kind with published weights, and none for the others.
    (@if { $($entry:literal)+ } $value:expr) => { Some($value) };
    (@if $value:expr) => { None };
}

pub(crate) use encoders;
