"""Times the originals of story-metrics' text scores on the pairs of its benchmark, and compares.

Run by hand from the root of the repository:

    python tools/bench/metrics_peers.py [STORY]

Needs:   cargo, Java, and of PyPI pycocoevalcap, rouge-score, nltk, sacrebleu, NumPy

STORY is a release build of the command line; with it, METEOR 1.5 is also timed as whole processes, from
start to end with the reading of its data: `story score` against the jar on the same two files, and
against pycocoevalcap on the same texts, which asks the jar line by line.

Both sides run in turn on the same machine, so compare the ratios, not the times. Every score is
compared too: a ratio of two different computations says nothing.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.meteor import meteor
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


def distinct(texts):
    tokenizer = Tokenizer13a()
    tokens = [tuple(tokenizer(text.lower()).split()) for text in texts]
    grams = [{own[i : i + n] for own in tokens for i in range(len(own) - n + 1)} for n in (1, 2, 3, 4)]
    repeated = [len({own[i : i + 4] for i in range(len(own) - 3)}) for own in tokens]
    assert all(grams) and len(repeated) == len(texts)
    return len(set(tokens)) / len(tokens)


def whole_processes(story, pairs):
    """METEOR 1.5 from files to a score."""
    jar = pathlib.Path(meteor.__file__).parent / meteor.METEOR_JAR
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder) / name for name in ("candidates", "references")]
        for file, texts in zip(files, zip(*pairs)):
            file.write_text("".join(text + "\n" for text in texts), encoding="utf-8")

        def own(name):
            command = [story, "score", "--candidates", files[0], "--references", files[1], "--metrics", name,
                       "--resamples", "0", "--meteor-data", jar.parent, "--json", "--quiet"]
            answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
            return json.loads(answer)["metrics"][0]["value"]

        def jar_alone():
            command = ["java", "-Dfile.encoding=UTF-8", "-Xmx2G", "-jar", jar, *files, "-l", "en", "-norm"]
            answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
            return float(answer.split("Final score:")[1])

        def coco():
            tokens = coco_tokens(pairs)
            sides = [{i: [tokens[2 * i + side]] for i in range(len(pairs))} for side in (1, 0)]
            return meteor.Meteor().compute_score(*sides)[0]

        for name, peer in (("meteor-1.5", jar_alone), ("coco-meteor", coco)):
            yield f"{name} whole", *measured(lambda: own(name)), *measured(peer)


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
        "distinct": lambda: distinct([candidate for candidate, _ in pairs]),
        "self-bleu-4-few": lambda: self_bleu([candidate for candidate, _ in pairs[:FEW]]),
    }
    def rows():
        for name, work in peers.items():
            yield name, *own[name], *measured(work)
        if len(sys.argv) > 1:
            yield from whole_processes(sys.argv[1], pairs)

    print(f"{'metric':<18} {'ours ms':>9} {'theirs ms':>10} {'ratio':>7}")
    for name, ms, own_score, theirs, score in rows():
        assert abs(score - own_score) < 1e-5 * max(1, abs(score)), (name, score, own_score)
        print(f"{name:<18} {ms:>9.1f} {theirs:>10.1f} {theirs / ms:>7.1f}", flush=True)


main()
