"""Times the Python package beside its originals: 10,000 pairs with five references, in turn.

Run by hand from the root of the repository, after `cargo xtask wheel`, in an environment with the wheel:

    python tools/bench/wheel_peers.py [RUNS]

Needs:   of PyPI pycocoevalcap, sacrebleu, rouge-score; Java for METEOR and the tokens

Both sides run with what they take by themselves: ours all cores, the originals one. The sides take turns, so compare
the ratios of the medians, not the times. Import is that of a fresh process, size that of the installed package with
what it needs.
"""

import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "python/tests"))

from texts import captions  # noqa: E402

import pycocoevalcap.bleu.bleu  # noqa: E402
import pycocoevalcap.cider.cider  # noqa: E402
import pycocoevalcap.meteor.meteor  # noqa: E402
import pycocoevalcap.rouge.rouge  # noqa: E402
import pycocoevalcap.tokenizer.ptbtokenizer  # noqa: E402
import rouge_score.rouge_scorer  # noqa: E402
import sacrebleu  # noqa: E402
import story_metrics.pycocoevalcap as ours  # noqa: E402
import story_metrics.rouge_score  # noqa: E402
import story_metrics.sacrebleu  # noqa: E402

ITEMS, REFERENCES = 10_000, 5


def rouge(scorer, candidates, references):
    scorer = scorer(["rouge1", "rougeL"])
    for candidate, several in zip(candidates, references):
        scorer.score(several[0], candidate)


def quietly(work):
    """The original's BLEU prints."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()):
        work()


def main(runs):
    candidates, references = captions(1, ITEMS, REFERENCES)
    captioned = lambda texts: [{"caption": it} for it in texts]
    gts = {at: captioned(it) for at, it in enumerate(references)}
    res = {at: captioned([it]) for at, it in enumerate(candidates)}
    own_tokens = ours.PTBTokenizer()
    tokens = own_tokens.tokenize(gts), own_tokens.tokenize(res)
    streams = [[it[at % len(it)] for it in references] for at in range(REFERENCES)]
    original = pycocoevalcap
    pairs = {
        "COCO's tokens": (
            lambda: own_tokens.tokenize(gts),
            lambda: original.tokenizer.ptbtokenizer.PTBTokenizer().tokenize(gts),
        ),
        "COCO BLEU": (
            lambda: ours.Bleu(4).compute_score(*tokens),
            lambda: original.bleu.bleu.Bleu(4).compute_score(*tokens),
        ),
        "CIDEr-D": (
            lambda: ours.Cider().compute_score(*tokens),
            lambda: original.cider.cider.Cider().compute_score(*tokens),
        ),
        "COCO ROUGE-L": (
            lambda: ours.Rouge().compute_score(*tokens),
            lambda: original.rouge.rouge.Rouge().compute_score(*tokens),
        ),
        "METEOR 1.5": (
            lambda: ours.Meteor().compute_score(*tokens),
            lambda: original.meteor.meteor.Meteor().compute_score(*tokens),
        ),
        "sacreBLEU": (
            lambda: story_metrics.sacrebleu.corpus_bleu(candidates, streams),
            lambda: sacrebleu.corpus_bleu(candidates, streams),
        ),
        "chrF++": (
            lambda: story_metrics.sacrebleu.corpus_chrf(candidates, streams, word_order=2),
            lambda: sacrebleu.corpus_chrf(candidates, streams, word_order=2),
        ),
        "ROUGE-1 and L, one by one": (
            lambda: rouge(story_metrics.rouge_score.RougeScorer, candidates, references),
            lambda: rouge(rouge_score.rouge_scorer.RougeScorer, candidates, references),
        ),
        "import": (
            lambda: subprocess.run([sys.executable, "-c", "import story_metrics"], check=True),
            lambda: subprocess.run([sys.executable, "-c", "import sacrebleu, rouge_score.rouge_scorer"], check=True),
        ),
    }
    print(f"{'':<28}{'ours s':>9}{'theirs s':>10}{'ratio':>8}   medians of {runs}, {ITEMS} texts, up to {REFERENCES} references")
    for name, sides in pairs.items():
        times = [[], []]
        for _ in range(runs):
            for side, work in enumerate(sides):
                start = time.perf_counter()
                quietly(work)
                times[side].append(time.perf_counter() - start)
        one, other = map(statistics.median, times)
        print(f"{name:<28}{one:>9.2f}{other:>10.2f}{one / other:>8.3f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
