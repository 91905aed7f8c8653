//! What a run's tables let one say: which of two is better, beside the best of what needs no model, and
//! what each side is worth.

use crate::evaluation::table;
use crate::fixture;
use story_metrics::metric::Direction;
use story_report::records::*;
use story_report::{
    EvaluationConfig, HEADLINES, Outcome, Role, Verdict, score_tables, sides, verdict,
};

#[test]
fn a_verdict_needs_intervals_that_do_not_touch() {
    let table = table(&fixture::windows(), "next-frame-retrieval");
    let against = |column, baseline| verdict(&table, column, "model", baseline);
    let clear = against("mrr", "last-frame");
    assert_eq!((clear.by_intervals, clear.by_difference), (Outcome::Better, Outcome::Better));
    assert_eq!(clear.outcome(), Outcome::Better);
    let by_difference = Verdict { by_intervals: Outcome::Undecided, ..clear.clone() };
    assert_eq!(by_difference.outcome(), Outcome::Better);
    let by_intervals = Verdict { by_difference: Outcome::Unknown, ..by_difference };
    assert_eq!(by_intervals.outcome(), Outcome::Undecided);
    assert!(
        clear.clearly_better() && clear.sentence().contains("is clearly better than last-frame")
    );
    assert_eq!(
        against("median-rank", "last-frame").by_intervals,
        Outcome::Better,
        "lower is better"
    );
    assert_eq!(against("mrr", "chance").by_intervals, Outcome::Better);
    assert_eq!(verdict(&table, "mrr", "last-frame", "model").by_intervals, Outcome::Worse);
    assert_eq!(against("mrr", "model").by_intervals, Outcome::Undecided);
    assert_eq!(against("mrr", "nobody").by_intervals, Outcome::Unknown);
    assert_eq!(against("nothing", "last-frame").by_intervals, Outcome::Unknown);
    let texts = self::table(&fixture::windows(), "next-text-free-running");
    assert_eq!(
        verdict(&texts, "distinct-texts", "model", "copy-last").by_intervals,
        Outcome::Unknown
    );
}

#[test]
fn what_a_side_is_worth_is_said_by_the_paired_difference() {
    let mut windows = fixture::windows();
    for window in &mut windows {
        let model = window.tokens["model"];
        // Blind to pictures it foretells each text worse; blind to texts as well as before.
        let worse = TokenRecord { nll: model.nll + 1.0, ..model };
        window.tokens.insert("model-picture-blind".into(), worse);
        window.tokens.insert("model-text-blind".into(), model);
    }
    let tables = score_tables(&windows, &EvaluationConfig::default()).unwrap();
    let said = sides(&tables);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("without the pictures the next text's perplexity is"), "{said:?}");
    assert!(said[0].ends_with("(they help)."), "{said:?}");
    assert!(said[1].ends_with("(no difference can be told)."), "{said:?}");
    // Nobody was blinded.
    let tables = score_tables(&fixture::windows(), &EvaluationConfig::default()).unwrap();
    assert!(sides(&tables).is_empty());
}

#[test]
fn a_headline_is_asked_beside_the_best_of_what_needs_no_model() {
    let tables = score_tables(&fixture::windows(), &EvaluationConfig::default()).unwrap();
    for headline in &HEADLINES {
        let verdicts = headline.verdicts(&tables);
        assert_eq!(verdicts.len(), 2, "{}", headline.question);
        for verdict in verdicts {
            let table = tables.iter().find(|table| table.title == verdict.table).unwrap();
            let column = verdict.column.clone().unwrap();
            let best = verdict.baseline_cell.value.unwrap();
            for row in table.rows.iter().filter(|row| row.role == Role::Baseline) {
                let Some(other) = table.cell(&row.system, &column.id).unwrap().value else {
                    continue;
                };
                let worse = match column.direction {
                    Direction::LowerIsBetter => other >= best,
                    _ => other <= best,
                };
                assert!(worse, "{} {}: {other}, {best}", row.system, column.id);
            }
        }
    }
    assert!(HEADLINES.iter().all(|headline| headline.verdicts(&[]).is_empty()));
}
