//! Whole runs: learning, accumulation, early stopping, and runs that must stop.

use crate::runs::{Log, Source, source, train_config, trainer};
use crate::support::{all_bits, built, join, tiny, tiny_without_dropout, windows};
use candle_core::Tensor;
use story_align::AlignmentConfig;
use story_core::{Batch, Error, ParamStore, Result};
use story_model::{
    Ending, Flow, ModelConfig, ObjectiveConfig, Observer, Schedule, Select, TrainConfig, Trainer,
    ValidationRecord,
};

#[test]
fn a_tiny_model_learns_eight_windows_by_heart() -> Result<()> {
    let config = ModelConfig { width: 24, ..tiny_without_dropout() };
    let (store, model) = built(&config, 1);
    let mut source = Source { train: vec![windows(0, 8)], validation: vec![] };
    let config = TrainConfig {
        epochs: 400,
        learning_rate: 1e-2,
        weight_decay: 0.0,
        validate_every: 0,
        ..train_config()
    };
    let mut log = Log::default();
    let ending = trainer(&model, &store, &config, None).run(&mut source, &mut log)?;
    assert_eq!(ending, Ending::Done);
    let (first, last) = (&log.steps[0], &log.steps[399]);
    assert!(last.total < first.total / 10.0, "{first:?} {last:?}");
    for ((name, before), (_, after)) in first.parts.iter().zip(&last.parts) {
        assert!(*after < before / 5.0, "{name}: {before} to {after}");
    }
    let scale = last.logit_scale.expect("InfoNCE has one");
    assert!(scale <= 100.001, "{scale}");
    Ok(())
}

#[test]
fn the_log_says_how_many_pairs_found_each_other_where_pairs_are_aligned() -> Result<()> {
    let objective =
        |contrastive_weight| ObjectiveConfig { contrastive_weight, ..ObjectiveConfig::default() };
    let told = |contrastive_weight| -> Result<Vec<Option<f64>>> {
        let (store, model) = built(&tiny(), 1);
        let mut log = Log::default();
        let objective = objective(contrastive_weight);
        Trainer::new(&model, &store, objective, train_config(), None)?
            .run(&mut source(), &mut log)?;
        let steps = log.steps.iter().map(|record| record.matching_accuracy);
        Ok(steps.chain(log.validations.iter().map(|record| record.matching_accuracy)).collect())
    };
    let aligned = told(0.5)?;
    assert!(aligned.iter().all(|it| it.is_some_and(|share| (0.0..=1.0).contains(&share))));
    assert!(told(0.0)?.iter().all(Option::is_none));
    Ok(())
}

#[test]
fn a_model_without_alignment_opens_and_does_not_train() {
    let alignment = AlignmentConfig::None(Default::default());
    let (store, model) = built(&ModelConfig { alignment, ..tiny() }, 1);
    let trainer = Trainer::new(&model, &store, ObjectiveConfig::default(), train_config(), None);
    let message = trainer.err().expect("one switch").to_string();
    for part in ["model.alignment.kind", "objective.contrastive_weight = 0"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn accumulated_batches_count_as_one_update() -> Result<()> {
    // Without contrast between windows the mean of two batches' gradients is that of both.
    let objective = ObjectiveConfig {
        text_weight: 0.0,
        contrastive_weight: 0.0,
        embedding_weight: 0.0,
        structure_weight: 0.0,
        image_weight: 1.0,
        ..ObjectiveConfig::default()
    };
    let config = TrainConfig { epochs: 3, accumulation: 2, validate_every: 0, ..train_config() };
    let run = |train: Vec<Batch>, accumulation| -> Result<(Vec<Vec<f32>>, usize)> {
        let (store, model) = built(&tiny_without_dropout(), 1);
        let config = TrainConfig { accumulation, ..config.clone() };
        let mut source = Source { train, validation: vec![] };
        let mut log = Log::default();
        Trainer::new(&model, &store, objective, config, None)?.run(&mut source, &mut log)?;
        let values = |var: &Tensor| var.flatten_all()?.to_vec1::<f32>();
        let named = store.named().into_iter();
        let all = named.map(|(_, var)| Ok(values(&var)?)).collect::<Result<_>>()?;
        Ok((all, log.steps.len()))
    };
    let halves = [windows(4, 2), windows(6, 2)];
    let (parts, updates) = run(halves.to_vec(), 2)?;
    let (whole, _) = run(vec![join(&halves)?], 1)?;
    assert_eq!(updates, 3);
    for (a, b) in parts.iter().flatten().zip(whole.iter().flatten()) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
    // Three batches in groups of two: two updates an epoch.
    assert_eq!(run(source().train, 2)?.1, 6);
    Ok(())
}

#[test]
fn early_stopping_gives_back_the_best_parameters() -> Result<()> {
    type Parameters = Vec<(String, Vec<u32>)>;
    /// Notes the parameters at each validation.
    struct Best<'a>(&'a ParamStore, Vec<(f32, Parameters)>);
    impl Observer for Best<'_> {
        fn validation(&mut self, record: &ValidationRecord) -> Result<Flow> {
            let lowest = self.1.iter().map(|(loss, _)| *loss).fold(f32::MAX, f32::min);
            assert_eq!(record.best, record.total < lowest);
            self.1.push((record.total, all_bits(self.0)));
            Ok(Flow::Continue)
        }
    }
    let (store, model) = built(&tiny(), 1);
    // A rate so high that the validation soon gets worse.
    let config = TrainConfig {
        epochs: 50,
        learning_rate: 0.1,
        warmup_steps: 9,
        patience: 2,
        ..train_config()
    };
    let mut best = Best(&store, Vec::new());
    let mut run = trainer(&model, &store, &config, None);
    assert_eq!(run.run(&mut source(), &mut best)?, Ending::EarlyStopped);
    let losses: Vec<f32> = best.1.iter().map(|(loss, _)| *loss).collect();
    let lowest = losses.iter().copied().fold(f32::MAX, f32::min);
    let at = losses.iter().position(|loss| *loss == lowest).expect("some");
    assert_eq!(losses.len(), at + 3, "two more validations: {losses:?}");
    assert!(losses.len() < 50);
    assert!(all_bits(&store) == best.1[at].1, "the best parameters");
    assert_eq!(run.progress().best.expect("noted").loss, lowest);
    Ok(())
}

