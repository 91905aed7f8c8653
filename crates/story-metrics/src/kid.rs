//! Kernel inception distance: whether a set of predicted pictures looks like a set of real ones
//! (Binkowski et al. 2018, "Demystifying MMD GANs"), from feature vectors that the caller computed.
//!
//! ```text
//! k(x, y) = (x.y / d + 1)^3                                   d = width of the vectors
//! MMD^2   = mean of k(p, p') over p != p' + mean of k(r, r') over r != r' - 2 mean of k(p, r)
//! KID     = mean of MMD^2 over random subsets
//! ```
//! Lower is better; 0 is expected for two samples of one distribution. The estimate is unbiased and
//! therefore may lie below 0. It compares sets: a right picture at the wrong place costs nothing.
//! Numbers from different encoders, or from features other than Inception-v3's pool, are no
//! "KID" of the literature and cannot be compared with it.
//!
//! Subsets are drawn without replacement (a partial Fisher-Yates shuffle of SplitMix64), predicted
//! vectors first, then references.

use crate::error::{MetricError, Result, all_finite, same_length};
use crate::metric::Direction::LowerIsBetter;
use crate::metric::{Measurement, MetricInfo, Need, Range};
use crate::random::SplitMix64;
use crate::signature::Signature;
use serde::{Deserialize, Serialize};

/// Kernel inception distance in the list of metrics.
pub static KID: MetricInfo = MetricInfo::new(
    "kid",
    "KID",
    "distance of two sets of pictures, by their features",
    LowerIsBetter,
    Range { low: None, high: None, unit: "" },
)
.needs(&[Need::References, Need::Vectors])
.on_request();

/// Vectors of one width, such as the features of pictures. A distance between distributions is no
/// sum over units, so the vectors themselves are kept; shards merge by joining them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Features {
    width: usize,
    /// Row by row. (N, D)
    values: Vec<f32>,
}

impl Features {
    /// Adds one vector; the first decides the width.
    ///
    /// # Errors
    /// If it is empty, its width differs, or a value is NaN or infinite.
    pub fn add(&mut self, vector: &[f32]) -> Result<()> {
        if vector.is_empty() {
            return Err(MetricError::Value {
                what: "feature vector",
                expected: "at least one value",
                found: "an empty vector".to_string(),
            });
        }
        all_finite("feature vector", vector)?;
        if self.values.is_empty() {
            self.width = vector.len();
        }
        same_length("feature vector", self.width, vector.len())?;
        self.values.extend_from_slice(vector);
        Ok(())
    }

    /// Adds the vectors of another shard behind these.
    ///
    /// # Errors
    /// If the widths differ.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.values.is_empty() {
            *self = other.clone();
        } else if !other.values.is_empty() {
            same_length("feature vector", self.width, other.width)?;
            self.values.extend_from_slice(&other.values);
        }
        Ok(())
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.width..(at + 1) * self.width]
    }
}

/// Settings of a KID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KidConfig {
    /// Number of subsets, at least 1.
    pub subsets: u32,
    /// Vectors of each side in a subset, at least 2; a side with fewer gives all it has.
    pub subset_size: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for KidConfig {
    /// 100 subsets of 1000, the defaults of torch-fidelity and torchmetrics, seed 0.
    fn default() -> Self {
        Self { subsets: 100, subset_size: 1000, seed: 0 }
    }
}

/// A KID and what is behind it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Kid {
    /// Mean over subsets; `None` if a side has fewer than two vectors.
    pub mean: Option<f64>,
    /// Standard deviation over subsets (divided by their number, not by one less). `None` as the
    /// mean, and where each subset is the whole set.
    pub deviation: Option<f64>,
    /// Predicted vectors.
    pub predicted: u64,
    /// References.
    pub references: u64,
    /// The settings.
    pub config: KidConfig,
}

impl Kid {
    /// `kid` as a row of a table; its n is the number of predicted pictures.
    pub fn measurement(&self) -> Measurement {
        let KidConfig { subsets, subset_size, seed } = self.config;
        let settings = Signature::of([
            ("kernel", &"poly3"),
            ("gamma", &"1/d"),
            ("coef", &1),
            ("mmd", &"unbiased"),
            ("subsets", &format_args!("{subsets}x{subset_size}")),
            ("references", &self.references),
            ("seed", &seed),
            ("rng", &"splitmix64"),
        ]);
        KID.measurement(self.mean, (self.predicted, 0), settings.versioned())
    }
}

/// KID of predicted vectors against references.
///
/// # Errors
/// If the widths differ, or the settings cannot be.
pub fn kid(predicted: &Features, references: &Features, config: &KidConfig) -> Result<Kid> {
    check(config)?;
    if !predicted.is_empty() && !references.is_empty() {
        same_length("predicted features", references.width, predicted.width)?;
    }
    let sizes = [predicted, references].map(|side| side.len().min(config.subset_size));
    let whole = sizes == [predicted.len(), references.len()];
    let mut random = SplitMix64::new(config.seed);
    let values: Vec<f64> = match sizes {
        [p, r] if p < 2 || r < 2 => Vec::new(),
        // Every subset would be the whole set.
        [p, r] if whole => {
            let (p, r): (Vec<_>, Vec<_>) = ((0..p).collect(), (0..r).collect());
            vec![mmd2(predicted, &p, references, &r)]
        }
        [p, r] => (0..config.subsets)
            .map(|_| {
                let p = draw(&mut random, predicted.len(), p);
                let r = draw(&mut random, references.len(), r);
                mmd2(predicted, &p, references, &r)
            })
            .collect(),
    };
    let n = values.len() as f64;
    let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / n);
    let deviation = mean.filter(|_| !whole).map(|mean| {
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (squares / n).sqrt()
    });
    Ok(Kid {
        mean,
        deviation,
        predicted: predicted.len() as u64,
        references: references.len() as u64,
        config: *config,
    })
}

