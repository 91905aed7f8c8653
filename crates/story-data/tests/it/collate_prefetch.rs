//! Prefetch: the same batches in the same order, a clean end, and epochs that resume.

use crate::collate::{all_windows, collator, config, story, tensors};
use std::sync::Arc;
use story_core::Story;
use story_data::prefetch::{LastBatch, Prefetch, batches, epoch_order};
use story_data::window::{StoryWindow, WindowKind};

#[test]
fn prefetching_gives_the_same_batches_in_the_same_order() {
    let stories: Arc<[Story]> = (1..8).map(|number| story(number, 6)).collect();
    let windows = all_windows(&stories, WindowKind::All);
    let order = epoch_order(windows.len(), 3, 0);
    let plan = batches(&windows, &order, 4, LastBatch::Keep, 0).expect("a plan");
    assert_eq!(plan.iter().map(Vec::len).sum::<usize>(), windows.len());
    let collator = Arc::new(collator(config()));
    for depth in [1, 3] {
        let ahead = Prefetch::new(collator.clone(), stories.clone(), plan.clone(), depth)
            .expect("a prefetch");
        let mut count = 0;
        for (batch, windows) in ahead.zip(&plan) {
            let batch = batch.expect("a batch");
            let expected = collator.collate(&stories, windows).expect("a batch");
            assert_eq!(tensors(&batch), tensors(&expected));
            count += 1;
        }
        assert_eq!(count, plan.len());
    }
}

#[test]
fn an_epoch_resumes_in_its_middle() {
    let stories: Vec<Story> = (0..9).map(|number| story(number, 6)).collect();
    let windows = all_windows(&stories, WindowKind::First);
    let order = epoch_order(windows.len(), 11, 4);
    assert_eq!(order, epoch_order(windows.len(), 11, 4));
    assert_ne!(order, epoch_order(windows.len(), 11, 5));
    assert_ne!(order, epoch_order(windows.len(), 12, 4));
    let whole = batches(&windows, &order, 2, LastBatch::Keep, 0).expect("a plan");
    assert_eq!(whole.len(), 5);
    let dropped = batches(&windows, &order, 2, LastBatch::Drop, 0).expect("a plan");
    assert_eq!(dropped, whole[..4]);
    for first in 0..7 {
        let rest = batches(&windows, &order, 2, LastBatch::Keep, first).expect("a plan");
        assert_eq!(rest, whole[first.min(5)..]);
    }
    assert!(batches(&windows, &order, 0, LastBatch::Keep, 0).is_err());
    assert!(batches(&windows[..3], &order, 2, LastBatch::Keep, 0).is_err());
}

#[test]
fn a_consumer_may_stop_early_and_the_thread_ends() {
    let (entered, calls) = std::sync::mpsc::channel();
    let stories = [story(1, 6)];
    let window = all_windows(&stories, WindowKind::First);
    let collator = collator(config());
    let mut ahead = Prefetch::with(vec![window; 1000], 2, move |windows: &[StoryWindow]| {
        // The receiver outlives the thread, so this cannot fail.
        let _ = entered.send(());
        collator.collate(&stories, windows)
    })
    .expect("a prefetch");
    assert!(ahead.next().expect("a first batch").is_ok());
    drop(ahead); // returns only when the thread has ended
    let made = calls.iter().count();
    // One taken, two waiting, one in the making, one begun before the close was seen.
    assert!((1..=5).contains(&made), "{made}");
}

#[test]
fn a_panic_in_the_thread_is_an_error_and_the_end() {
    let stories = [story(1, 6)];
    let window = all_windows(&stories, WindowKind::First);
    let collator = collator(config());
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let mut ahead = Prefetch::with(vec![window; 5], 1, move |windows: &[StoryWindow]| {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        assert!(call != 2, "the third batch is cursed");
        collator.collate(&stories, windows)
    })
    .expect("a prefetch");
    assert!(ahead.next().expect("a batch").is_ok());
    assert!(ahead.next().expect("a batch").is_ok());
    let error = ahead.next().expect("an answer").expect_err("a panic").to_string();
    assert!(error.contains("batch 2") && error.contains("cursed"), "{error}");
    assert!(ahead.next().is_none());
    let no_batches = Prefetch::with(Vec::new(), 0, |_: &[StoryWindow]| unreachable!());
    assert!(no_batches.is_err());
}

#[test]
fn an_error_ends_the_epoch_where_it_happened() {
    let mut stories = vec![story(1, 6), story(2, 6), story(3, 6)];
    stories[1].frames[0].image = Some(Arc::from(&b"no picture"[..]));
    let windows = all_windows(&stories, WindowKind::First);
    let plan = batches(&windows, &[0, 1, 2], 1, LastBatch::Keep, 0).expect("a plan");
    let collator = Arc::new(collator(config()));
    let ahead = Prefetch::new(collator, stories.into(), plan, 2).expect("a prefetch");
    let results: Vec<bool> = ahead.map(|batch| batch.is_ok()).collect();
    assert_eq!(results, [true, false]);
}
