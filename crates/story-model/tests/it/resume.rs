//! Runs that were stopped or killed go on bit for bit.

use crate::runs::{Log, TOML, keep, source, train_config, trainer};
use crate::support::{all_bits, built, tiny};
use story_core::{Error, Result};
use story_model::{Checkpoint, Ending, Flow, ModelConfig, Observer, StepRecord, TrainConfig};

#[test]
fn a_resumed_run_equals_an_unbroken_one_bit_for_bit() -> Result<()> {
    let model_config = tiny();
    let config = train_config();
    let unbroken = {
        let (store, model) = built(&model_config, 1);
        let mut log = Log::default();
        let mut run = trainer(&model, &store, &config, None);
        assert_eq!(run.run(&mut source(), &mut log)?, Ending::Done);
        assert_eq!((log.steps.len(), log.validations.len()), (12, 4));
        (all_bits(&store), log.numbers())
    };
    // In the middle of an epoch, at its end, in a validation, after one, and at the very end.
    let stops: [fn(&mut Log); 6] = [
        |log| log.stop_after_step = Some(5),
        |log| log.stop_after_step = Some(6),
        |log| log.stop_in_validation = Some(3),
        |log| log.stop_after_validation = Some(2),
        |log| log.stop_after_step = Some(12),
        |log| log.stop_after_validation = Some(4),
    ];
    for (which, stop) in stops.iter().enumerate() {
        let folder = tempfile::tempdir().expect("a folder");
        let keep = || keep(folder.path());
        let mut log = Log::default();
        stop(&mut log);
        let (store, model) = built(&model_config, 1);
        let mut first = trainer(&model, &store, &config, keep());
        assert_eq!(first.run(&mut source(), &mut log)?, Ending::Interrupted);
        drop(first);
        // A new process: other parameters at first, everything from the checkpoint.
        let (store, model) = built(&model_config, 99);
        let mut second = trainer(&model, &store, &config, keep());
        second.resume(&Checkpoint::open(&folder.path().join("checkpoint"))?)?;
        let mut rest = Log::default();
        assert_eq!(second.run(&mut source(), &mut rest)?, Ending::Done);
        assert!(all_bits(&store) == unbroken.0, "stop {which}: parameters");
        log.steps.extend(rest.steps);
        log.validations.extend(rest.validations);
        assert_eq!(log.numbers(), unbroken.1, "stop {which}: logged numbers");
        // A finished run has nothing left to do, and keeps the best parameters.
        let opened = Checkpoint::open(&folder.path().join("checkpoint"))?;
        assert!(opened.progress().finished);
        let (store, model) = built(&model_config, 98);
        let mut third = trainer(&model, &store, &config, keep());
        third.resume(&opened)?;
        let mut nothing = Log::default();
        assert_eq!(third.run(&mut source(), &mut nothing)?, Ending::Done);
        assert!(nothing.steps.is_empty() && nothing.checkpoints.is_empty());
        assert!(all_bits(&store) == unbroken.0);
    }
    Ok(())
}

#[test]
fn a_killed_run_goes_on_from_its_last_checkpoint() -> Result<()> {
    /// Dies as a process does: without a last checkpoint.
    struct Killed(u64);
    impl Observer for Killed {
        fn step(&mut self, record: &StepRecord) -> Result<Flow> {
            if record.step == self.0 {
                return Err(Error::Environment("killed".into()));
            }
            Ok(Flow::Continue)
        }
    }
    let config = TrainConfig { checkpoint_every: 4, ..train_config() };
    let (unbroken, model) = built(&tiny(), 1);
    trainer(&model, &unbroken, &config, None).run(&mut source(), &mut Log::default())?;
    let folder = tempfile::tempdir().expect("a folder");
    let (store, model) = built(&tiny(), 1);
    let killed =
        trainer(&model, &store, &config, keep(folder.path())).run(&mut source(), &mut Killed(7));
    assert!(killed.is_err());
    let (store, model) = built(&tiny(), 2);
    let mut second = trainer(&model, &store, &config, keep(folder.path()));
    second.resume(&Checkpoint::open(&folder.path().join("checkpoint"))?)?;
    assert_eq!(second.progress().step, 4);
    let mut log = Log::default();
    second.run(&mut source(), &mut log)?;
    assert_eq!(log.checkpoints, [8, 12, 12]);
    assert!(all_bits(&store) == all_bits(&unbroken));
    Ok(())
}

#[test]
fn a_checkpoint_of_another_config_is_refused_before_anything_changes() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, model) = built(&tiny(), 1);
    let config = TrainConfig { max_steps: 1, ..train_config() };
    trainer(&model, &store, &config, keep(folder.path()))
        .run(&mut source(), &mut Log::default())?;
    let checkpoint = Checkpoint::open(&folder.path().join("checkpoint"))?;
    let mut other = keep(folder.path()).expect("a place");
    other.config = TOML.replace('1', "2");
    let refused = trainer(&model, &store, &config, Some(other)).resume(&checkpoint);
    assert!(matches!(refused, Err(Error::Config(m)) if m.contains("`train.seed`")));
    let wide = ModelConfig { width: 9, ..tiny() };
    let (store, model) = built(&wide, 1);
    let before = all_bits(&store);
    let refused = trainer(&model, &store, &config, keep(folder.path())).resume(&checkpoint);
    assert!(matches!(refused, Err(Error::Config(m)) if m.contains("fusion.linear.weight")));
    assert!(all_bits(&store) == before);
    Ok(())
}
