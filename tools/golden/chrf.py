"""Golden values of chrF and chrF++ for story-metrics, from sacreBLEU.

Usage: python tools/golden/chrf.py crates/story-metrics/tests/golden

Made with sacrebleu 2.6.0. The texts are invented here, from small word lists of several scripts and a
linear congruential generator, so that every run writes the same file.
"""

import json
import pathlib
import sys

from sacrebleu.metrics import CHRF

WORDS = {
    "latin": "the red fox sleeps under a tree naïve café (quiet) \"lamp\" don't 3.5 well-known ... St. ÉTÉ Straße a b !".split(),
    "greek": "η κόκκινη αλεπού κοιμάται κάτω από ένα δέντρο, ΟΔΟΣ ΟΔΥΣΣΕΥΣ; «ναι»".split(),
    "cyrillic": "Рыжая лиса спит под деревом, а лодка (одна) плывёт домой.".split(),
    "arabic": "الثعلب الأحمر ينام تحت شجرة، والقارب يبحر إلى البيت؟".split(),
    "devanagari": "लाल लोमड़ी पेड़ के नीचे सोती है। नाव घर जाती है!".split(),
    "han": "红狐狸 睡在 树下。 船 回家 了 ！ 灯 亮着".split(),
    "emoji": "🦊 🦊🌲 👩‍🚀 e\u0301 🇨🇭 ok 🚣".split(),
}
SPACES = [" ", " ", " ", " ", "  ", "\t", "\u00a0", "\u3000", "\n", "\u2009", "\u001f"]


class Random:
    """Knuth's MMIX generator; its high bits are random enough here."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % bound

    def pick(self, items):
        return items[self.below(len(items))]


random = Random(12)


def sentence(script):
    words = [random.pick(WORDS[script]) for _ in range(random.below(9))]
    return "".join(word + random.pick(SPACES) for word in words)


def edited(text):
    """The text with some characters dropped, doubled or in the other case."""
    out = []
    for character in text:
        kind = random.below(12)
        out.append({0: "", 1: character * 2, 2: character.swapcase()}.get(kind, character))
    return "".join(out)


def cases():
    fixed = [
        ("", [""]),
        ("", ["a fox"]),
        ("a fox", [""]),
        (" \t ", ["\n"]),
        ("a", ["a"]),
        ("a fox", ["a fox"]),
        ("ab", ["ba", "ab"]),
        # Both references are equally good.
        ("abc", ["abx", "xbc"]),
        ("(hi) !", ["( hi ) !", "hi"]),
    ]
    scripts = sorted(WORDS)
    drawn = []
    for at in range(150):
        script = scripts[at % len(scripts)]
        references = [sentence(script) for _ in range(1 + random.below(3))]
        hypothesis = edited(random.pick(references)) if random.below(4) else sentence(random.pick(scripts))
        drawn.append((hypothesis, references))
    return fixed + drawn


KINDS = [{"word_order": order, "lowercase": lower} for order in (0, 2) for lower in (False, True)]


def corpora(cases):
    """Runs of cases with equally many references each, and all of them with the references they have."""
    for first, last in [(0, 1), (1, 2), (0, 9), (5, 40), (9, 90), (0, len(cases))]:
        part = cases[first:last]
        most = max(len(references) for _, references in part)
        streams = [
            [references[at] if at < len(references) else None for _, references in part]
            for at in range(most)
        ]
        for kind in KINDS:
            metric = CHRF(**kind)
            score = metric.corpus_score([hypothesis for hypothesis, _ in part], streams)
            signature = str(metric.get_signature()).rsplit("|version:", 1)[0]
            yield {"first": first, "last": last, **kind, "score": score.score, "signature": signature}


def main(folder):
    all_cases = cases()
    out = {
        "cases": [
            {
                "hyp": hypothesis,
                "refs": references,
                "scores": [CHRF(**kind).sentence_score(hypothesis, references).score for kind in KINDS],
            }
            for hypothesis, references in all_cases
        ],
        "corpora": list(corpora(all_cases)),
    }
    text = json.dumps(out, ensure_ascii=False, separators=(",", ":"))
    (pathlib.Path(folder) / "chrf.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
