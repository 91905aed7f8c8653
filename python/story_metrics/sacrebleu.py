"""In the place of sacreBLEU's functions: `from story_metrics.sacrebleu import corpus_bleu`.

`references` are lists of texts, one list for each reference of a text, as sacreBLEU takes them. The tokenizer
is 13a.
"""

from dataclasses import dataclass
from typing import List

from . import _native, _texts

__all__ = ["BLEUScore", "CHRFScore", "corpus_bleu", "corpus_chrf", "sentence_bleu", "sentence_chrf"]


@dataclass(frozen=True)
class BLEUScore:
    """BLEU, 0 to 100, with the counts behind it."""

    score: float
    counts: List[int]
    totals: List[int]
    precisions: List[float]
    bp: float
    sys_len: int
    ref_len: int

    def __str__(self):
        precisions = "/".join(f"{it:.1f}" for it in self.precisions)
        ratio = self.sys_len / self.ref_len if self.ref_len else 0.0
        return (
            f"BLEU = {self.score:.2f} {precisions} (BP = {self.bp:.3f} ratio = {ratio:.3f} "
            f"hyp_len = {self.sys_len} ref_len = {self.ref_len})"
        )


@dataclass(frozen=True)
class CHRFScore:
    """chrF or chrF++, 0 to 100."""

    score: float
    word_order: int

    def __str__(self):
        return f"chrF2{'+' * self.word_order} = {self.score:.2f}"


def _by_text(hypotheses, references):
    """Texts, and for each its references; None in a list of references is one that it lacks."""
    texts = _texts.candidates(hypotheses, "hypotheses")
    if not texts:
        raise ValueError("hypotheses: there is no text to score")
    lists = [
        _texts.candidates(it, f"references[{at}]")
        for at, it in enumerate(_texts.sequence(references, "references"))
    ]
    for at, texts_of_one in enumerate(lists):
        if len(texts_of_one) != len(texts):
            raise ValueError(
                f"references[{at}]: expected {len(texts)} texts, as hypotheses has, found {len(texts_of_one)}"
            )
    each = [[it for it in of_text if it is not None] for of_text in zip(*lists)]
    return texts, each or [[] for _ in texts]


def _bleu(texts, references, smooth_method, smooth_value, lowercase, use_effective_order):
    counts = _native.bleu_counts(
        texts, references, lowercase, (smooth_method, smooth_value), use_effective_order
    )
    matches, totals, sys_len, ref_len, bp, score = counts
    matches, totals = list(matches), list(totals)
    if smooth_method == "add-k" and any(matches):
        # The original shows them with what was added.
        added = 1 if smooth_value is None else smooth_value
        matches[1:] = [it + added for it in matches[1:]]
        totals[1:] = [it + added for it in totals[1:]]
    precisions = _precisions(matches, totals, smooth_method, smooth_value)
    return BLEUScore(score, matches, totals, precisions, bp, sys_len, ref_len)


def _precisions(matches, totals, method, value):
    """Those of sacreBLEU, in percent, with its smoothing."""
    precisions, divisor = [0.0] * len(matches), 1.0
    if not any(matches):
        return precisions
    for order, (match, total) in enumerate(zip(matches, totals)):
        if total == 0:
            break
        if match == 0 and method == "exp":
            divisor *= 2
            precisions[order] = 100.0 / (divisor * total)
        elif match == 0 and method == "floor":
            precisions[order] = 100.0 * (0.1 if value is None else value) / total
        else:
            precisions[order] = 100.0 * match / total
    return precisions


def corpus_bleu(
    hypotheses,
    references,
    smooth_method="exp",
    smooth_value=None,
    force=False,
    lowercase=False,
    tokenize="13a",
    use_effective_order=False,
):
    """BLEU of a corpus."""
    if tokenize != "13a":
        raise ValueError(f"tokenize: only '13a' is offered here, found {tokenize!r}")
    texts, each = _by_text(hypotheses, references)
    return _bleu(texts, each, smooth_method, smooth_value, lowercase, use_effective_order)


def sentence_bleu(hypothesis, references, smooth_method="exp", smooth_value=None, lowercase=False,
                  tokenize="13a", use_effective_order=True):
    """BLEU of one text against a list of references."""
    references = [[it] for it in _texts.of_one(references, "references")]
    return corpus_bleu(
        [hypothesis], references, smooth_method, smooth_value,
        lowercase=lowercase, tokenize=tokenize, use_effective_order=use_effective_order,
    )


def corpus_chrf(hypotheses, references, char_order=6, word_order=0, beta=2, lowercase=False):
    """chrF of a corpus; chrF++ with a `word_order` of 2."""
    if (char_order, beta) != (6, 2) or word_order not in (0, 2):
        raise ValueError("chrF is offered with char_order 6, beta 2 and word_order 0 or 2")
    texts, each = _by_text(hypotheses, references)
    return CHRFScore(_native.chrf_score(texts, each, word_order == 2, lowercase), word_order)


def sentence_chrf(hypothesis, references, char_order=6, word_order=0, beta=2, lowercase=False):
    """chrF of one text against a list of references."""
    references = [[it] for it in _texts.of_one(references, "references")]
    return corpus_chrf([hypothesis], references, char_order, word_order, beta, lowercase)
