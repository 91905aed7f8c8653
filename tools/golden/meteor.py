"""Golden values for METEOR: NLTK's, and METEOR 1.5's from its published jar.

Usage: python tools/golden/meteor.py crates/story-metrics/tests/golden WORDNET METEOR_JAR

WORDNET is a folder of WordNet 3.0's database files (made with Debian's wordnet-base 3.0-37, the files
in /usr/share/wordnet), METEOR_JAR the file meteor-1.5.jar with data/paraphrase-en.gz beside it (made
with those of the package pycocoevalcap 1.2, on OpenJDK 17). NLTK 3.10.4. Only inputs, which
meteor_texts.py invents, and scores are written.
"""

import json
import pathlib
import random
import sys

from nltk.stem.porter import PorterStemmer
from nltk.translate.meteor_score import meteor_score

import meteor_texts
from meteor_oracles import Jar, snowball_stems, wordnet


class NoWordNet:
    """Switches the third stage of NLTK's METEOR off."""

    @staticmethod
    def synsets(_):
        return []


def meteor_15(jar, sets, options):
    jar = Jar(jar, *options)
    statistics = [jar.statistics(case["hyp"], case["refs"]) for case in sets]
    segments, total = jar.scores(statistics)
    segments = [round(score, 9) for score in segments]
    return {"options": " ".join(options), "statistics": statistics, "segments": segments, "total": total}


def main():
    folder, wordnet_folder, jar = pathlib.Path(sys.argv[1]), *sys.argv[2:4]
    sets = meteor_texts.sets(random.Random(2024), 480)
    reader, stemmer = wordnet(wordnet_folder), PorterStemmer()
    for case in sets:
        tokens = ([text.split() for text in case["refs"]], case["hyp"].split())
        case["nltk"] = meteor_score(*tokens, wordnet=reader)
        case["nltk_no_synonyms"] = meteor_score(*tokens, wordnet=NoWordNet)
    words = meteor_texts.stem_words()
    write(folder / "meteor_nltk.json", {
        "sets": sets,
        "words": " ".join(words),
        "porter": " ".join(stemmer.stem(word) for word in words),
        "snowball": " ".join(snowball_stems(jar, words)),
    })
    write(folder / "meteor_15.json", [
        meteor_15(jar, sets, options)
        for options in (
            ["-norm"],
            ["-norm", "-m", "exact stem synonym"],
            ["-norm", "-m", "exact stem"],
            ["-norm", "-m", "exact"],
            ["-lower"],
        )
    ])


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=0) + "\n")


main()
