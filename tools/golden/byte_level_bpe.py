"""Golden ids for story-data's byte-level BPE: 10,000 texts by formula, in many scripts.

Run by hand from the workspace root, with the folder of SmolLM2's tokenizer (tokenizer.json):

    python tools/golden/byte_level_bpe.py path/to/SmolLM2

Needs:   transformers, tokenizers, regex
Writes:  crates/story-data/tests/golden/byte_level_bpe/{golden,tokenizer}.json

Two oracles must agree: transformers, and byte pairs written down plainly here, the lowest-ranked
pair first (Sennrich et al. 2016) over the words of the `regex` module. `tokenizer.json` is a small
vocabulary of its own, trained here on texts of the same formula; of SmolLM2's, hashes only are kept.
Special tokens inside a text are plain letters on all sides.

transformers makes SmolLM2's tokenizer out of a GGUF file without looking at `tokenizer.ggml.pre`:
digits are not split off. The published tokenizer.json splits them, and so it is done here; how
many texts that touches is printed.

The formula, whose twin is crates/story-data/tests/it/tokenizer_byte_level.rs: SplitMix64 from SEED;
`below(n)` is the next number modulo n. A text has 1 + below(12) parts. A part begins with a blank
if below(2) is 0; then `below(pools + 1)` chooses a pool, of which `below(length)` chooses a string,
or, past the last pool, one of RANGES, of which 1 + below(3) characters are taken, each
`first + below(last - first + 1)`.
"""

import itertools
import json
import struct
import sys
from functools import cache
from pathlib import Path

import regex
import tokenizers
import transformers
from formula import fnv1a
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

OUT = Path("crates/story-data/tests/golden/byte_level_bpe")
SEED = fnv1a("byte-level-bpe")
COUNT, BLOCK, TRAINED_ON, MERGES = 10_000, 10, 3_000, 500
MASK = (1 << 64) - 1

POOLS = [
    # Words of stories, as they stand in a line and at its start.
    ["the", "The", "river", "Kofi", "said", "grandmother", "drums", "walked", "yellow", "BIG",
     "tortoise", "and", "a", "I", "he", "was", "to", "home", "under", "sky", "Once", "upon"],
    # Contractions, with both kinds of apostrophe, and what looks like one.
    ["'s", "'S", "n't", "'re", "'ve", "'m", "'ll", "'LL", "'d", "\u2019s", "'x", "don't", "'tis"],
    ["0", "7", "12", "007", "1999", "3.14", "1,000", "10:30", "2nd", "x2y", "\u0663", "\u00b2",
     "\u2167", "\u2461", "\u096a\u0968"],
    [".", ",", "!", "?!", "...", "\u2026", "\"", "\u201c", "\u201d", "(", ")", "--", "\u2014", ";",
     "$5", "#tag", "a_b", "C++", "<b>", "{}", "\\", "/", "~", "^^", "`", "|", "@", "%", "*"],
    [" ", "  ", "   ", "        ", "\n", "\n\n", "\n\n\n", "\r\n", "\t", " \n", "\n ", " \n \n ",
     "\u00a0", "\u3000", "\u2003", "\u2028", "\u0085", "\x0b", "\x0c", "\u200b", "\ufeff"],
    ["\u732b\u5750\u5728\u7a97\u6237\u4e0a", "\u3002", "\u30cd\u30b3", "\uace0\uc591\uc774",
     "\u0627\u0644\u0642\u0637\u0629", "\u060c", "\u0939\u093f\u0928\u094d\u0926\u0940",
     "\u0e44\u0e17\u0e22", "\u05d7\u05ea\u05d5\u05dc", "\u041a\u043e\u0448\u043a\u0430",
     "\u0393\u03ac\u03c4\u03b1", "Ti\u1ebfng", "na\u00efve", "na\u0069\u0308ve", "e\u0301clair",
     "\u0130stanbul", "\ufb01sh", "stra\u00dfe", "\u1e9b\u0323"],
    ["\U0001f600", "\u2764\ufe0f", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
     "\U0001f44b\U0001f3fd", "\U0001f1ec\U0001f1ed", "\u263a", "\u2192", "\u221e", "\U0001d54f"],
    ["<|im_end|>", "<|im_start|>", "<|endoftext|>", "<|im_end", "[UNK]", "</s>", "<0x0A>"],
]
RANGES = [
    [0x00, 0x1F], [0x20, 0x7E], [0x7F, 0x9F], [0xA0, 0xFF], [0x100, 0x17F], [0x300, 0x36F],
    [0x3B1, 0x3C9], [0x410, 0x44F], [0x5D0, 0x5EA], [0x627, 0x63A], [0x660, 0x669], [0x905, 0x939],
    [0xE01, 0xE2E], [0x1100, 0x1112], [0x1E00, 0x1EFF], [0x2000, 0x200F], [0x2010, 0x2027],
    [0x2160, 0x216B], [0x2460, 0x2473], [0x3041, 0x3096], [0x4E00, 0x9FA5], [0xAC00, 0xD7A3],
    [0xE000, 0xE0FF], [0xFE00, 0xFE0F], [0x1D400, 0x1D433], [0x1F600, 0x1F64F],
    [0x20000, 0x200FF], [0x10FFF0, 0x10FFFF],
]

