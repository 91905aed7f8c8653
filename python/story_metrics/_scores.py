"""Scores of one system, and differences of several."""

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import List, Optional

from . import _native, _texts

#: Draws of texts behind an interval, and rounds behind a p, where the caller names no other.
RESAMPLES = 1000
ROUNDS = 10_000
LEVEL = 0.95


@dataclass(frozen=True)
class Score:
    """A score with its interval.

    `lower` and `upper` are None where nothing was drawn, and for scores of all texts together. `items`
    are the scores of each text alone, None where one is undefined.
    """

    name: str
    value: Optional[float]
    lower: Optional[float]
    upper: Optional[float]
    n: int
    missing: int
    signature: str
    items: List[Optional[float]] = field(repr=False)

    def __float__(self):
        return float("nan") if self.value is None else self.value

    def __str__(self):
        if self.value is None:
            return f"{self.name}: undefined"
        if self.lower is None or self.upper is None:
            return f"{self.name}: {self.value:.4g}"
        return f"{self.name}: {self.value:.4g} [{self.lower:.4g}, {self.upper:.4g}]"


class Scores(Mapping):
    """Scores by name, such as `scores["bleu-4"].value`."""

    def __init__(self, rows):
        self._rows = {row.name: row for row in rows}

    def __getitem__(self, name):
        try:
            return self._rows[name]
        except KeyError:
            raise KeyError(f"{name!r}; there are {', '.join(self._rows)}") from None

    def __iter__(self):
        return iter(self._rows)

    def __len__(self):
        return len(self._rows)

    def values_by_name(self):
        """The values alone, as a dictionary."""
        return {name: row.value for name, row in self._rows.items()}

    def __repr__(self):
        return "\n".join(str(row) for row in self._rows.values())


@dataclass(frozen=True)
class Comparison:
    """Two systems in one score: first minus second, with its interval, p by approximate
    randomisation, and the same corrected for all comparisons of the call (Holm)."""

    score: str
    first: str
    second: str
    first_value: Optional[float]
    second_value: Optional[float]
    difference: Optional[float]
    lower: Optional[float]
    upper: Optional[float]
    p_value: Optional[float]
    p_holm: Optional[float]


def metrics():
    """Every metric by which texts can be scored: dictionaries of `name`, `summary`, the `scores` that
    it gives, and what it `needs_references`, `needs_data` of."""
    return _native.metrics()


def score(
    candidates,
    references=None,
    metrics=None,
    *,
    resamples=RESAMPLES,
    level=LEVEL,
    seed=0,
    clusters=None,
    lowercase=False,
    wordnet=None,
    meteor_data=None,
    cider_documents=None,
    tokenized=False,
    threads=None,
    progress=None,
):
    """Scores texts against references.

    candidates: texts, of which None is a missing answer that scores as an empty one; a list, a NumPy
        array, or a dictionary by id.
    references: for each text a list of references, or one text; a dictionary where `candidates` is one;
        None for scores that need none (`distinct`, `self-bleu`).
    metrics: names, such as "bleu", "rouge-l", "coco-meteor", "cider-d"; None for all that need no data
        of their own. `story_metrics.metrics()` lists them.
    resamples: draws behind each interval; 0 for none. level: its level. seed: of the draws.
    clusters: what each text belongs to, such as its story; whole ones are drawn. None: each by itself.
    lowercase: whether BLEU and chrF lower-case texts first.
    wordnet: folder of WordNet's files, for NLTK's METEOR.
    meteor_data: folder `meteor` of pycocoevalcap, for METEOR 1.5; None looks for the installed package.
    cider_documents: lists of references in which CIDEr counts n-grams; None for `references`.
    tokenized: whether COCO's scores take texts as tokens between blanks.
    threads: None for all cores. progress: called with texts read and their number.

    Other Python threads run on meanwhile; Ctrl-C is heard.

    Raises TypeError or ValueError that names the item, KeyError for an id that one side lacks.
    """
    if isinstance(candidates, Mapping):
        if references is not None:
            if not isinstance(references, Mapping):
                raise TypeError("references: expected a dictionary by id, as candidates is one")
            keys, candidates, references = _texts.by_id(candidates, references)
        else:
            keys, candidates = list(candidates), list(candidates.values())
        if isinstance(clusters, Mapping):
            clusters = [clusters[key] for key in keys]
    texts = _texts.candidates(candidates)
    if not texts:
        raise ValueError("candidates: there is no text to score")
    names = _metric_names(metrics, references)
    rows = _native.score(
        texts,
        _references(references, len(texts), names),
        names,
        _given(names, lowercase, wordnet, meteor_data, cider_documents),
        _draws(resamples, level, ROUNDS, seed),
        _way(tokenized, clusters, len(texts), threads, progress),
    )
    return Scores(Score(**row) for row in rows)


