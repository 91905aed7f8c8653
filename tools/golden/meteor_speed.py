"""Times NLTK's METEOR and the METEOR jar on the pairs that benches/meteor.rs writes.

Usage: python tools/golden/meteor_speed.py PAIRS WORDNET METEOR_JAR

Prints wall-clock seconds. The jar is asked through its line protocol, a question at a time as
pycocoevalcap does; its start and the reading of its data are not counted, and one pass warms it up.
"""

import sys
import time

from nltk.translate.meteor_score import meteor_score

from meteor_oracles import Jar, wordnet


def main():
    pairs_path, wordnet_folder, jar = sys.argv[1:4]
    with open(pairs_path, encoding="utf-8") as file:
        pairs = [line.rstrip("\n").split("\t") for line in file]
    reader = wordnet(wordnet_folder)
    score = lambda hypothesis, reference: meteor_score([reference.split()], hypothesis.split(), wordnet=reader)
    score(*pairs[0])
    start = time.perf_counter()
    total = sum(score(*pair) for pair in pairs)
    print(f"NLTK: {len(pairs)} pairs in {time.perf_counter() - start:.2f} s, mean {total / len(pairs):.6f}")

    jar = Jar(jar, "-norm")
    for attempt in ("warming up", "measured"):
        start = time.perf_counter()
        statistics = [jar.statistics(hypothesis, [reference]) for hypothesis, reference in pairs]
        print(f"jar, {attempt}: {len(pairs)} pairs in {time.perf_counter() - start:.2f} s")
    print(f"jar: score {jar.scores(statistics)[1]:.6f}")


main()
