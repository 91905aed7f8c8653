"""Golden values for story-metrics, from sacrebleu, rouge-score, scikit-image and NumPy.

Usage: python tools/golden/metrics.py crates/story-metrics/tests/golden

Made with sacrebleu 2.6.0, rouge-score 0.1.2, scikit-image 0.26.0, NumPy 2.4.6. All inputs are
invented here from small word lists, integer formulas and SplitMix64, so that every run writes the
same files.
"""

import json
import pathlib
import sys

import numpy as np
from rouge_score import rouge_scorer
from rouge_score.tokenize import tokenize as rouge_tokenize
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

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

    def pick(self, items):
        return items[self.below(len(items))]


random = SplitMix64(2024)

WHO = ["the fox", "Mira", "an old sailor", "the twins", "my neighbour's cat", "Dr. Olsen", "a tiny robot"]
DOES = ["finds", "paints", "carries", "loses", "repairs", "sings about", "hides", "doesn't see"]
WHAT = ["a red kite", "the broken lamp", "3.5 apples", "1,204 letters", "a half-eaten cake", "the 7-day map", "nothing"]
WHERE = ["near the river", "in the attic", "under a bridge", "at 9:30", "behind the café", "on the moon", "by the sea"]
ENDS = [".", "!", "?", "...", ",", "", " .", ";"]


def sentence():
    words = f"{random.pick(WHO)} {random.pick(DOES)} {random.pick(WHAT)} {random.pick(WHERE)}"
    text = words[0].upper() + words[1:] + random.pick(ENDS)
    if random.below(4) == 0:
        text += f" Then {random.pick(WHO)} {random.pick(DOES)} {random.pick(WHAT)}{random.pick(ENDS)}"
    return text


def edited(text):
    """The text with up to four words dropped, doubled, swapped or replaced."""
    words = text.split(" ")
    for _ in range(random.below(5)):
        if not words:
            break
        at = random.below(len(words))
        kind = random.below(5)
        if kind == 0:
            del words[at]
        elif kind == 1:
            words.insert(at, words[at])
        elif kind == 2:
            other = random.below(len(words))
            words[at], words[other] = words[other], words[at]
        elif kind == 3:
            words[at] = random.pick(["green", "slowly", "Mira", "the", "42", "river"])
        else:
            words[at] = words[at].upper()
    return " ".join(words)


