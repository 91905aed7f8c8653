"""Golden values of story-metrics' COCO caption scores, ROUGE-Lsum and self-BLEU.

Run by hand from the root of the repository:

    python tools/golden/coco_captions.py

Needs:   Java, and of PyPI pycocoevalcap 1.2, rouge-score 0.1.2, nltk 3.10, sacrebleu 2.6, NumPy
Writes:  crates/story-metrics/tests/golden/coco.json

The oracles are pycocoevalcap itself with the Java tokeniser that it ships, rouge-score and NLTK.
Plain CIDEr has no implementation in it and is written here with NumPy from the formula of the paper
(arXiv 1411.5726, section 4). All texts are invented here.
"""

import json
import math
import pathlib
import random
import subprocess
import tempfile
import warnings
from collections import Counter

import numpy as np
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from pycocoevalcap.bleu.bleu_scorer import BleuScorer
from pycocoevalcap.cider.cider_scorer import CiderScorer
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer import ptbtokenizer
from rouge_score import rouge_scorer
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

OUT = pathlib.Path("crates/story-metrics/tests/golden/coco.json")
JAR = pathlib.Path(ptbtokenizer.__file__).parent / ptbtokenizer.STANFORD_CORENLP_3_4_1_JAR
# Stands between the texts: a text's last initial keeps its period or not by the next text's first
# word, and ours sees one text at a time.
BETWEEN = "x"


def ptb_lines(texts):
    """The jar's tokens of each text, with the command that pycocoevalcap gives it."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("".join(f"{text}\n{BETWEEN}\n" for text in texts))
        file.flush()
        command = ["java", "-cp", str(JAR), "edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase"]
        run = subprocess.run([*command, file.name], capture_output=True, check=True)
    lines = run.stdout.decode().split("\n")
    assert len(lines) == 2 * len(texts) + 1, "a text holds a line break"
    return lines[: 2 * len(texts) : 2]


def tokenize(texts):
    """pycocoevalcap's tokens, joined by blanks."""
    dropped = ptbtokenizer.PUNCTUATIONS
    return [" ".join(w for w in line.rstrip().split(" ") if w not in dropped) for line in ptb_lines(texts)]


rnd = random.Random(2024)

WHO = ["a red fox", "Mira", "the old sailor", "two children", "my neighbour's cat", "Dr. Olsen", "a tiny robot",
       "the women", "someone in a blue hat", "O'Hara", "the U.S. team"]
DOES = ["finds", "paints", "is carrying", "can't see", "repairs", "sings about", "hides", "isn't selling", "holds up"]
WHAT = ["a red kite", "the broken lamp", "3 1/2 apples", "1,204 letters", "a half-eaten cake", "the 7-day map",
        "nothing", "a well-known book", "$5 and 20%", "its own tail", "an umbrella"]
WHERE = ["near the river", "in the attic", "under a bridge", "at 9:30 a.m.", "behind the café", "on the moon",
         "by the sea", "on St. John's Rd.", "and/or at home", "in the 1990s"]
ENDS = [".", "!", "?", "...", "", " .", ";", "!!", " (again)"]