def compare(
    systems,
    references,
    metrics=None,
    *,
    resamples=RESAMPLES,
    level=LEVEL,
    rounds=ROUNDS,
    seed=0,
    clusters=None,
    lowercase=False,
    wordnet=None,
    meteor_data=None,
    cider_documents=None,
    tokenized=False,
    threads=None,
    progress=None,
):
    """Compares each two systems that answered the same, in each score.

    systems: a dictionary of names to texts, or a list of lists, two or more. rounds: of the
    randomisation test, which bound how small p can get. All else as for `score`.

    Returns a list of `Comparison`.
    """
    if not isinstance(systems, Mapping):
        systems = {str(at): texts for at, texts in enumerate(_texts.sequence(systems, "systems"))}
    if len(systems) < 2:
        raise ValueError(f"systems: expected two or more, found {len(systems)}")
    labels = list(systems)
    answers = [_texts.candidates(systems[label], f"systems[{label!r}]") for label in labels]
    count = len(answers[0])
    for label, texts in zip(labels, answers):
        if len(texts) != count:
            raise ValueError(
                f"systems[{label!r}]: expected {count} texts, as of {labels[0]!r}, found {len(texts)}"
            )
    if count == 0:
        raise ValueError("systems: there is no text to score")
    names = _metric_names(metrics, references)
    rows = _native.compare(
        answers,
        _references(references, count, names),
        names,
        _given(names, lowercase, wordnet, meteor_data, cider_documents),
        _draws(resamples, level, rounds, seed),
        _way(tokenized, clusters, count, threads, progress),
    )
    for row in rows:
        row["first"], row["second"] = labels[row["first"]], labels[row["second"]]
    return [Comparison(**row) for row in rows]


def _metric_names(metrics, references):
    if isinstance(metrics, str):
        return [metrics]
    if metrics is not None:
        return [_texts.text(name, f"metrics[{at}]") for at, name in enumerate(metrics)]
    usable = (it for it in _native.metrics() if not it["needs_data"])
    return [it["name"] for it in usable if references is not None or not it["needs_references"]]


def _references(references, count, names):
    if references is not None:
        return _texts.references(references, count)
    needing = {it["name"] for it in _native.metrics() if it["needs_references"]}
    for name in names:
        if name in needing:
            raise ValueError(f"{name}: nothing to compare with; give references")
    return []


def _given(names, lowercase, wordnet, meteor_data, cider_documents):
    if meteor_data is None and any(name in ("meteor-1.5", "coco-meteor") for name in names):
        meteor_data = installed_meteor()
    if cider_documents is not None:
        documents = _texts.sequence(cider_documents, "cider_documents")
        cider_documents = [
            _texts.of_one(it, f"cider_documents[{at}]") for at, it in enumerate(documents)
        ]
    return {
        "lowercase": bool(lowercase),
        "wordnet": None if wordnet is None else os.fspath(wordnet),
        "meteor_data": None if meteor_data is None else os.fspath(meteor_data),
        "cider_documents": cider_documents,
    }


def installed_meteor():
    """The folder of METEOR's data in an installed pycocoevalcap, which is not imported; None without."""
    found = importlib.util.find_spec("pycocoevalcap")
    places = list(found.submodule_search_locations or []) if found else []
    folders = (os.path.join(place, "meteor") for place in places)
    return next((folder for folder in folders if os.path.isdir(folder)), None)


def _draws(resamples, level, rounds, seed):
    return {"resamples": resamples, "level": level, "rounds": rounds, "seed": seed}


def _way(tokenized, clusters, count, threads, progress):
    if clusters is not None:
        clusters = [str(it) for it in _texts.sequence(clusters, "clusters")]
        if len(clusters) != count:
            raise ValueError(f"clusters: expected {count} items, found {len(clusters)}")
    if progress is not None and not callable(progress):
        raise TypeError("progress: expected a function of two numbers")
    return {
        "tokenized": bool(tokenized),
        "clusters": clusters,
        "threads": threads,
        "progress": progress,
    }
