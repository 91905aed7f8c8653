"""In the place of rouge-score: `from story_metrics.rouge_score import rouge_scorer`."""

import types
from typing import NamedTuple

from . import _native, _texts

_KINDS = {"rouge1": "rouge-1", "rouge2": "rouge-2", "rougeL": "rouge-l", "rougeLsum": "rouge-lsum"}


class Score(NamedTuple):
    """Precision, recall and their harmonic mean, 0 to 1."""

    precision: float
    recall: float
    fmeasure: float


class RougeScorer:
    """ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum of single texts; sentences of the last are lines."""

    def __init__(self, rouge_types, use_stemmer=False, split_summaries=False, tokenizer=None):
        if tokenizer is not None or split_summaries:
            raise ValueError("an own tokenizer, and splitting into sentences, are not offered here")
        self.rouge_types = list(rouge_types)
        for name in self.rouge_types:
            if name not in _KINDS:
                raise ValueError(f"Invalid rouge type: {name}; there are {', '.join(_KINDS)}")
        self._stems = bool(use_stemmer)

    def score_multi(self, targets, prediction):
        """The best of the references `targets`, by F1, for each type."""
        references = _texts.of_one(targets, "targets")
        prediction = _texts.text(prediction, "prediction")
        of = lambda name: Score(
            *_native.rouge_scores(_KINDS[name], prediction, references, self._stems)
        )
        return {name: of(name) for name in self.rouge_types}

    def score(self, target, prediction):
        """The scores of `prediction` against the one reference `target`."""
        return self.score_multi([_texts.text(target, "target")], prediction)


rouge_scorer = types.SimpleNamespace(RougeScorer=RougeScorer)
scoring = types.SimpleNamespace(Score=Score)