# Texts for the tokeniser alone, a family of cases a line.
ODD = [
    "", " ", ".", "...", "?!", "!!", "- -- --- -----", "\u2014 \u2013 \u2026", "\u00ab \u00bb \u201c\u201d", "' \" ` `` ''", "()", "[a] {b} <c>",
    "can't won't shouldn't've I'd've ain't DON'T don\u2019t it\u2019s they\u2019re JOHN'S dogs' James'",
    "cannot gonna wanna gotta lemme gimme Cannot CANNOT. gonna's cannots wanna-be",
    "'tis 'Twas 'em 'n' rock'n'roll rock 'n' roll y'all o'clock O'Brien d'Artagnan l'eau ma'am Hallowe'en cap'n li'l",
    "'90s '96 90's 1990s' '90s' \u201990s ol' somethin' goin' c'mon ev'ry nat'l 'cause 'til",
    "'quoted' \"double\" \u2018single\u2019 \u201cdouble\u201d ``latex'' `tick' \u201cHe said \u2018no\u2019\u201d",
    "Mr. Mrs. Ms. Dr. Prof. St. Mt. Ft. Gen. Lt. Col. Rev. Messrs. Capt. Sgt. Gov. Sen. Rep. Jr. Sr.",
    "Inc. Ltd. Co. Corp. Bros. etc. vs. cf. e.g. i.e. a.m. p.m. A.D. B.C. Ph.D. U.S. U.S.A. U.K. J.R.R. K.",
    "Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sept. Oct. Nov. Dec. Mon. Tues. Wed. Thurs. Fri. Sat. Sun.",
    "Ala. Ariz. Calif. Colo. Conn. Fla. Ill. ill. Mass. mass. Miss. miss. Ore. ore. Tex. Wash. wash. Pa. pa.",
    "No. 5 no. five nos. 1 pp. 3 p. 3 fig. 2 Fig. A art. 9 ca. 1900 op. 5 vol. 7 No.5",
    "It was he and I. The end", "plan A. He left", "plan B. Nobody left", "Vitamin C. <b> more",
    "the U.S. The man", "He lives in the U.S.", "etc.", "at 5 p.m.", "Acme Inc.", "J.", "vitamin C.", "K. Mr. X",
    "foo., bar comput., vol. 2., 3. x-y., 1,000., end.The hi!there", "a.b.c a.b a.5 5.a abc..def",
    "1 12 1,000 1,000,000.5 .5 -5 +5 5. 5, 5:30 5:30pm 9.30 1.2.3 -.5 5-5 5+5 --5 ,5 a,5 :80",
    "1/2 3 1/2 3-1/2 11/12/2013 1/2/3 24/7 \u00bd 2\u00bd \u00bc \u00be \u2153 \u2154 \u215b 1\u20442 10-12-99 2013-10-12",
    "5th 2nd 5km 6ft 6'2\" 5'6 5% 100% $5 $5.00 US$5 C$ A$5 \u00a35 \u20ac5 5\u20ac 5\u00a2 \u00a55 #5 kr5",
    "555-1234 (555) 555-1234 (555)555-1234 555-555-1234 555 555 1234 +44 20 7946 0958 555.555.1234 2010 2011 2012",
    "well-known mother-in-law's 30-year-old mid-'90s pre-1990 x-O'Brien non-U.S. U.S.-led a--b a-b- -ab \u2010 a\u2010b a\u2011b",
    "and/or he/she/it a/b/c/d w/ w/o n/a km/h 1/a a1-b/c he\\/she / \\",
    "http://a.bc/d?e=f. https://x.org/(a) www.abc.com www.abc.com/xy, abc.com abc.com/xy foo.Com ftp://a.b http://a xhttp://ab",
    "me@home.org, <me@home.org> a@b @name @a-b @1 #tag #a1 # @ a@ it@is@all",
    "<b>bold</b> <a href=\"x y\"> <br/> <br /> <a b = 'c'> <3 < b> <not a tag> <x, y> <!-- no --> <gdi image1> a<b",
    "&amp; &lt; &gt; &quot; &nbsp; &mdash; AT&amp;T a&lt;b it&apos;s &eacute; &#39; &copy; &foo; &",
    ":) :( :-) ;D =P :o :O :-/ :'( >:( :D: x:D :Dog ^_^ -_- (^_^) >_< o_O =) <3 :))",
    "AT&T R&B Q&A b&b A+B C++ C# F# A&a H&M's a+b a=b a*b a^b a~b a|b a#b a%b",
    "foo_bar a_b-c _a a_ a__b 5_a __ ___ * ** *** \\* \\*\\* // ## @@ << >> >>> == ++ && %% ~~ ^^ $$",
    "na\u00efve caf\u00e9 Stra\u00dfe \u0130stanbul \u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3 \u043f\u0440\u0438\u0432\u0435\u0442 \u65e5\u672c\u8a9e \ud55c\uad6d\uc5b4 \u0639\u0631\u0628\u064a \u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22 e\u0301 caf\u00e9-bar \u00e9.b 5\u00e9",
    "\U0001f98a fox\U0001f98afox \u263a \u2764\ufe0f \u2122 \u00a9 \u00b0C \u00d7 \u00f7 \u00b1 \u2192 \u00b2 m\u00b2 x\u00b9\u00b2 \u2022 \u00b7 \u00a7 \u00b6 \u00bf \u00a1 \u20a4 \u00a4",
    "so\u00adft a\u00a0b a\u3000b a\u200bb \ufeffa a\tb", "2.x 3.x's 10.x, Cap'n \u201d\u2019 \u2019\u201d `\u2019 \u2019dogs \u2018em",
    "-LRB- -rrb- -LSB- *a* **a** _a_ \"a'b\" don`t O`Brien John`s T'Pol X'ab e'er \u00b4",
    "90.cpp 5.txt, v0.10.x 3.x). M.C. Jones Dec.A Dec.An Inc.C++ FOO$ \u00b2\u2082 <a b='(c)'> a\tb 350\t352\t230",
    "SHE'S WE'LL She'll've Qur'an s'more int'l rec'd fo'c'sle 'round d'you d'ye more'n than'n",
]