GPT_2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN_2 = LLAMA_3.replace(r"\p{N}{1,3}", r"\p{N}")
# By the names of `tokenizer.ggml.pre`: the patterns that split, one after the other.
SPLITTINGS = {
    "gpt-2": [GPT_2],
    "smollm": [r"\p{N}", GPT_2],
    "llama-bpe": [LLAMA_3],
    "qwen2": [QWEN_2],
    # llama.cpp's, for files that do not say.
    "default": [r"[\p{P}\$\+<=>\^~\|]+", GPT_2, r"\p{N}+", "[0-9][0-9][0-9]"],
}
# Bytes that the small vocabulary has no token for, as SmolLM2's lacks some.
LACKING = [0x04, 0x06, 0x13, 0xC0, 0xC1, *range(0xF5, 0x100)]
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def letters():
    printing = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    out = {byte: chr(byte) for byte in printing}
    for byte in range(256):
        out.setdefault(byte, chr(256 + len(out) - len(printing)))
    return out


LETTERS = letters()


def texts(count):
    state = SEED

    def below(n):
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % n

    for _ in range(count):
        text = ""
        for _ in range(1 + below(12)):
            text += " " if below(2) == 0 else ""
            kind = below(len(POOLS) + 1)
            if kind < len(POOLS):
                text += POOLS[kind][below(len(POOLS[kind]))]
            else:
                first, last = RANGES[below(len(RANGES))]
                text += "".join(chr(first + below(last - first + 1)) for _ in range(1 + below(3)))
        yield text


def split_by(name):
    """The splitting as `tokenizers` has it, in the form of the published files."""
    if name == "gpt-2":
        return pre_tokenizers.ByteLevel(add_prefix_space=False)
    if name == "smollm":
        digits = pre_tokenizers.Digits(individual_digits=True)
        return pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    splits = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in SPLITTINGS[name]]
    to_letters = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([*splits, to_letters])