ODD = [
    ("", ["a dog sleeps"]),
    ("", [""]),
    ("   ", ["a dog sleeps"]),
    ("a dog sleeps", [""]),
    ("dog", ["dog"]),
    ("dog", ["cat"]),
    ("dog", ["the dog"]),
    ("the dog", ["the dog"]),
    ("the dog ran", ["the dog ran"]),
    ("the dog ran home", ["the dog ran home"]),
    ("no word in common here", ["entirely different tokens elsewhere stand"]),
    ("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"]),
    ("ha ha ha ha ha", ["ha ha ha"]),
    ("ha ha ha", ["ha ha ha ha ha ha ha ha"]),
    ("...", ["..."]),
    ("?!", ["!?"]),
    (".,;:-", ["-:;,."]),
    ("— … «»", ["… — «»"]),
    ("naïve café, déjà vu", ["naïve cafe, deja vu"]),
    ("Ünïcödé ÄÖÜ straße", ["ünïcödé äöü STRASSE"]),
    ("狐が川を渡る。", ["狐が川を渡る。"]),
    ("лиса бежит домой быстро", ["лиса идёт домой быстро"]),
    ("İstanbul ΣΊΣΥΦΟΣ K", ["i̇stanbul σίσυφος k"]),
    ("🦊 runs 🏠 now", ["🦊 runs 🏠 now"]),
    ("a\u00a0b\u2003c\u3000d e", ["a b c d e"]),
    ("a\x1cb\x1dc\x1ed\x1fe", ["a b c d e"]),
    ("a\u200bb c\u0085d", ["ab c d"]),
    ("tab\tand  two   spaces ", [" tab and two spaces"]),
    ("line one\nline two\r\nline three", ["line one line two line three"]),
    ("hyphen-\nated end-\n", ["hyphenated end"]),
    ("&quot;Hi&quot; &amp; &lt;bye&gt;", ['"Hi" & <bye>']),
    ("&amp;lt; &amp;amp;quot;", ["< & \""]),
    ("a <skipped> b<skipped>", ["a b"]),
    ("3.14 1,000 .5 5. ,7 8, 1.2.3", ["3.14 1,000 .5 5. ,7 8, 1.2.3"]),
    ("wait.... what.. a,,b .. , ,", ["wait ... what a, b . ."]),
    ("5-year 10-20 x-5 5- -5 --", ["5 - year 10 - 20 x-5 5 - -5 - -"]),
    ("١٢٣.٤ ５.５", ["١٢٣ . ٤ ５ . ５"]),
    ("[a] {b} (c) <d> a/b c\\d e_f g^h `i` ~j |k", ["[ a ] { b } ( c ) a / b e _ f"]),
    ("it's John's don't 'quoted'", ["it 's John 's don't quoted"]),
    ("100% $5 #tag @me a+b=c a*b", ["100 % $ 5 # tag @ me"]),
    ("THE FOX RUNS HOME TODAY", ["the fox runs home today"]),
    ("the fox runs home today", ["The Fox runs home today", "the fox ran home", "a fox is running"]),
    ("a b c d", ["a b c", "a b c d e"]),
    ("a b c d", ["a b c d e", "a b c"]),
    ("a b c d e f", ["a b", "c d", "e f", "a c e b d f"]),
    ("one two three four five", ["five four three two one"]),
    (" ".join(f"w{i % 9}" for i in range(150)), [" ".join(f"w{i % 7}" for i in range(140))]),
]


def text_cases():
    cases = [{"hyp": hyp, "refs": refs} for hyp, refs in ODD]
    while len(cases) < 170:
        refs = [sentence() for _ in range(1 + (random.below(3) == 0) + (random.below(5) == 0))]
        hyp = sentence() if random.below(6) == 0 else edited(random.pick(refs))
        cases.append({"hyp": hyp, "refs": refs})
    return cases


SMOOTHINGS = [("none", None), ("floor", 0.1), ("floor", 0.5), ("add-k", 1), ("add-k", 0.25), ("exp", None)]


def number(value):
    return float(f"{float(value):.13g}")


def bleu(smooth, value, order, lowercase, effective):
    return BLEU(lowercase=lowercase, force=True, smooth_method=smooth, smooth_value=value,
                max_ngram_order=order, effective_order=effective)


def streams(cases):
    """References as sacrebleu wants them: one stream a reference, None where there is none."""
    width = max(len(case["refs"]) for case in cases)
    return [[case["refs"][i] if i < len(case["refs"]) else None for case in cases] for i in range(width)]


def text():
    cases = text_cases()
    tokenizer = Tokenizer13a()
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
    sentence_bleu = [bleu(s, v, 4, False, True) for s, v in SMOOTHINGS]
    for case in cases:
        hyp, refs = case["hyp"], case["refs"]
        case["tokens_13a"] = tokenizer(hyp.rstrip())
        case["tokens_rouge"] = " ".join(rouge_tokenize(hyp, None))
        rouge = scorer.score_multi(refs, hyp)
        for kind in ["rouge1", "rouge2", "rougeL"]:
            case[kind] = [number(rouge[kind].precision), number(rouge[kind].recall), number(rouge[kind].fmeasure)]
        case["sentence_bleu"] = [number(metric.sentence_score(hyp, refs).score) for metric in sentence_bleu]

    ranges = [(0, len(cases)), (0, len(ODD)), (len(ODD), len(cases)), (0, 3), (4, 8), (14, 18)]
    corpora = []
    for first, last in ranges:
        part = cases[first:last]
        hyps = [case["hyp"] for case in part]
        for smooth, value in SMOOTHINGS:
            for order in [1, 2, 3, 4]:
                for lowercase in [False, True]:
                    metric = bleu(smooth, value, order, lowercase, False)
                    result = metric.corpus_score(hyps, streams(part))
                    corpora.append({
                        "first": first, "last": last, "smooth": smooth, "value": value, "order": order,
                        "lowercase": lowercase, "score": number(result.score), "hyp_len": result.sys_len,
                        "ref_len": result.ref_len, "bp": number(result.bp),
                        "signature": str(metric.get_signature()).rsplit("|", 1)[0],
                    })
    smoothings = [{"smooth": smooth, "value": value} for smooth, value in SMOOTHINGS]
    return {"smoothings": smoothings, "cases": cases, "corpora": corpora}


