"""Golden values for the decisions, vectors and tests of story-metrics.

Usage: python tools/golden/decisions.py crates/story-metrics/tests/golden

Made with scikit-learn 1.9.1, SciPy 1.17.1, statsmodels 0.15.0, NumPy 2.4.6. All inputs are invented
here from integer formulas and SplitMix64, so that every run writes the same files.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from scipy.stats import rankdata
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.metrics.pairwise import cosine_similarity, polynomial_kernel
from statsmodels.stats.multitest import multipletests

MASK = (1 << 64) - 1


class SplitMix64:
    """The generator of src/random.rs, written independently."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        """Lemire's bounded draw."""
        rejected = (1 << 64) % bound
        while True:
            product = self.next() * bound
            if (product & MASK) >= rejected:
                return product >> 64


random = SplitMix64(4)


def number(value):
    """Thirteen digits; `None` for what is not a number."""
    return None if value is None or np.isnan(value) else float(f"{float(value):.13g}")


def decisions():
    """Scored decisions: coarse scores tie, some cases have one class, one is empty."""
    cases = []
    for at in range(240):
        size = at if at < 4 else 1 + random.below(30)
        grid = [4, 10, 1000][at % 3]
        share = [0, 1, 2, 5, 9, 10][at % 6]
        truths = [int(random.below(10) < share) for _ in range(size)]
        # Positives score higher by two draws' maximum.
        scores = [max(random.below(grid + 1), random.below(grid + 1) * truth) / grid for truth in truths]
        threshold = scores[random.below(size)] if size and at % 2 else 0.5
        y, p = np.array(truths, dtype=int), np.array(scores)
        called = (p >= threshold).astype(int)
        case = {"truths": truths, "scores": scores, "threshold": threshold}
        both = 0 < sum(truths) < size
        case["roc_auc"] = number(metrics.roc_auc_score(y, p)) if both else None
        case["average_precision"] = number(metrics.average_precision_score(y, p)) if sum(truths) else None
        undefined = {"labels": [1], "average": None, "zero_division": np.nan}
        case["precision"] = number(metrics.precision_score(y, called, **undefined)[0]) if size else None
        case["recall"] = number(metrics.recall_score(y, called, **undefined)[0]) if size else None
        case["f1"] = number(metrics.f1_score(y, called, **undefined)[0]) if size else None
        case["accuracy"] = number(metrics.accuracy_score(y, called)) if size else None
        case["macro_f1"] = (
            number(metrics.f1_score(y, called, average="macro", zero_division=0)) if size else None
        )
        case["brier"] = number(metrics.brier_score_loss(y, p, pos_label=1)) if size else None
        case["log_loss"] = number(metrics.log_loss(y, p, labels=[0, 1])) if size else None
        case["ece"], case["curve"] = None, []
        if size:
            shares, means = calibration_curve(y, p, n_bins=10, pos_label=1)
            edges = np.linspace(0.0, 1.0, 11)
            units = np.bincount(np.searchsorted(edges[1:-1], p), minlength=10)
            units = units[units > 0]
            case["ece"] = number(np.sum(units / size * np.abs(shares - means)))
            case["curve"] = [[int(n), number(m), number(s)] for n, m, s in zip(units, means, shares)]
        cases.append(case)
    return cases


def classes():
    """Confusions of two to five classes, not all of which occur."""
    cases = []
    for at in range(80):
        count = 2 + at % 4
        size = 1 + random.below(25)
        truths = [random.below(count) for _ in range(size)]
        predicted = [t if random.below(2) else random.below(count) for t in truths]
        macro = {"average": "macro", "zero_division": 0}
        cases.append({
            "classes": count, "truths": truths, "predicted": predicted,
            "confusion": metrics.confusion_matrix(truths, predicted, labels=range(count)).tolist(),
            "accuracy": number(metrics.accuracy_score(truths, predicted)),
            "precision": number(metrics.precision_score(truths, predicted, **macro)),
            "recall": number(metrics.recall_score(truths, predicted, **macro)),
            "f1": number(metrics.f1_score(truths, predicted, **macro)),
        })
    return cases


