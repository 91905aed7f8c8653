"""Golden ids for story-data's SentencePiece BPE, and for published vocabularies of both kinds of BPE.

Run by hand from the workspace root:

    python tools/golden/sentence_piece_bpe.py QWEN LLAMA_3 SENTENCE_PIECE FOLDER

QWEN is `qwen.tiktoken` (PyPI: dashscope), LLAMA_3 `llama3/tokenizer.model` (llama-models), SENTENCE_PIECE
`tokenizer.model.v1` of Mistral 7B (mistral-common). What the tests read of them is written to FOLDER,
outside the repository: `STORY_TOKENIZERS=FOLDER cargo test -p story-data tokenizer`.

Needs:   sentencepiece, tiktoken, regex, and what byte_level_bpe.py needs
Writes:  crates/story-data/tests/golden/sentence_piece/{golden,parts}.json, FOLDER/*.json

The oracles are `sentencepiece` and `tiktoken` themselves, on the 10,000 texts of byte_level_bpe.py. The
small vocabulary is trained here on texts of the same formula; of the published ones hashes only are kept.
"""

import base64
import io
import json
import sys
import unicodedata
from pathlib import Path

import sentencepiece
import tiktoken
from byte_level_bpe import COUNT, LETTERS, LLAMA_3, QWEN_2, hashed, texts

OUT = Path("crates/story-data/tests/golden/sentence_piece")
TRAINED_ON, PIECES = 10_000, 700
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6


def small_vocabulary():
    """SentencePiece's BPE as Llama 2 has it, of few pieces, trained on texts of Latin letters."""
    written = io.BytesIO()
    latin = (text for text in texts(TRAINED_ON) if text.isprintable() and max(map(ord, text)) < 0x250)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=latin,
        model_writer=written,
        model_type="bpe",
        vocab_size=PIECES,
        byte_fallback=True,
        character_coverage=0.98,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        split_digits=True,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())


def parts(model):
    """What a GGUF file holds of it."""
    places = range(model.get_piece_size())

    def kind(place):
        if model.is_unknown(place):
            return UNKNOWN
        return CONTROL if model.is_control(place) else BYTE if model.is_byte(place) else NORMAL

    return {
        "model": "llama",
        "tokens": [model.id_to_piece(place) for place in places],
        "scores": [model.get_score(place) for place in places],
        "types": [kind(place) for place in places],
    }


def tiktoken_parts(path, pattern, name):
    """Tokens and merges: a token is made of the two that its bytes were before their last merge. A few of
    Llama 3's are made by no merges: they are found as whole words alone."""
    ranks = {
        base64.b64decode(token): int(rank)
        for token, rank in (line.split() for line in Path(path).read_bytes().splitlines() if line)
    }
    oracle = tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})

    def halves(token):
        pieces = [bytes([byte]) for byte in token]
        while len(pieces) > 2:
            made = [ranks.get(a + b, len(ranks)) for a, b in zip(pieces, pieces[1:])]
            best = min(range(len(made)), key=made.__getitem__)
            if made[best] >= ranks[token]:
                return None
            pieces[best : best + 2] = [pieces[best] + pieces[best + 1]]
        return pieces

    def written(token):
        return "".join(LETTERS[byte] for byte in token)

    by_rank = sorted(ranks, key=ranks.get)
    pairs = [pair for token in by_rank if len(token) > 1 and (pair := halves(token))]
    merges = [" ".join(map(written, pair)) for pair in pairs]
    return oracle, {
        "model": "gpt2",
        "pre": name,
        "tokens": [written(token) for token in by_rank],
        "merges": merges,
    }


def main():
    qwen, llama_3, sentence_piece, folder = sys.argv[1:]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    golden = {"sentencepiece": sentencepiece.__version__, "tiktoken": tiktoken.__version__}

    small = small_vocabulary()
    golden["small"] = hashed([small.encode(text) for text in texts(COUNT)])
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "parts.json").write_text(json.dumps(parts(small), ensure_ascii=False) + "\n")

    mistral = sentencepiece.SentencePieceProcessor(model_file=sentence_piece)
    golden["mistral"] = hashed([mistral.encode(text) for text in texts(COUNT)])
    (folder / "mistral.json").write_text(json.dumps(parts(mistral), ensure_ascii=False))

    for path, pattern, name in ((qwen, QWEN_2, "qwen2"), (llama_3, LLAMA_3, "llama-bpe")):
        oracle, written = tiktoken_parts(path, pattern, name)
        composed = (lambda t: unicodedata.normalize("NFC", t)) if name == "qwen2" else str
        rows = [oracle.encode_ordinary(composed(text)) for text in texts(COUNT)]
        golden[name] = hashed(rows)
        (folder / f"{name}.json").write_text(json.dumps(written, ensure_ascii=False))
    (OUT / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