def sentence():
    text = f"{rnd.choice(WHO)} {rnd.choice(DOES)} {rnd.choice(WHAT)} {rnd.choice(WHERE)}"
    text = text[0].upper() + text[1:] + rnd.choice(ENDS)
    if rnd.random() < 0.2:
        text += f" Then {rnd.choice(WHO)} {rnd.choice(DOES)} {rnd.choice(WHAT)}{rnd.choice(ENDS)}"
    return text


def edited(text):
    words = text.split(" ")
    for _ in range(rnd.randrange(6)):
        if not words:
            break
        at = rnd.randrange(len(words))
        kind = rnd.randrange(5)
        if kind == 0:
            del words[at]
        elif kind == 1:
            words.insert(at, words[at])
        elif kind == 2:
            other = rnd.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        elif kind == 3:
            words[at] = rnd.choice(["green", "slowly", "Mira", "the", "42", "river", "a"])
        else:
            words[at] = words[at].upper()
    return " ".join(words)


SPECIAL = [
    ("", ["a dog sleeps"]), ("", [""]), ("a dog sleeps", [""]), ("...", ["a dog sleeps"]), ("dog", ["dog"]),
    ("dog", ["cat", "dog"]), ("dog", ["the dog"]), ("the dog", ["dog"]), ("the the the the the the the", ["the cat is on the mat"]),
    ("ha ha ha ha ha ha", ["ha ha ha", "ha"]), ("a b c d", ["a b c", "a b c d e"]), ("a b c d e f", ["a b", "c d e f", "f e d c b a"]),
    ("?!", ["?!"]), ("the same text here again", ["the same text here again", "the same text here again"]),
    ("\u72d0\u304c \u5ddd\u3092 \u6e21\u308b", ["\u72d0\u304c \u5ddd\u3092 \u6e21\u308b"]), ("3 1/2 cups", ["3 1/2 cups of tea", "3 cups"]),
    ("call 555-1234 now", ["call (555) 555-1234 now"]), ("\U0001f98a", ["\U0001f98a", "fox"]),
    ("no word in common", ["entirely different tokens elsewhere"]),
    (" ".join(f"w{i % 9}" for i in range(90)), [" ".join(f"w{i % 7}" for i in range(80)), "w1 w2 w3"]),
]


def cases():
    found = [{"candidate": c, "references": r} for c, r in SPECIAL]
    while len(found) < 300:
        references = [sentence()]
        while len(references) < 5 and rnd.random() < 0.6:
            references.append(edited(references[0]) if rnd.random() < 0.6 else sentence())
        candidate = sentence() if rnd.random() < 0.15 else edited(rnd.choice(references))
        found.append({"candidate": candidate, "references": references})
    return found


def ngrams(text, n):
    words = text.split()
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def plain_cider(candidates, references):
    """CIDEr of the paper: mean over n of the mean cosine of tf-idf vectors; times 10 as in the authors' code."""
    scores = np.zeros(len(candidates))
    for n in range(1, 5):
        frequency = Counter()
        for group in references:
            frequency.update(set().union(*(ngrams(text, n) for text in group)))
        index = {}
        for text in [*candidates, *(text for group in references for text in group)]:
            for ngram in ngrams(text, n):
                index.setdefault(ngram, len(index))
        idf = np.array([math.log(len(references) / max(1, frequency[ngram])) for ngram in index])

        def vector(text):
            counts = ngrams(text, n)
            dense = np.zeros(len(index))
            total = sum(counts.values())
            for ngram, count in counts.items():
                dense[index[ngram]] = count / total * idf[index[ngram]]
            return dense

        for i, (candidate, group) in enumerate(zip(candidates, references)):
            own = vector(candidate)
            cosines = []
            for text in group:
                other = vector(text)
                norm = np.linalg.norm(own) * np.linalg.norm(other)
                cosines.append(own @ other / norm if norm > 0 else 0.0)
            scores[i] += np.mean(cosines) / 4
    return 10 * scores


