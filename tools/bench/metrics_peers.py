"""Times the originals of story-metrics' text scores on the pairs of its benchmark, and compares.

Run by hand from the root of the repository:

    python tools/bench/metrics_peers.py

Needs:   cargo, Java, and of PyPI pycocoevalcap, rouge-score, nltk, sacrebleu, NumPy

Both sides run in turn on the same machine, so compare the ratios, not the times. Every score is
compared too: a ratio of two different computations says nothing.
"""

import json
import statistics
import subprocess
import tempfile
import time
import warnings

from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
from rouge_score import rouge_scorer
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

FEW = 300
RUNS = 3


def ours():
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = ["cargo", "bench", "-q", "-p", "story-metrics", "--bench", "text", "--", "--pairs", file.name]
        output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        pairs = json.load(file)
    rows = [line.split("\t") for line in output.splitlines() if "\t" in line]
    return pairs, {name.strip(): (float(ms.split()[0]), float(score)) for name, ms, score in rows}


def measured(work):
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        score = work()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times), score


def coco_tokens(pairs):
    texts = {i: [{"caption": text}] for i, text in enumerate(text for pair in pairs for text in pair)}
    tokens = PTBTokenizer().tokenize(texts)
    return [tokens[i][0] for i in range(2 * len(pairs))]


def rouge(kind, pairs):
    scorer = rouge_scorer.RougeScorer([kind], use_stemmer=False)
    return sum(scorer.score(reference, candidate)[kind].fmeasure for candidate, reference in pairs) / len(pairs)


def self_bleu(texts):
    tokenizer = Tokenizer13a()
    tokens = [tokenizer(text.lower()).split() for text in texts]
    smoothing = SmoothingFunction().method1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = [sentence_bleu(tokens[:i] + tokens[i + 1 :], own, smoothing_function=smoothing)
                  for i, own in enumerate(tokens)]
    return sum(scores) / len(scores)


def main():
    pairs, own = ours()
    tokens = coco_tokens(pairs)
    candidates = {i: [tokens[2 * i]] for i in range(len(pairs))}
    references = {i: [tokens[2 * i + 1]] for i in range(len(pairs))}
    peers = {
        "coco-tokens": lambda: sum(len(text.split(" ")) for text in coco_tokens(pairs)),
        "coco-bleu-4": lambda: Bleu(4).compute_score(references, candidates, verbose=0)[0][3],
        "coco-rouge-l": lambda: Rouge().compute_score(references, candidates)[0],
        "cider-d": lambda: Cider().compute_score(references, candidates)[0],
        "bleu-4": lambda: BLEU().corpus_score([p[0] for p in pairs], [[p[1] for p in pairs]]).score,
        "rouge-1": lambda: rouge("rouge1", pairs),
        "rouge-2": lambda: rouge("rouge2", pairs),
        "rouge-l": lambda: rouge("rougeL", pairs),
        "rouge-lsum": lambda: rouge("rougeLsum", pairs),
        "self-bleu-4-few": lambda: self_bleu([candidate for candidate, _ in pairs[:FEW]]),
    }
    print(f"{'metric':<16} {'ours ms':>9} {'theirs ms':>10} {'ratio':>7}")
    for name, work in peers.items():
        theirs, score = measured(work)
        ms, own_score = own[name]
        assert abs(score - own_score) < 1e-5 * max(1, abs(score)), (name, score, own_score)
        print(f"{name:<16} {ms:>9.1f} {theirs:>10.1f} {theirs / ms:>7.0f}")


main()
