"""Scores of texts against references, equal to their originals, with intervals.

>>> import story_metrics
>>> scores = story_metrics.score(["a fox ran home"], [["the fox ran home"]], metrics=["rouge-l"])
>>> round(scores["rouge-l"].value, 3)
0.75

`score` scores one system, `compare` tells several apart. The modules `pycocoevalcap`, `rouge_score`,
`sacrebleu` and `evaluate` have the shapes of the packages of these names: change the import only.
"""

from ._native import __version__
from ._scores import Comparison, Score, Scores, compare, metrics, score

__all__ = ["Comparison", "Score", "Scores", "__version__", "compare", "metrics", "score"]
