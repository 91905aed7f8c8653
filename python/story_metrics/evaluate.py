"""In the shape of Hugging Face's evaluate: `load("cider").compute(predictions=..., references=...)`.

Its `bleu`, which takes the shortest reference's length, is not offered: `sacrebleu` is.
"""

from . import _scores

#: What evaluate calls them, and what is computed.
_NAMES = {
    "sacrebleu": (["bleu"], {"score": "bleu-4"}),
    "chrf": (["chrf"], {"score": "chrf"}),
    "cider": (["cider-d"], {"cider": "cider-d"}),
    "meteor": (["meteor"], {"meteor": "meteor"}),
    "meteor-1.5": (["meteor-1.5"], {"meteor-1.5": "meteor-1.5"}),
    "rouge": (
        ["rouge-1", "rouge-2", "rouge-l", "rouge-lsum"],
        {"rouge1": "rouge-1", "rouge2": "rouge-2", "rougeL": "rouge-l", "rougeLsum": "rouge-lsum"},
    ),
}


class Metric:
    """Texts are added in batches or given at once."""

    def __init__(self, name):
        if name not in _NAMES:
            raise ValueError(f"{name!r}: there are {', '.join(_NAMES)}")
        self.name = name
        self._predictions, self._references = [], []

    def add(self, *, prediction, reference):
        """One text with its reference, or its references."""
        self.add_batch(predictions=[prediction], references=[reference])

    def add_batch(self, *, predictions, references):
        """Several."""
        self._predictions.extend(predictions)
        self._references.extend(references)

    def compute(self, *, predictions=None, references=None, **options):
        """The scores by name, of what was added and what is given; further options are those of
        `story_metrics.score`. `intervals` holds both ends of each."""
        if (predictions is None) != (references is None):
            raise ValueError("predictions and references: give both")
        if predictions is not None:
            self.add_batch(predictions=predictions, references=references)
        predictions, references = self._predictions, self._references
        self._predictions, self._references = [], []
        metrics, keys = _NAMES[self.name]
        rows = _scores.score(predictions, references, metrics, **options)
        found = {key: rows[name].value for key, name in keys.items()}
        ends = {key: (rows[name].lower, rows[name].upper) for key, name in keys.items()}
        return {**found, "intervals": ends}


def load(name):
    """The metric of this name: sacrebleu, chrf, cider (CIDEr-D), rouge, meteor (NLTK's; its synonyms need
    `wordnet=FOLDER` in `compute`) or meteor-1.5."""
    return Metric(name)
