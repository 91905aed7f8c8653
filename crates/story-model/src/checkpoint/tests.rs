//! Tests of whole checkpoints; those of the folder's replacement are in `folder.rs`.

use super::snapshot::Content;
use super::*;
use crate::optimizer::AdamWConfig;
use candle_core::DType;
use std::io;
use story_encoders::weights::WeightsFile;

const TEXT: &str = "[train]\nseed = 1\n";

fn store(seed: u64, width: usize) -> ParamStore {
    let store = ParamStore::new(seed, &Device::Cpu);
    story_core::layers::linear(width, 2, store.builder().pp("layer")).expect("a layer");
    store
}

fn optimizer(store: &ParamStore) -> AdamW {
    let config =
        AdamWConfig { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0, clip_norm: 0.0 };
    AdamW::new(store, config)
}

/// A store and an optimizer after one update.
fn trained(seed: u64) -> Result<(ParamStore, AdamW)> {
    let store = store(seed, 3);
    let mut optimizer = optimizer(&store);
    let mut loss = Tensor::zeros((), DType::F32, &Device::Cpu)?;
    for (_, var) in store.named() {
        loss = (loss + var.sqr()?.sum_all()?)?;
    }
    optimizer.accumulate(loss.backward()?)?;
    optimizer.step(0.1)?;
    Ok((store, optimizer))
}

fn save(
    folder: &Path,
    (store, optimizer): &(ParamStore, AdamW),
    before_write: &mut dyn FnMut(&Path) -> io::Result<()>,
) -> Result<()> {
    let progress = Progress {
        step: optimizer.steps(),
        epoch: 2,
        batch: 7,
        best: Some(Best { loss: 0.1 + f32::EPSILON, epoch: 1, step: 5 }),
        stale: 1,
        finished: false,
    };
    let best = store
        .tensors()
        .into_iter()
        .map(|(name, tensor)| Ok((name, tensor.zeros_like()?)))
        .collect::<Result<_>>()?;
    let snapshot = Snapshot {
        store,
        optimizer,
        best: Some(&best),
        progress: &progress,
        config: TEXT,
        tokenizer: b"{}",
        casing: Some(b"[]"),
        base: None,
    };
    snapshot.save_with(folder, before_write)
}

fn numbers(store: &ParamStore) -> Vec<f32> {
    let weight = store.get("layer.weight").expect("a weight");
    let flat = weight.flatten_all().and_then(|t| t.to_vec1());
    flat.expect("numbers")
}

#[test]
fn a_checkpoint_opens_alone_and_gives_everything_back() -> Result<()> {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("run/checkpoint");
    let saved = trained(1)?;
    save(&folder, &saved, &mut |_| Ok(()))?;
    let opened = Checkpoint::open(&folder)?;
    let best = opened.progress().best.expect("saved");
    assert_eq!(best.loss.to_bits(), (0.1 + f32::EPSILON).to_bits());
    assert_eq!((opened.progress().epoch, opened.progress().batch), (2, 7));
    assert_eq!((opened.config(), opened.tokenizer()), (TEXT, &b"{}"[..]));
    assert_eq!(opened.casing(), Some(&b"[]"[..]));
    opened.require_config(TEXT)?;
    let other = opened.require_config("[train]\nseed = 2\n");
    assert!(matches!(other, Err(Error::Config(m)) if m.contains("`train.seed`")));

    let fresh = store(2, 3);
    assert_ne!(numbers(&fresh), numbers(&saved.0));
    opened.load_current(&fresh)?;
    assert_eq!(numbers(&fresh), numbers(&saved.0));
    let mut moments = optimizer(&fresh);
    opened.load_optimizer(&mut moments)?;
    assert_eq!(moments.steps(), 1);
    for (name, tensor) in saved.1.state() {
        let again = &moments.state()[&name];
        let flat = |t: &Tensor| t.flatten_all().and_then(|t| t.to_vec1::<f32>());
        assert_eq!(flat(&tensor)?, flat(again)?, "{name}");
    }
    opened.load_best(&fresh)?;
    assert_eq!(numbers(&fresh), [0.0; 6]);
    Ok(())
}

