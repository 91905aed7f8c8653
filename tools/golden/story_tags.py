"""Golden values for tag well-formedness and pronoun grounding of story-metrics.

Usage: python tools/golden/story_tags.py crates/story-metrics/tests/golden

There is no original to ask: the definitions of src/tags.rs and src/pronouns.rs, written again with
regular expressions. All texts are invented here with SplitMix64.
"""

import json
import pathlib
import re
import sys
from collections import Counter

from decisions import SplitMix64

random = SplitMix64(77)
KNOWN = {"frame": {"image1", "image2"}, "entity": {"char1", "char2", "obj1"}, "action": {"char1", "char2"},
         "place": {"bg1"}}
KINDS = {"gdi": "frame", "gdf": "frame", "gdo": "entity", "gda": "action", "gdl": "place"}
PRONOUNS = "i you he she we they me him her us them my your his our their it its".split()
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s[^<>]*)?)>|<(/?)gd[A-Za-z0-9]*(?:\s[^<>]*)?(?=<|\Z)")
WORDS = ["Mira", "she", "He", "her kite", "it's late", "they're", "US", "us", "I'd", "1 < 2", "a > b", "his", "IT",
         "théir", "Their", "home.", "<3", "</", "<>", "< gdo>", "myself"]


def pick(items):
    return items[random.below(len(items))]


def opening(name):
    ids = [pick(["char1", "char2", "obj1", "bg1", "image1", "image2", "char9"]) for _ in range(1 + random.below(2))]
    return pick([f"<{name} {' '.join(ids)}>"] * 12 + [f"<{name}>", f"<{name}  {ids[0]} >", f"<{name} {ids[0]}"])


def tagged(depth):
    """A text with tags in it, mostly well-formed."""
    parts = []
    for _ in range(1 + random.below(4)):
        if depth == 0 or random.below(3) == 0:
            parts.append(pick(WORDS))
            continue
        name, good = pick([("gdo", "char1"), ("gdo", "obj1"), ("gda", "char2"), ("gdl", "bg1"), ("gdi", "image1"),
                           ("gdf", "image2"), ("b", "x"), ("GDO", "char1")])
        start = f"<{name} {good}>" if random.below(3) else opening(name)
        end = pick([f"</{name}>"] * 12 + ["", "</gdo>", f"</{name} >", f"</{name}"])
        parts.append(f"{start}{tagged(depth - 1)}{end}")
    return " ".join(parts)


def score(text):
    faults, stack, well_formed = Counter(), [], 0
    words, at = Counter(), 0

    def read(part):
        for word in re.findall(r"[^\W\d_]+", part):
            if word != "US" and word.lower() in PRONOUNS:
                words[word.lower(), any(KINDS.get(name) == "entity" for name, _ in stack)] += 1

    for match in TAG.finditer(text):
        read(text[at:match.start()])
        at = match.end()
        closing, name, ids = match.group(1), match.group(2), match.group(3)
        if name is None:
            faults["broken"] += 1
        elif closing:
            if name not in [open_name for open_name, _ in stack]:
                faults["not_opened"] += 1
                continue
            while True:
                open_name, fault = stack.pop()
                if open_name == name:
                    break
                faults[fault or "not_closed"] += 1
            if fault:
                faults[fault] += 1
            else:
                well_formed += 1
        else:
            kind, ids = KINDS.get(name), ids.split()
            fault = None
            if kind is None:
                fault = "unknown_name"
            elif not ids:
                fault = "no_id"
            elif not set(ids) <= KNOWN[kind]:
                fault = "unknown_id"
            stack.append((name, fault))
    read(text[at:])
    for _, fault in stack:
        faults[fault or "not_closed"] += 1
    pronouns = {word: [words[word, True], words[word, True] + words[word, False]] for word in PRONOUNS
                if words[word, True] + words[word, False]}
    return {"text": text, "well_formed": well_formed, "faults": dict(sorted(faults.items())), "pronouns": pronouns}


def main():
    texts = ["", "no tags", "<gdo char1>She</gdo>"] + [tagged(1 + random.below(3)) for _ in range(197)]
    path = pathlib.Path(sys.argv[1]) / "story_tags.json"
    cases = [score(text) for text in texts]
    path.write_text(json.dumps(cases, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
