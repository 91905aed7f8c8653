"""Golden ids for story-data's CLIP tokenizer: invented texts in many scripts.

Run by hand from the workspace root:

    python tools/golden/clip_tokenizer.py path/to/bpe_simple_vocab_16e6.txt.gz

Needs:   transformers, regex
Writes:  crates/story-data/tests/golden/clip_tokenizer.json

Two oracles must agree: transformers' CLIPTokenizer, and byte pairs written down plainly here, the
lowest-ranked pair first (Sennrich et al. 2016).
"""

import gzip
import itertools
import json
import sys
import unicodedata
from pathlib import Path

import regex
import transformers
from tokenizer import SENTENCES
from transformers import CLIPTokenizer

OUT = Path("crates/story-data/tests/golden/clip_tokenizer.json")
MAX_TOKENS = 16
START, END = "<|startoftext|>", "<|endoftext|>"
WORDS = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+")

# Every subject meets every ending once; the two lists share no measure, so that pairs differ.
SUBJECTS = [
    "A photo of a cat", "The diver's sister", "They've", "I'D", "we'll", "DON'T", "Ama's drum",
    "an OLD lighthouse", "two-headed", "zebra", "Ωμέγα", "ёжик", "Straße", "naïve", "café",
    "日本の猫", "고양이", "القطة", "हिन्दी", "ไทย", "Tiếng Việt", "\U0001F600", "\u2764\ufe0f",
    "3rd", "1999", "$5.00", "C++", "e\u0301clair", "\u1e9b\u0323", "İstanbul", "ﬁsh", "x²+y²",
    "I\u2019m", "rock 'n' roll", "'s", "'", "''", "'tis", "o'clock's", "a_b__c", "--", "\u2014",
]
ENDINGS = [
    "", " ", "!", "?!", " on a hill.", " isn't here", "\tand\nmore", "  two  blanks",
    " \U0001F468\u200d\U0001F469\u200d\U0001F467", " 1,234.5", "'s", "\u00a0hard", " #tag @name",
]


def vocabulary(merges):
    printing = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in printing}
    for byte in range(256):
        letters.setdefault(byte, chr(256 + len(letters) - len(printing)))
    single = list(letters.values())
    tokens = single + [letter + "</w>" for letter in single] + ["".join(m) for m in merges]
    return letters, {token: i for i, token in enumerate([*tokens, START, END])}


def plain(text, letters, ids, ranks):
    """The ids of a text's pieces."""
    text = regex.sub(r"\s+", " ", unicodedata.normalize("NFC", text))
    # A capital is lowered by itself: str.lower() looks around a final sigma.
    text = "".join(character.lower() for character in text)
    out = []
    for word in WORDS.findall(text):
        pieces = [letters[byte] for byte in word.encode()]
        pieces[-1] += "</w>"
        while len(pieces) > 1:
            pairs = list(itertools.pairwise(pieces))
            best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
            if best not in ranks:
                break
            merged, place = [], 0
            while place < len(pieces):
                if tuple(pieces[place : place + 2]) == best:
                    merged.append("".join(best))
                    place += 2
                else:
                    merged.append(pieces[place])
                    place += 1
            pieces = merged
        out += [ids[piece] for piece in pieces]
    return out


def texts():
    own = [
        subject + ENDINGS[(3 * place + turn) % len(ENDINGS)]
        for place, subject in enumerate(SUBJECTS)
        for turn in (0, 4, 7, 8, 11)
    ]
    rows = ["a photo of a dog " * 30, "\x00\x01bell\x07", "\ufffd\ufeff\u200b", "\U0010FFFF"]
    return list(dict.fromkeys(SENTENCES + own + rows))


def main():
    lines = gzip.open(sys.argv[1]).read().decode("utf-8").split("\n")
    merges = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
    letters, ids = vocabulary(merges)
    ranks = {merge: rank for rank, merge in enumerate(merges)}
    oracle = CLIPTokenizer(vocab=dict(ids), merges=list(merges))
    cases = []
    for text in texts():
        found = oracle(text)["input_ids"]
        expected = plain(text, letters, ids, ranks)
        if found != [ids[START], *expected, ids[END]]:
            raise SystemExit(f"the oracles differ on {text!r}: {found} and {expected}")
        row = oracle(text, truncation=True, padding="max_length", max_length=MAX_TOKENS)
        ends = row["input_ids"][len(expected) + 1 :]
        if any(i != ids[END] for i in ends) or sum(row["attention_mask"]) != min(len(found), MAX_TOKENS):
            raise SystemExit(f"padding is otherwise on {text!r}: {row}")
        cases.append([text, expected])
    golden = {
        "oracle": f"transformers {transformers.__version__}, OpenAI's merges",
        "start": ids[START],
        "end": ids[END],
        "cases": cases,
    }
    OUT.write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size, len(cases))


if __name__ == "__main__":
    main()