#[test]
fn published_weights_are_known_by_their_content() -> Result<()> {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("checkpoint");
    let state = || std::fs::read_to_string(folder.join(STATE)).expect("written");
    let base = |weights: &str, sha256: &str| {
        let name = weights.rsplit('/').next().unwrap_or_default().into();
        let files = vec![WeightsFile { name, sha256: sha256.into() }];
        Base { weights: weights.into(), files, tokenizer: None }
    };
    let (store, optimizer) = trained(1)?;
    let text = "[model.text_decoder]\nweights = \"a.gguf\"\n";
    let (saved, progress) = (base("a.gguf", "aa"), Progress::default());
    let snapshot = |base| Snapshot {
        store: &store,
        optimizer: &optimizer,
        best: None,
        progress: &progress,
        config: text,
        tokenizer: b"{}",
        casing: Some(b"[]"),
        base,
    };
    let moved = text.replace("a.gguf", "other/b.gguf");
    snapshot(None).save(&folder)?;
    let plain = Checkpoint::open(&folder)?;
    assert!(plain.base().is_none() && !state().contains("base"), "{}", state());
    plain.require_base(Some(&saved))?;
    assert!(plain.require_config(&moved).is_err(), "its weights are known by their place");

    snapshot(Some(&saved)).save(&folder)?;
    let opened = Checkpoint::open(&folder)?;
    assert_eq!(opened.base(), Some(&saved));
    opened.require_config(&moved)?;
    opened.require_base(Some(&base("other/b.gguf", "aa")))?;
    let error = opened.require_base(Some(&base("other/b.gguf", "bb"))).expect_err("other bytes");
    let message = error.to_string();
    for part in ["state.json", "a.gguf (SHA-256 aa)", "b.gguf (SHA-256 bb)", "--set", "commit"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(matches!(error, Error::Data(_)));
    assert_eq!(opened.best_tensors()?.len(), store.named().len());
    // A tokenizer of its own counts, where both are known.
    let with = |sha256: &str| {
        let tokenizer = WeightsFile { name: "tokenizer.json".into(), sha256: sha256.into() };
        Base { tokenizer: Some(tokenizer), ..saved.clone() }
    };
    opened.require_base(Some(&with("cc")))?;
    snapshot(Some(&with("cc"))).save(&folder)?;
    let opened = Checkpoint::open(&folder)?;
    opened.require_base(Some(&with("cc")))?;
    opened.require_base(Some(&saved))?;
    let error = opened.require_base(Some(&with("dd"))).expect_err("other tokens").to_string();
    assert!(error.contains("tokenizer.json (SHA-256 dd)"), "{error}");
    Ok(())
}

#[test]
fn parameters_of_another_config_are_named() -> Result<()> {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("checkpoint");
    save(&folder, &trained(1)?, &mut |_| Ok(()))?;
    let opened = Checkpoint::open(&folder)?;
    let wider = store(1, 4);
    for result in [opened.load_current(&wider), opened.load_optimizer(&mut optimizer(&wider))] {
        assert!(matches!(result, Err(Error::Config(m)) if m.contains("`layer.weight`")));
    }
    Ok(())
}

#[test]
fn a_disk_that_fails_at_any_file_leaves_the_old_checkpoint() -> Result<()> {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("checkpoint");
    let old = trained(1)?;
    save(&folder, &old, &mut |_| Ok(()))?;
    let mut failures = 0;
    for failing in [MODEL, BEST, OPTIMIZER, CONFIG, TOKENIZER, CASING, STATE] {
        let full = |path: &Path| match path.ends_with(failing) {
            true => Err(io::Error::from(io::ErrorKind::StorageFull)),
            false => Ok(()),
        };
        let result = save(&folder, &trained(2)?, &mut { full });
        assert!(matches!(result, Err(Error::Environment(m)) if m.contains(failing)));
        failures += 1;
        let kept = store(3, 3);
        Checkpoint::open(&folder)?.load_current(&kept)?;
        assert_eq!(numbers(&kept), numbers(&old.0), "{failing}");
        let left: Vec<_> = std::fs::read_dir(root.path()).expect("readable").collect();
        assert_eq!(left.len(), 1, "nothing half written is left");
    }
    assert_eq!(failures, 7);
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_environment_error() {
    let full = Path::new("/dev/full");
    for content in [Content::Bytes(&[1]), Content::Tensors(&store(1, 3).tensors())] {
        let result = content.write(full);
        let message = format!("{result:?}");
        assert!(
            matches!(result, Err(Error::Environment(m)) if m.contains("/dev/full")),
            "{message}"
        );
    }
}

/// Reads what the file `name` of a checkpoint holds.
fn load(opened: &Checkpoint, name: &str) -> Result<()> {
    let store = store(1, 3);
    match name {
        MODEL => opened.load_current(&store),
        BEST => opened.load_best(&store),
        OPTIMIZER => opened.load_optimizer(&mut optimizer(&store)),
        _ => Ok(()),
    }
}

#[test]
fn no_flipped_bit_is_read() -> Result<()> {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("checkpoint");
    save(&folder, &trained(1)?, &mut |_| Ok(()))?;
    for name in [MODEL, BEST, OPTIMIZER, CONFIG, TOKENIZER, CASING, STATE] {
        let path = folder.join(name);
        let whole = std::fs::read(&path).expect("written");
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 1 << (place % 8);
            std::fs::write(&path, &flipped).expect("writable");
            let result = Checkpoint::open(&folder).and_then(|opened| load(&opened, name));
            assert!(
                matches!(&result, Err(Error::Data(m)) if m.contains(name)),
                "{name}, byte {place}: {result:?}"
            );
        }
        std::fs::write(&path, whole).expect("writable");
    }
    assert_eq!(Checkpoint::open(&folder)?.notice(), None);
    Ok(())
}

#[test]
fn a_checkpoint_from_before_digests_opens_and_says_so() -> Result<()> {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("checkpoint");
    let saved = trained(1)?;
    save(&folder, &saved, &mut |_| Ok(()))?;
    let path = folder.join(STATE);
    let text = std::fs::read(&path).expect("written");
    let mut state: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let fields = state.as_object_mut().expect("a map");
    fields.insert("format".into(), 1.into());
    fields.remove("sha256");
    fields.remove("digests");
    std::fs::write(&path, state.to_string()).expect("writable");
    let opened = Checkpoint::open(&folder)?;
    let notice = opened.notice().expect("nothing could be checked");
    assert!(notice.contains("cannot be checked"), "{notice}");
    let fresh = store(2, 3);
    opened.load_current(&fresh)?;
    assert_eq!(numbers(&fresh), numbers(&saved.0));
    Ok(())
}

#[test]
fn a_checkpoint_that_is_replaced_while_it_is_read_is_not_called_damaged() -> Result<()> {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("checkpoint");
    save(&folder, &trained(1)?, &mut |_| Ok(()))?;
    let opened = Checkpoint::open(&folder)?;
    save(&folder, &trained(2)?, &mut |_| Ok(()))?;
    let message = load(&opened, MODEL).expect_err("other bytes").to_string();
    assert!(message.contains("training") && message.contains("try again"), "{message}");
    assert!(!message.contains("damaged"), "{message}");
    Ok(())
}

#[test]
fn what_a_crash_left_is_there_and_gets_its_name_back() -> Result<()> {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("checkpoint");
    assert!(!Checkpoint::is_there(&folder));
    let saved = trained(1)?;
    save(&folder, &saved, &mut |_| Ok(()))?;
    // Between the two renames of the last checkpoint.
    let [new, old] = ["new", "old"].map(|suffix| root.path().join(format!("checkpoint.{suffix}")));
    std::fs::rename(&folder, &new).expect("a folder");
    std::fs::create_dir(&old).expect("room");
    assert!(Checkpoint::is_there(&folder));
    Checkpoint::repair(&folder)?;
    assert!(!new.exists() && !old.exists());
    let fresh = store(2, 3);
    Checkpoint::open(&folder)?.load_current(&fresh)?;
    assert_eq!(numbers(&fresh), numbers(&saved.0));
    Ok(())
}

#[test]
fn damaged_files_are_data_errors_that_name_the_file() -> Result<()> {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("checkpoint");
    assert!(matches!(Checkpoint::open(&folder), Err(Error::Data(_))));
    let whole = trained(1)?;
    let open = || Checkpoint::open(&folder);
    for name in [MODEL, BEST, OPTIMIZER, CONFIG, TOKENIZER, CASING, STATE] {
        let path = folder.join(name);
        // Truncated, then gone.
        save(&folder, &whole, &mut |_| Ok(()))?;
        let bytes = std::fs::read(&path).expect("written");
        std::fs::write(&path, &bytes[..bytes.len() - 1]).expect("writable");
        assert!(matches!(open(), Err(Error::Data(m)) if m.contains(name)), "{name}");
        std::fs::remove_file(&path).expect("there");
        assert!(matches!(open(), Err(Error::Data(m)) if m.contains(name)), "{name}");
    }
    // Garbage of the right length.
    for name in [MODEL, BEST, OPTIMIZER] {
        save(&folder, &whole, &mut |_| Ok(()))?;
        let path = folder.join(name);
        let length = std::fs::read(&path).expect("written").len();
        std::fs::write(&path, vec![0xA5; length]).expect("writable");
        let result = open().and_then(|opened| load(&opened, name));
        assert!(matches!(result, Err(Error::Data(m)) if m.contains(name)), "{name}");
    }
    save(&folder, &whole, &mut |_| Ok(()))?;
    let path = folder.join(STATE);
    let text = std::fs::read_to_string(&path).expect("written");
    std::fs::write(&path, text.replace("\"format\": 2", "\"format\": 3")).expect("writable");
    assert!(matches!(open(), Err(Error::Data(m)) if m.contains("format is 3")));
    Ok(())
}
