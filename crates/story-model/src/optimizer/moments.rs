//! The optimizer's moments as a checkpoint keeps them: out by name, and back where they are those of
//! the same parameters and such as training leaves.

use super::{AdamW, Entry, sum_of_squares};
use candle_core::{DType, Tensor, Var};
use std::collections::HashMap;
use story_core::{Error, Result};

/// Prefixes of the moments' names in a saved state.
const FIRST: &str = "first_moment.";
const SECOND: &str = "second_moment.";

impl AdamW {
    /// The moments by name, for a checkpoint.
    pub fn state(&self) -> HashMap<String, Tensor> {
        let moments = self.entries.iter().filter_map(|entry| {
            let (m, v) = entry.moments.as_ref()?;
            Some([
                (format!("{FIRST}{}", entry.name), m.as_tensor().clone()),
                (format!("{SECOND}{}", entry.name), v.as_tensor().clone()),
            ])
        });
        moments.flatten().collect()
    }

    /// Goes back to the moments of [`state`](Self::state) after `steps` updates; `source` names
    /// the file in messages.
    ///
    /// # Errors
    /// [`Error::Config`] listing the moments that do not fit the parameters; [`Error::Data`] for
    /// moments that no training leaves, such as NaN. Nothing has changed then.
    pub fn restore(
        &mut self,
        state: &HashMap<String, Tensor>,
        steps: u64,
        source: &str,
    ) -> Result<()> {
        let (mut found, mut problems) = (0, Vec::new());
        let mut restored = Vec::with_capacity(self.entries.len());
        for Entry { name, var, .. } in &self.entries {
            let first = state.get(&format!("{FIRST}{name}"));
            let second = state.get(&format!("{SECOND}{name}"));
            restored.push(match (first, second) {
                (None, None) => None,
                (Some(m), Some(v)) if m.dims() == var.dims() && v.dims() == var.dims() => {
                    found += 2;
                    require_possible(m, v, name, source)?;
                    Some((moment(m, var)?, moment(v, var)?))
                }
                _ => {
                    problems.push(format!("moments of `{name}` expected {:?}", var.dims()));
                    None
                }
            });
        }
        if found != state.len() && problems.is_empty() {
            problems.push(format!("{} tensors too many", state.len() - found));
        }
        if !problems.is_empty() {
            return Err(Error::Config(format!(
                "{source}: the moments are not those of this config: {}; use the config that the file was made with",
                problems.join(", ")
            )));
        }
        for (entry, moments) in self.entries.iter_mut().zip(restored) {
            entry.moments = moments;
            entry.gradient = None;
        }
        self.steps = steps;
        self.batches = 0;
        Ok(())
    }
}

/// Refuses moments that no training leaves: values that are not finite, mean squares below 0.
fn require_possible(first: &Tensor, second: &Tensor, name: &str, source: &str) -> Result<()> {
    let refuse = |what: &str| {
        Err(Error::Data(format!(
            "{source}: the moments of `{name}` hold values that are {what}; the file is damaged, use another"
        )))
    };
    for moments in [first, second] {
        // In f64 the squares of finite f32 numbers stay finite.
        if !sum_of_squares(moments)?.is_finite() {
            return refuse("not finite");
        }
    }
    let second = second.to_dtype(DType::F32)?.flatten_all()?;
    if second.elem_count() > 0 && second.min(0)?.to_scalar::<f32>()? < 0.0 {
        return refuse("below 0 where squares were averaged");
    }
    Ok(())
}

fn moment(tensor: &Tensor, var: &Var) -> Result<Var> {
    let tensor = tensor.to_dtype(var.dtype())?.to_device(var.device())?;
    // A copy: the update writes into the storage.
    Ok(Var::from_tensor(&tensor.copy()?)?)
}
