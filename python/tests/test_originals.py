"""Equality with the packages that this one stands in for, over random sets; each skips where its original is
not installed."""

import random
import shutil

import pytest

from story_metrics import pycocoevalcap as ours
from story_metrics import rouge_score as our_rouge
from story_metrics import sacrebleu as our_sacrebleu
from texts import captions

SETS = 200


def by_id(seed):
    candidates, references = captions(seed, items=random.Random(seed).randint(2, 30), references=5)
    return dict(enumerate(references)), {at: [it] for at, it in enumerate(candidates)}


def tokenized(seed):
    gts, res = by_id(seed)
    captioned = lambda texts: {key: [{"caption": it} for it in each] for key, each in texts.items()}
    tokens = ours.PTBTokenizer().tokenize
    return tokens(captioned(gts)), tokens(captioned(res))


@pytest.mark.parametrize("name", ["bleu", "cider", "rouge"])
def test_coco_scores(name):
    module = pytest.importorskip(f"pycocoevalcap.{name}.{name}")
    original = {"bleu": "Bleu", "cider": "Cider", "rouge": "Rouge"}[name]
    for seed in range(SETS):
        gts, res = tokenized(seed)
        theirs = getattr(module, original)().compute_score(gts, res)
        own = getattr(ours, original)().compute_score(gts, res)
        assert own[0] == pytest.approx(theirs[0], abs=1e-9), seed
        for one, other in zip(own[1], theirs[1]):
            assert list(one) == pytest.approx(list(other), abs=1e-9) if name == "bleu" else (
                one == pytest.approx(other, abs=1e-9)
            ), seed


def test_coco_tokens():
    module = pytest.importorskip("pycocoevalcap.tokenizer.ptbtokenizer")
    if shutil.which("java") is None:
        pytest.skip("the original's tokenizer is a Java program, and no Java is installed")
    gts, _ = by_id(1)
    captioned = {key: [{"caption": it} for it in each] for key, each in gts.items()}
    assert ours.PTBTokenizer().tokenize(captioned) == module.PTBTokenizer().tokenize(captioned)


def test_coco_meteor():
    module = pytest.importorskip("pycocoevalcap.meteor.meteor")
    if shutil.which("java") is None:
        pytest.skip("the original's METEOR is a Java program, and no Java is installed")
    original = module.Meteor()
    for seed in range(8):
        gts, res = tokenized(seed)
        theirs = original.compute_score(gts, res)
        own = ours.Meteor().compute_score(gts, res)
        assert own[0] == pytest.approx(theirs[0], abs=1e-6), seed
        assert own[1] == pytest.approx(theirs[1], abs=1e-6), seed


@pytest.mark.parametrize("stems", [False, True])
def test_rouge_score(stems):
    module = pytest.importorskip("rouge_score.rouge_scorer")
    kinds = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    theirs = module.RougeScorer(kinds, use_stemmer=stems)
    own = our_rouge.rouge_scorer.RougeScorer(kinds, use_stemmer=stems)
    for seed in range(SETS):
        candidates, references = captions(seed, items=10, references=3)
        for candidate, several in zip(candidates, references):
            lines = "\n".join(several)
            one, other = own.score(lines, candidate), theirs.score(lines, candidate)
            assert {kind: tuple(it) for kind, it in one.items()} == {
                kind: pytest.approx(tuple(it), abs=1e-12) for kind, it in other.items()
            }
            one, other = own.score_multi(several, candidate), theirs.score_multi(several, candidate)
            for kind in kinds:
                assert one[kind].fmeasure == pytest.approx(other[kind].fmeasure, abs=1e-12)


@pytest.mark.parametrize("method", [("exp", None), ("none", None), ("floor", None), ("add-k", 2)])
def test_sacrebleu(method):
    sacrebleu = pytest.importorskip("sacrebleu")
    smooth, value = method
    for seed in range(SETS):
        candidates, references = captions(seed, items=12, references=1)
        streams = [[it[0] for it in references], [it[0].upper() for it in references]]
        for lowercase in [False, True]:
            given = dict(smooth_method=smooth, smooth_value=value, lowercase=lowercase)
            own = our_sacrebleu.corpus_bleu(candidates, streams, **given)
            theirs = sacrebleu.corpus_bleu(candidates, streams, **given)
            assert own.score == pytest.approx(theirs.score, abs=1e-9)
            assert (own.counts, own.totals) == (theirs.counts, theirs.totals)
            assert own.precisions == pytest.approx(theirs.precisions, abs=1e-9)
            assert (own.bp, own.sys_len, own.ref_len) == (theirs.bp, theirs.sys_len, theirs.ref_len)


@pytest.mark.parametrize("word_order", [0, 2])
def test_chrf(word_order):
    sacrebleu = pytest.importorskip("sacrebleu")
    for seed in range(SETS):
        candidates, references = captions(seed, items=12, references=1)
        streams = [[it[0] for it in references]]
        own = our_sacrebleu.corpus_chrf(candidates, streams, word_order=word_order)
        theirs = sacrebleu.corpus_chrf(candidates, streams, word_order=word_order)
        assert own.score == pytest.approx(theirs.score, abs=1e-9)
        own = our_sacrebleu.sentence_chrf(candidates[0], references[0], word_order=word_order)
        theirs = sacrebleu.sentence_chrf(candidates[0], references[0], word_order=word_order)
        assert own.score == pytest.approx(theirs.score, abs=1e-9)