def vectors(rows, width, salt):
    """Rows by a formula that the test repeats, off centre so that plain cosines flatter. f32."""
    i, j = np.arange(rows)[:, None], np.arange(width)[None, :]
    values = (i * i * 7 + j * 31 + i * j * 13 + salt * 101) % 256
    return (values.astype(np.float64) / 128.0 + salt % 2).astype(np.float32)


def draw(generator, of, count):
    """Partial Fisher-Yates."""
    items = list(range(of))
    for at in range(count):
        other = at + generator.below(of - at)
        items[at], items[other] = items[other], items[at]
    return items[:count]


def mmd2(x, y):
    """Unbiased, from scikit-learn's kernel (gamma 1/d and coef 1 are its defaults; said anyway)."""
    settings = {"degree": 3, "gamma": 1 / x.shape[1], "coef0": 1}
    xx, yy, xy = (polynomial_kernel(a, b, **settings) for a, b in [(x, x), (y, y), (x, y)])
    m, n = len(x), len(y)
    within = (xx.sum() - np.trace(xx)) / (m * (m - 1)) + (yy.sum() - np.trace(yy)) / (n * (n - 1))
    return within - 2 * xy.mean()


def kid():
    cases = []
    for at in range(24):
        m, n, width = 2 + random.below(30), 2 + random.below(30), 1 + random.below(9)
        subsets, size, seed = 1 + random.below(6), 2 + random.below(20), random.next()
        x = vectors(m, width, 2 * at).astype(np.float64)
        y = vectors(n, width, 2 * at + 1 + at % 2).astype(np.float64)
        p, r = min(size, m), min(size, n)
        generator = SplitMix64(seed)
        values = []
        for _ in range(subsets):
            rows = draw(generator, m, p)
            values.append(mmd2(x[rows], y[draw(generator, n, r)]))
        whole = (p, r) == (m, n)
        cases.append({
            "predicted": m, "references": n, "width": width, "salts": [2 * at, 2 * at + 1 + at % 2],
            "subsets": subsets, "subset_size": size, "seed": seed,
            "mean": number(np.mean(values)), "deviation": None if whole else number(np.std(values)),
        })
    return cases


def embeddings():
    """Centred cosines, CLIPScore and RefCLIPScore of small sets of vectors."""
    cases = []
    for at in range(24):
        rows, width = 2 + random.below(12), 2 + random.below(7)
        references = vectors(rows, width, 2 * at + 1).astype(np.float64)
        predicted = vectors(rows, width, 2 * at).astype(np.float64)
        # Around zero, so that some cosines are negative.
        pictures, texts = predicted - 1.0, references - 1.5
        centre = references.mean(axis=0)
        per = 2.5 * np.clip(np.diag(cosine_similarity(pictures, texts)), 0, None)
        # The references of a text are its own row of the predicted set and the one behind it.
        nearest = cosine_similarity(texts, predicted)
        nearest = np.array([max(nearest[i, i], nearest[i, (i + 1) % rows]) for i in range(rows)])
        nearest = np.clip(nearest, 0, None)
        both = per + nearest
        harmonic = np.where(both > 0, 2 * per * nearest / np.where(both > 0, both, 1), 0)
        cases.append({
            "rows": rows, "width": width, "salts": [2 * at, 2 * at + 1],
            "cosine": number(np.diag(cosine_similarity(predicted, references)).mean()),
            "centred": number(np.diag(cosine_similarity(predicted - centre, references - centre)).mean()),
            "clip_score": number(per.mean()), "ref_clip_score": number(harmonic.mean()),
        })
    return cases


