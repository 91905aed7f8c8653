"""Golden ids for story-data's tokenizer: BERT's lower-casing WordPiece on invented sentences.

Run by hand:  python tools/golden/tokenizer.py path/to/bert-base-uncased/vocab.txt
Needs:        tokenizers, transformers
Writes:       crates/story-data/tests/golden/tokenizer.json

Two oracles must agree: the `tokenizers` package, and the pure Python tokenizer that
`transformers` keeps for Japanese BERT (an independent implementation of the same rules).
"""

import json
import sys
from pathlib import Path

import tokenizers
from tokenizers import BertWordPieceTokenizer
from transformers.models.bert_japanese.tokenization_bert_japanese import (
    BasicTokenizer,
    WordpieceTokenizer,
)

OUT = Path(__file__).parents[2] / "crates/story-data/tests/golden/tokenizer.json"
MAX_TOKENS = 16

SENTENCES = [
    "Ama walked to the river with her yellow bucket.",
    "The old tortoise did not hurry; he never hurried.",
    "\"Where is my drum?\" asked Kofi, looking under the bed.",
    "It's raining, isn't it? They've left, we'll wait, I'm cold, he'd know.",
    "Grandmother's well-known soup cost 3.50 at 10:30, and 1,000 people came!",
    "",
    "   ",
    "\t\n\r",
    "a",
    "THE LION ROARED",
    "Élodie naïvely ate crème brûlée in São Tomé.",
    "Zoë met Ångström and Łukasz at the café.",
    "Jalapeño, piñata, Übergröße, straße.",
    "İstanbul'da ılık bir gün.",
    "Η γάτα κοιμάται στο σπίτι.",
    "Кошка сидит на окне, Ёжик ушёл.",
    "猫坐在窗户上。",
    "ネコが窓に座っている。",
    "고양이가 창가에 앉아 있다.",
    "القطة تجلس على النافذة.",
    "החתול יושב על החלון.",
    "बिल्ली खिड़की पर बैठी है।",
    "แมวนั่งอยู่ที่หน้าต่าง",
    "The robot \U0001F916 waved \U0001F44B\U0001F3FD and smiled \u263a\ufe0f.",
    "emoji family: \U0001F468\u200d\U0001F469\u200d\U0001F467",
    "curly “quotes” and ‘single’ ones — with dashes – and ellipsis…",
    "non\u00a0breaking\u2003spaces\u3000here",
    "zero\u200bwidth\u200dmarks\ufeffhere",
    "control\u0007bell and\u0000null and\ufffdreplacement",
    "soft\u00adhyphen and combining e\u0301 and n\u0303",
    "ligature ﬁsh and fullwidth ＡＢＣ and superscript x²",
    "price: $5, €6, £7, ¥8 + 10% = ~11 <b>bold</b> a_b a^b `code` |pipe|",
    "C:\\path\\to\\file and /usr/bin and name@example.org #tag",
    "...!!!???---***",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "x" * 100,
    "x" * 101,
    "hippopotamuses wobbled unhurriedly",
    "One. Two? Three! Four; five: six, (seven) [eight] {nine}",
    "Word" + "\u0301" * 5 + " stacked accents",
    "1234567890 3.14159 007 2nd 3rd 4th",
    "don’t won’t o’clock rock ’n’ roll",
    "mixedCASE WordsLikeThis and snake_case_words",
    "\u0110\u00e0 N\u1eb5ng v\u00e0 H\u00e0 N\u1ed9i",
    "Mbali na Thabo babhukuda emfuleni.",
    "Watoto walicheza mpira karibu na mto.",
    "the the the the the the the the the the the the the the the the the the the the",
    "She said: 'Come!' -- and they came, one by one, over the hill and far away, all day long.",
    "\U0001D54F mathematical \U0001D4D0 letters",
    "\u2028line\u2029paragraph separators",
    "end with space ",
]


def main():
    vocab_path = sys.argv[1]
    fast = BertWordPieceTokenizer(vocab_path, lowercase=True)
    fast.no_truncation()
    vocab = {
        line.rstrip("\n"): index
        for index, line in enumerate(Path(vocab_path).read_text(encoding="utf-8").split("\n"))
    }
    basic = BasicTokenizer(do_lower_case=True, never_split=[])
    wordpiece = WordpieceTokenizer(vocab, unk_token="[UNK]", max_input_chars_per_word=100)
    cases = []
    for text in SENTENCES:
        ids = fast.encode(text, add_special_tokens=False).ids
        slow = [vocab[p] for word in basic.tokenize(text) for p in wordpiece.tokenize(word)]
        if ids != slow:
            raise SystemExit(f"the oracles differ on {text!r}: {ids} and {slow}")
        fast.enable_truncation(MAX_TOKENS)
        fast.enable_padding(length=MAX_TOKENS)
        row = fast.encode(text)
        fast.no_truncation()
        fast.no_padding()
        cases.append({"text": text, "ids": ids, "row": row.ids, "mask": row.attention_mask})
    golden = {
        "oracle": f"tokenizers {tokenizers.__version__}, bert-base-uncased's vocabulary",
        "max_tokens": MAX_TOKENS,
        "cases": cases,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, ensure_ascii=True) + "\n")
    print(OUT, OUT.stat().st_size, len(cases))


if __name__ == "__main__":
    main()