fn check(config: &KidConfig) -> Result<()> {
    let (setting, expected, found) = match *config {
        KidConfig { subsets: 0, .. } => ("subsets", "at least 1", 0),
        KidConfig { subset_size, .. } if subset_size < 2 => {
            ("subset size", "at least 2", subset_size)
        }
        _ => return Ok(()),
    };
    let found = found.to_string();
    Err(MetricError::Setting { setting, expected, found })
}

/// `count` different numbers of `0..of`.
fn draw(random: &mut SplitMix64, of: usize, count: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..of).collect();
    for at in 0..count {
        all.swap(at, at + random.below((of - at) as u64) as usize);
    }
    all.truncate(count);
    all
}

/// Unbiased squared maximum mean discrepancy of at least two vectors on each side.
fn mmd2(a: &Features, a_rows: &[usize], b: &Features, b_rows: &[usize]) -> f64 {
    let within = |side: &Features, rows: &[usize]| -> f64 {
        let n = rows.len();
        let mut sum = 0.0;
        for (at, &row) in rows.iter().enumerate() {
            for &other in &rows[..at] {
                sum += kernel(side.row(row), side.row(other));
            }
        }
        2.0 * sum / (n * (n - 1)) as f64
    };
    let mut between = 0.0;
    for &row in a_rows {
        for &other in b_rows {
            between += kernel(a.row(row), b.row(other));
        }
    }
    let between = between / (a_rows.len() * b_rows.len()) as f64;
    within(a, a_rows) + within(b, b_rows) - 2.0 * between
}

/// The polynomial kernel of degree 3.
fn kernel(a: &[f32], b: &[f32]) -> f64 {
    (dot(a, b) / a.len() as f64 + 1.0).powi(3)
}

/// Sums that a product is split into: they do not wait for each other, as one would. A default KID
/// takes 200 million products of vectors.
const LANES: usize = 8;

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let rest: f64 = rest.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += f64::from(a[lane]) * f64::from(b[lane]);
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(rows: &[[f32; 2]]) -> Features {
        let mut features = Features::default();
        rows.iter().for_each(|row| {
            features.add(row).expect("finite");
        });
        features
    }

    #[test]
    fn counted_by_hand() {
        // Kernels: (1.0 / 2 + 1)^3 = 3.375 for equal unit vectors, 1 for orthogonal ones.
        let x = features(&[[1.0, 0.0], [1.0, 0.0]]);
        let y = features(&[[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]);
        let kid = kid(&x, &y, &KidConfig::default()).expect("valid");
        assert_eq!(kid.mean, Some(3.375 + 3.375 - 2.0));
        assert_eq!((kid.deviation, kid.predicted, kid.references), (None, 2, 3));
    }

    #[test]
    fn shards_join_subsets_follow_the_seed_and_nonsense_is_refused() {
        let rows: Vec<[f32; 2]> = (0..20).map(|at| [at as f32, (at * at % 7) as f32]).collect();
        let whole = features(&rows);
        let mut joined = features(&rows[..7]);
        joined.merge(&features(&rows[7..])).expect("one width");
        assert_eq!(joined, whole);
        let other = features(&[[1.0, 3.0], [2.0, 5.0], [9.0, 1.0]]);
        let config = KidConfig { subsets: 5, subset_size: 3, seed: 1 };
        let one = kid(&whole, &other, &config).expect("valid");
        assert_eq!(one, kid(&joined, &other, &config).expect("valid"));
        assert!(one.deviation.expect("subsets differ") > 0.0);
        let seed = KidConfig { seed: 2, ..config };
        assert_ne!(one.mean, kid(&whole, &other, &seed).expect("valid").mean);
        assert_eq!(one.measurement().signature.get("subsets"), Some("5x3"));

        let few = kid(&whole, &features(&[[0.0, 0.0]]), &config).expect("valid");
        assert_eq!((few.mean, few.deviation), (None, None));
        let mut narrow = Features::default();
        assert!(narrow.add(&[]).is_err() && narrow.add(&[f32::NAN]).is_err());
        narrow.add(&[1.0]).expect("finite");
        assert!(narrow.add(&[1.0, 2.0]).is_err() && narrow.len() == 1);
        assert!(kid(&whole, &narrow, &config).is_err() && joined.merge(&narrow).is_err());
        for wrong in [KidConfig { subsets: 0, ..config }, KidConfig { subset_size: 1, ..config }] {
            assert!(kid(&whole, &other, &wrong).is_err());
        }
    }
}
