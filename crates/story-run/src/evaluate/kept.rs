//! Which parameters of a training were kept and scored, and why those.

use serde::Serialize;
use story_model::{Progress, TrainConfig};
use story_report::counted;

/// Which parameters were kept, and how the training ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kept {
    /// Epochs that were trained.
    pub epochs: u64,
    /// Epochs that the config asks for.
    pub epochs_asked: u64,
    /// Updates that were made.
    pub steps: u64,
    /// The epoch whose parameters are kept; `null` where no validation chose one: then they are
    /// those of the last update.
    pub epoch: Option<u64>,
    /// The validation loss that chose, by its name in the config.
    pub chosen_by: String,
    /// Its value at the kept epoch.
    pub loss: Option<f32>,
    /// Validations without anything better after which the training stopped; `null` where it went
    /// on to its end.
    pub stopped_after: Option<u64>,
}

impl Kept {
    /// Of a training that stands at `progress`.
    pub fn of(progress: &Progress, config: &TrainConfig) -> Self {
        let early = config.patience > 0
            && progress.stale >= config.patience
            && progress.epoch < config.epochs;
        Self {
            epochs: progress.epoch,
            epochs_asked: config.epochs,
            steps: progress.step,
            epoch: progress.best.map(|best| best.epoch),
            chosen_by: config.select.part().unwrap_or("total").to_string(),
            loss: progress.best.map(|best| best.loss),
            stopped_after: early.then_some(progress.stale),
        }
    }

    /// The same in one or two sentences.
    pub fn sentences(&self) -> Vec<String> {
        let Self { epochs, epochs_asked, steps, chosen_by, .. } = self;
        if *epochs_asked == 0 {
            return vec!["nothing was trained: the parts are scored as they were brought".into()];
        }
        let mut out = vec![match (self.epoch, self.loss) {
            (Some(epoch), Some(loss)) => format!(
                "kept: epoch {epoch} of {epochs}, where the validation's loss was least ({chosen_by} {loss:.3})"
            ),
            _ => format!("kept: the last update, {steps}; no validation chose another"),
        }];
        if let Some(stale) = self.stopped_after {
            out.push(format!(
                "stopped early: after {epochs} of {epochs_asked} epochs, since {} brought nothing better",
                counted(stale, "validation", "validations")
            ));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_model::{Best, Select};

    #[test]
    fn what_is_kept_is_said_with_the_reason() {
        let config =
            TrainConfig { epochs: 9, patience: 2, select: Select::Text, ..TrainConfig::default() };
        let best = Some(Best { loss: 3.25, epoch: 3, step: 30 });
        let mut progress =
            Progress { step: 50, epoch: 5, best, stale: 2, finished: true, ..Progress::default() };
        let said = Kept::of(&progress, &config).sentences();
        assert_eq!(said.len(), 2);
        assert!(said[0].contains("epoch 3 of 5") && said[0].contains("text 3.250"), "{said:?}");
        assert!(said[1].contains("5 of 9 epochs") && said[1].contains("2 validations"), "{said:?}");
        // Patience ran out with the last epoch: nothing was cut short.
        let whole = TrainConfig { epochs: 5, ..config.clone() };
        assert_eq!(Kept::of(&progress, &whole).stopped_after, None);
        progress.best = None;
        let said = Kept::of(&progress, &whole).sentences();
        assert!(said[0].contains("last update, 50"), "{said:?}");
        let none = TrainConfig { epochs: 0, ..config };
        assert!(
            Kept::of(&Progress::default(), &none).sentences()[0].contains("nothing was trained")
        );
    }
}