#[test]
fn the_selected_loss_chooses_the_parameters() -> Result<()> {
    let config = |select| TrainConfig { epochs: 6, learning_rate: 0.02, select, ..train_config() };
    for select in [Select::Text, Select::Embedding] {
        let (store, model) = built(&tiny(), 1);
        let mut log = Log::default();
        let mut run = trainer(&model, &store, &config(select), None);
        run.run(&mut source(), &mut log)?;
        let part = |record: &ValidationRecord| {
            let mut parts = record.parts.iter();
            let found = parts.find(|(name, _)| Some(name.as_str()) == select.part());
            found.expect("the part is validated").1
        };
        let losses: Vec<f32> = log.validations.iter().map(part).collect();
        let lowest = losses.iter().copied().fold(f32::MAX, f32::min);
        assert_eq!(run.progress().best.expect("noted").loss, lowest);
    }
    let (store, model) = built(&tiny(), 1);
    let objective = ObjectiveConfig { embedding_weight: 0.0, ..ObjectiveConfig::default() };
    let config = config(Select::Embedding);
    let Err(error) = Trainer::new(&model, &store, objective, config, None) else {
        panic!("a run was chosen by a loss that is not computed");
    };
    assert!(error.to_string().contains("train.select"), "{error}");
    Ok(())
}

#[test]
fn a_loss_that_is_not_finite_names_every_part_and_changes_nothing() -> Result<()> {
    let (store, model) = built(&tiny(), 1);
    let mut broken = windows(4, 3);
    broken.target_image = (broken.target_image * f64::INFINITY)?;
    let mut source = Source { train: vec![windows(3, 3), broken], validation: vec![] };
    let config = TrainConfig { validate_every: 0, ..train_config() };
    let mut log = Log::default();
    let message = trainer(&model, &store, &config, None)
        .run(&mut source, &mut log)
        .expect_err("not finite")
        .to_string();
    assert_eq!(log.steps.len(), 1);
    for part in [
        "after 1 updates",
        "text = ",
        "image = inf",
        "contrastive = ",
        "embedding = ",
        "logit scale = ",
        "story-4/4",
        "learning_rate",
    ] {
        assert!(message.contains(part), "{message}");
    }
    Ok(())
}

#[test]
fn the_learning_rate_follows_the_schedule_and_max_steps_ends_the_run() -> Result<()> {
    let (store, model) = built(&tiny(), 1);
    let config = TrainConfig {
        max_steps: 5,
        schedule: Schedule::Linear { floor: 0.0 },
        warmup_steps: 2,
        learning_rate: 0.01,
        ..train_config()
    };
    let mut log = Log::default();
    let mut run = trainer(&model, &store, &config, None);
    assert_eq!(run.run(&mut source(), &mut log)?, Ending::Done);
    let rates: Vec<f64> = log.steps.iter().map(|r| r.learning_rate).collect();
    let expected = [0.005, 0.01, 0.01, 0.005, 0.0];
    for (found, expected) in rates.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{rates:?}");
    }
    assert_eq!(rates.len(), 5);
    // Cut off in the second epoch, the run is validated all the same.
    assert_eq!(log.validations.len(), 2);
    Ok(())
}

#[test]
fn empty_splits_are_data_errors() {
    let (store, model) = built(&tiny(), 1);
    let run = |source: &mut Source| {
        trainer(&model, &store, &train_config(), None).run(source, &mut Log::default())
    };
    let mut nothing = Source { train: vec![], validation: vec![] };
    assert!(matches!(run(&mut nothing), Err(Error::Data(m)) if m.contains("training")));
    nothing.train = source().train;
    assert!(matches!(run(&mut nothing), Err(Error::Data(m)) if m.contains("validation")));
}