def paired():
    """Two systems' values on clustered units: randomisation tests and paired intervals."""
    cases = []
    for at in range(20):
        clusters = 2 + random.below(14)
        units = [[c, random.below(20) / 20, 0.0] for c in range(clusters) for _ in range(1 + random.below(3))]
        shift = [0, 1, 4][at % 3]
        for unit in units:
            unit[2] = (unit[1] * 20 + random.below(7) - 3 + shift) / 20
        rounds, seed = 400, random.next()
        ids = np.array([unit[0] for unit in units])
        a, b = (np.array([unit[side] for unit in units]) for side in (1, 2))
        observed = abs(a.mean() - b.mean())
        generator, as_large = SplitMix64(seed), 0
        for _ in range(rounds):
            swap = np.array([generator.below(2) for _ in range(clusters)], dtype=bool)[ids]
            difference = np.where(swap, b, a).mean() - np.where(swap, a, b).mean()
            as_large += abs(difference) >= observed * (1 - 1e-10)
        generator, resampled = SplitMix64(seed), []
        for _ in range(rounds):
            drawn = [generator.below(clusters) for _ in range(clusters)]
            rows = np.concatenate([np.nonzero(ids == cluster)[0] for cluster in drawn])
            resampled.append(a[rows].mean() - b[rows].mean())
        cases.append({
            "units": units, "rounds": rounds, "seed": seed, "difference": number(a.mean() - b.mean()),
            "as_large": int(as_large), "p_value": number((as_large + 1) / (rounds + 1)),
            "interval": [number(end) for end in np.percentile(resampled, [2.5, 97.5])],
        })
    return cases


def holm():
    cases = [[], [1.0], [0.0, 0.0], [0.02, 0.02, 0.02, 0.5]]
    cases += [[random.below(1001) / 1000 / 4 ** random.below(5) for _ in range(1 + random.below(12))] for _ in range(46)]
    return [
        {"p": p, "adjusted": [number(q) for q in multipletests(p, method="holm")[1]] if p else []} for p in cases
    ]


def ranks():
    """Retrieval over pools with ties: each place that a tied target can take, averaged."""
    cases = []
    for at in range(40):
        queries = []
        for _ in range(1 + random.below(8)):
            pool = 1 + random.below(25)
            grid = [3, 1000][at % 2]
            queries.append([random.below(pool), [random.below(grid) / grid for _ in range(pool)]])
        expected, hits, reciprocal = [], [], []
        for target, scores in queries:
            scores = np.array(scores)
            first = 1 + np.sum(scores > scores[target])
            places = np.arange(first, first + np.sum(scores == scores[target]))
            expected.append(rankdata(-scores, method="average")[target])
            hits.append([np.mean(places <= k) for k in (1, 5, 10)])
            reciprocal.append(np.mean(1 / places))
        sizes = np.array([len(scores) for _, scores in queries])
        chance = [np.mean(np.minimum(k, sizes) / sizes) for k in (1, 5, 10)]
        cases.append({
            "queries": queries, "recall": [number(v) for v in np.mean(hits, axis=0)],
            "chance_recall": [number(v) for v in chance], "mrr": number(np.mean(reciprocal)),
            "chance_mrr": number(np.mean([np.mean(1 / np.arange(1, n + 1)) for n in sizes])),
            "median": number(np.median(expected)), "mean": number(np.mean(expected)),
        })
    return cases


def language():
    """Perplexity and top-5 accuracy of distributions without ties, against scikit-learn."""
    cases = []
    for _ in range(20):
        tokens, vocabulary = 1 + random.below(12), 6 + random.below(10)
        # Different weights in each row: draws without repetition.
        logits = [[w / 4 for w in draw(random, 3 * vocabulary, vocabulary)] for _ in range(tokens)]
        truths = [random.below(vocabulary) for _ in range(tokens)]
        logs = np.array(logits)
        logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))
        labels = list(range(vocabulary))
        cases.append({
            "logits": logits, "truths": truths,
            "perplexity": number(np.exp(metrics.log_loss(truths, np.exp(logs), labels=labels))),
            "top5": number(metrics.top_k_accuracy_score(truths, logs, k=5, labels=labels)),
        })
    return cases


def write(path, value):
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n", encoding="utf-8")


def main():
    warnings.filterwarnings("ignore")  # scikit-learn warns of cases with one class
    folder = pathlib.Path(sys.argv[1])
    write(folder / "decisions.json", {
        "decisions": decisions(), "classes": classes(), "kid": kid(), "embeddings": embeddings(),
        "paired": paired(), "holm": holm(), "ranks": ranks(), "language": language(),
    })


if __name__ == "__main__":
    main()