class Plain:
    """Byte pairs, written down plainly."""

    def __init__(self, document, name):
        model = document["model"]
        self.ids, self.name = model["vocab"], name
        self.ranks = {tuple(pair): rank for rank, pair in enumerate(model["merges"])}
        self.merged = cache(self.merged)

    def words(self, text):
        chunks = [text]
        for pattern in SPLITTINGS[self.name]:
            found = []
            for chunk in chunks:
                end = 0
                for match in regex.finditer(pattern, chunk):
                    found += [chunk[end : match.start()], match.group()]
                    end = match.end()
                found.append(chunk[end:])
            chunks = [chunk for chunk in found if chunk]
        return chunks

    def merged(self, word):
        pieces = [LETTERS[byte] for byte in word.encode()]
        if self.name == "llama-bpe" and "".join(pieces) in self.ids:
            return [self.ids["".join(pieces)]]
        # A byte without a token is left out before anything is merged.
        pieces = [piece for piece in pieces if piece in self.ids]
        while len(pieces) > 1:
            pairs = list(itertools.pairwise(pieces))
            best = min(pairs, key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if best not in self.ranks:
                break
            out, place = [], 0
            while place < len(pieces):
                if tuple(pieces[place : place + 2]) == best:
                    out.append("".join(best))
                    place += 2
                else:
                    out.append(pieces[place])
                    place += 1
            pieces = out
        return [self.ids[piece] for piece in pieces]

    def encode(self, text):
        if self.name == "qwen2":
            text = normalizers.NFC().normalize_str(text)
        return [i for word in self.words(text) for i in self.merged(word)]


def own_vocabulary():
    """A small vocabulary, trained on texts of the formula split as Llama 3 does, so that marks
    merge with line breaks and digits with digits: every splitting then shows."""
    lacking = {LETTERS[byte] for byte in LACKING}
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = split_by("llama-bpe")
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=len(SPECIAL) + 256 - len(LACKING) + MERGES,
        special_tokens=SPECIAL,
        initial_alphabet=sorted(set(LETTERS.values()) - lacking),
        show_progress=False,
    )
    told = [t for t in texts(TRAINED_ON) if not lacking & {LETTERS[b] for b in t.encode()}]
    made.train_from_iterator(told, trainer)
    made.pre_tokenizer = split_by("smollm")
    return json.loads(made.to_str())


def rows(document, name):
    """The ids of all texts by both oracles."""
    model = {**document["model"], "ignore_merges": name == "llama-bpe"}
    backend = Tokenizer.from_str(json.dumps({**document, "model": model}))
    backend.pre_tokenizer = split_by(name)
    if name == "qwen2":
        backend.normalizer = normalizers.NFC()
    oracle = PreTrainedTokenizerFast(tokenizer_object=backend)
    plain = Plain({"model": model}, name)
    out = []
    for text in texts(COUNT):
        found = oracle(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        if found != plain.encode(text):
            raise SystemExit(f"{name}: the oracles differ on {text!r}: {found}, {plain.encode(text)}")
        out.append(found)
    return out


def hashed(all_rows):
    """32 bits a block: FNV-1a over each row's length and ids, both halves folded."""
    out = ""
    for start in range(0, COUNT, BLOCK):
        state = 0xCBF29CE484222325
        for row in all_rows[start : start + BLOCK]:
            for byte in struct.pack(f"<{len(row) + 1}I", len(row), *row):
                state = ((state ^ byte) * 0x100000001B3) & MASK
        out += f"{(state >> 32) ^ (state & 0xFFFFFFFF):08x}"
    return out


def main():
    published = json.loads((Path(sys.argv[1]) / "tokenizer.json").read_text(encoding="utf-8"))
    own = own_vocabulary()
    told = rows(published, "smollm")
    plain = Plain(published, "gpt-2")
    differ = sum(row != plain.encode(text) for row, text in zip(told, texts(COUNT)))
    print(f"{differ} of {COUNT} texts are otherwise where digits are not split off")
    golden = {
        "oracle": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}",
        "pools": POOLS,
        "ranges": RANGES,
        "seed": f"{SEED:016x}",
        "count": COUNT,
        "block": BLOCK,
        "texts": f"{fnv1a(chr(0).join(texts(COUNT))):016x}",
        "tokens": sum(map(len, told)),
        "smollm2": hashed(told),
        "own": {name: hashed(rows(own, name)) for name in SPLITTINGS},
    }
    OUT.mkdir(parents=True, exist_ok=True)
    for name, content in [("golden", golden), ("tokenizer", own)]:
        path = OUT / f"{name}.json"
        path.write_text(json.dumps(content, ensure_ascii=True, separators=(",", ":")) + "\n")
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