def number(value):
    return float(f"{float(value):.12g}")


def numbers(values):
    return [number(value) for value in values]


def bleu(pairs):
    scorer = BleuScorer(n=4)
    for candidate, references in pairs:
        scorer += (candidate, references)
    return scorer.compute_score(option="closest", verbose=0)


def corpus(found, first, last):
    part = found[first:last]
    pairs = [(case["candidate_tokens"], case["reference_tokens"]) for case in part]
    scores, _ = bleu(pairs)
    scorer = CiderScorer(n=4, sigma=6.0)
    for pair in pairs:
        scorer += pair
    cider_d, cider_d_scores = scorer.compute_score()
    plain = plain_cider([pair[0] for pair in pairs], [pair[1] for pair in pairs])
    rouge = np.mean([Rouge().calc_score([candidate], references) for candidate, references in pairs])
    return {
        "first": first, "last": last, "bleu": numbers(scores), "rouge_l": number(rouge), "cider_d": number(cider_d),
        "cider_d_scores": numbers(cider_d_scores), "cider": number(plain.mean()), "cider_scores": numbers(plain),
    }


def coco():
    found = cases()
    texts = [text for case in found for text in [case["candidate"], *case["references"]]]
    tokens = dict(zip(texts, tokenize(texts)))
    for case in found:
        case["candidate_tokens"] = tokens[case["candidate"]]
        case["reference_tokens"] = [tokens[text] for text in case["references"]]
        _, [*sentence_scores] = bleu([(case["candidate_tokens"], case["reference_tokens"])])
        case["bleu"] = numbers(scores[0] for scores in sentence_scores)
        case["rouge_l"] = number(Rouge().calc_score([case["candidate_tokens"]], case["reference_tokens"]))
    special = len(SPECIAL)
    ranges = [(0, len(found)), (0, special), (special, len(found)), (5, 6), (100, 110)]
    return found, [corpus(found, first, last) for first, last in ranges]


def lsum():
    scorer = rouge_scorer.RougeScorer(["rougeLsum"], use_stemmer=False)
    found = [("", ["a"]), ("a", [""]), ("\n\n", ["a\nb"]), ("a b", ["a\na\na b"]), ("one\ntwo", ["two\none"])]
    while len(found) < 120:
        lines = [sentence() for _ in range(1 + rnd.randrange(4))]
        references = ["\n".join(lines)]
        if rnd.random() < 0.3:
            references.append("\n".join(sentence() for _ in range(2)))
        candidate = [edited(line) for line in lines]
        rnd.shuffle(candidate)
        found.append(("\n".join(candidate[: 1 + rnd.randrange(len(candidate))]), references))
    results = []
    for candidate, references in found:
        score = scorer.score_multi(references, candidate)["rougeLsum"]
        results.append({"candidate": candidate, "references": references,
                        "score": numbers([score.precision, score.recall, score.fmeasure])})
    return results


def self_bleu():
    tokens_13a = Tokenizer13a()
    smoothing = SmoothingFunction().method1
    groups = [["a b", "c d"], ["the fox ran", "the fox ran", ""], ["ha ha ha", "ha", "ha ha"], ["a b c d e", "a b c d e f g"]]
    groups.append([edited(sentence()) for _ in range(40)])
    base = [sentence() for _ in range(6)]
    groups.append([edited(rnd.choice(base)) for _ in range(60)])
    results = []
    for texts in groups:
        tokens = [tokens_13a(text.lower().rstrip()).split() for text in texts]
        scores = []
        for order in range(1, 5):
            weights = [1 / order] * order
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                scores.append(numbers(
                    sentence_bleu(tokens[:i] + tokens[i + 1 :], own, weights, smoothing) for i, own in enumerate(tokens)))
        results.append({"texts": texts, "scores": scores})
    return results


def odd_tokens():
    """Each line of ODD, and each of its words in a neutral place."""
    words = {f"so {word} it" for line in ODD for word in line.split(" ")}
    texts = list(dict.fromkeys([*ODD, *sorted(words)]))
    return [{"text": text, "tokens": tokens} for text, tokens in zip(texts, tokenize(texts))]


def main():
    found, corpora = coco()
    content = {"cases": found, "corpora": corpora, "lsum": lsum(), "self_bleu": self_bleu(), "tokens": odd_tokens()}
    OUT.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(OUT, OUT.stat().st_size, len(content["tokens"]))


if __name__ == "__main__":
    main()
