use super::*;

fn region(left: f64, width: f64) -> Region {
    Region::new(left, 0.0, width, 100.0).expect("finite")
}

fn found(category: &str, left: f64, score: f64) -> DetectedBox {
    DetectedBox { category: category.into(), region: region(left, 100.0), score }
}

fn reference(category: &str, left: f64) -> ReferenceBox {
    ReferenceBox::object(category, region(left, 100.0))
}

#[test]
fn a_perfect_answer_scores_one_and_silence_zero() {
    let references = [reference("cup", 0.0), reference("dog", 300.0)];
    let answer = [found("cup", 0.0, 0.9), found("dog", 300.0, 0.2)];
    let stats = DetectionStats::of(Some(&answer), &references).expect("finite");
    assert_eq!(stats.score(), Some(1.0));
    assert_eq!(stats.average_recall(Area::Large, 1), Some(1.0));
    assert_eq!(stats.average_precision(Area::Small, Overlap::Mean), None);
    let silent = DetectionStats::of(None, &references).expect("finite");
    assert_eq!((silent.score(), silent.missing), (Some(0.0), 1));
    assert_eq!(DetectionStats::default().score(), None);
}

#[test]
fn boxes_of_categories_without_references_do_not_count() {
    let answer = [found("cat", 0.0, 0.9), found("cup", 0.0, 0.5)];
    let stats = DetectionStats::of(Some(&answer), &[reference("cup", 0.0)]).expect("finite");
    assert_eq!(stats.score(), Some(1.0));
    assert_eq!(stats.by_category(Overlap::Half), [("cup", 1.0)].into());
}

#[test]
fn a_loose_box_matches_up_to_its_overlap() {
    // 80 of 120 pixels: two thirds, so .50 to .65.
    let answer = [found("cup", 20.0, 0.9)];
    let stats = DetectionStats::of(Some(&answer), &[reference("cup", 0.0)]).expect("finite");
    assert_eq!(stats.average_precision(Area::All, Overlap::Half), Some(1.0));
    let strict = stats.average_precision(Area::All, Overlap::ThreeQuarters);
    assert_eq!((strict, stats.score()), (Some(0.0), Some(0.4)));
}

#[test]
fn a_crowd_takes_boxes_without_counting_them() {
    let crowd = ReferenceBox {
        kind: ReferenceKind::Crowd,
        region: region(200.0, 1000.0),
        ..reference("cup", 0.0)
    };
    let answer = [found("cup", 300.0, 0.9), found("cup", 500.0, 0.8), found("cup", 0.0, 0.7)];
    let of = |references: &[ReferenceBox]| {
        let stats = DetectionStats::of(Some(&answer), references).expect("finite");
        stats.average_precision(Area::All, Overlap::Half)
    };
    let third = of(&[reference("cup", 0.0)]).expect("a reference");
    assert!((third - 1.0 / 3.0).abs() < 1e-12, "{third}");
    assert_eq!(of(&[reference("cup", 0.0), crowd.clone()]), Some(1.0));
    assert_eq!(of(&[crowd]), None);
}

#[test]
fn the_order_of_pictures_changes_nothing() {
    let one = |score, left| {
        let answer = [found("cup", left, score)];
        DetectionStats::of(Some(&answer), &[reference("cup", 0.0)]).expect("finite")
    };
    let units = [one(0.5, 0.0), one(0.5, 400.0), one(0.7, 10.0)];
    let score = |order: [usize; 3]| {
        let mut all = DetectionStats::default();
        order.iter().for_each(|&at| all.merge(&units[at]));
        all.score()
    };
    assert_eq!(score([0, 1, 2]), score([2, 1, 0]));
    assert_eq!(score([0, 1, 2]), score([1, 0, 2]));
}

#[test]
fn nonsense_is_refused() {
    let answer = [found("cup", 0.0, f64::NAN)];
    assert!(DetectionStats::of(Some(&answer), &[]).is_err());
    let endless = ReferenceBox { area: f64::INFINITY, ..reference("cup", 0.0) };
    assert!(DetectionStats::of(None, &[endless]).is_err());
}