def picture(kind, channels, height, width):
    """Integer formulas, so that both languages compute the same f32 values."""
    c, y, x = np.meshgrid(np.arange(channels), np.arange(height), np.arange(width), indexing="ij")
    level = {
        "slope": (3 * x + 2 * y + 40 * c) % 256,
        "checks": 255 * ((x // 4 + y // 4 + c) % 2),
        "noise": (x * x * 7 + y * 31 + x * y * 13 + c * 101) % 256,
        "blend": ((3 * x + 2 * y + 40 * c) % 256 * 3 + (x * 17 + y * 29 + c * 7) % 256) // 4,
        "flat": 0 * x + 90 + 0 * y + 0 * c,
    }[kind]
    return (level / 255.0).astype(np.float32).astype(np.float64)


def pictures():
    cases = []
    for shape in [(1, 11, 11), (3, 24, 17), (3, 64, 64), (2, 11, 40)]:
        for first, second in [("slope", "blend"), ("slope", "noise"), ("checks", "slope"), ("flat", "noise"),
                              ("flat", "flat"), ("checks", "noise")]:
            a, b = picture(first, *shape), picture(second, *shape)
            for data_range in [1.0, 2.0]:
                equal = first == second
                cases.append({
                    "shape": shape, "predicted": first, "target": second, "data_range": data_range,
                    "mse": number(mean_squared_error(a, b)),
                    "psnr": None if equal else number(peak_signal_noise_ratio(b, a, data_range=data_range)),
                    "ssim": number(structural_similarity(
                        a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                        data_range=data_range, channel_axis=0)),
                })
    return cases


def bootstrap(cases):
    """Intervals over the text cases, clustered in threes, with sacrebleu's score of each resample."""
    metric = bleu("exp", None, 4, False, False)
    stats = metric._extract_corpus_statistics([case["hyp"] for case in cases], streams(cases))
    stats = np.array(stats, dtype=np.int64)
    words = np.array([len(case["hyp"].split()) for case in cases], dtype=np.int64)
    clusters = np.array([i // 3 for i in range(len(cases))])
    count = int(clusters.max()) + 1
    results = []
    for seed, resamples, level in [(0, 400, 0.95), (7, 333, 0.9), (18446744073709551615, 50, 0.5)]:
        generator = SplitMix64(seed)
        scores, means = [], []
        for _ in range(resamples):
            drawn = [generator.below(count) for _ in range(count)]
            rows = np.concatenate([np.nonzero(clusters == cluster)[0] for cluster in drawn])
            scores.append(metric._compute_score_from_stats(stats[rows].sum(axis=0).tolist()).score)
            means.append(words[rows].mean())
        ends = [50 * (1 - level), 100 - 50 * (1 - level)]
        results.append({
            "seed": seed, "resamples": resamples, "level": level,
            "bleu": [number(end) for end in np.percentile(scores, ends)],
            "words": [number(end) for end in np.percentile(means, ends)],
        })
    return results


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    texts = text()
    texts["bootstrap"] = bootstrap(texts["cases"])
    write(folder / "text.json", texts)
    write(folder / "picture.json", pictures())


if __name__ == "__main__":
    main()
