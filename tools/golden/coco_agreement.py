"""How often story-metrics' COCO tokens equal the Java original's, on files of one text a line.

Run by hand from the root of the repository:

    python tools/golden/coco_agreement.py FILE...
    python tools/golden/coco_agreement.py --invented 40000

The second form invents lines out of the pieces that the tokeniser's rules look at, glued at random.
Prints the rate and the first lines that differ. Needs what coco_captions.py needs, and cargo.
"""

import random
import re
import subprocess
import sys

from coco_captions import DOES, ENDS, ODD, WHAT, WHERE, WHO, tokenize

SHOWN = 20
# What Python or the original takes for the end of a line.
BREAKS = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]+")


def ours(texts):
    command = ["cargo", "run", "-q", "--release", "-p", "story-metrics", "--example", "coco_tokens"]
    run = subprocess.run(command, input="".join(f"{text}\n" for text in texts).encode(), capture_output=True, check=True)
    return run.stdout.decode().split("\n")[: len(texts)]


def invented(count):
    rnd = random.Random(count)
    pieces = [word for line in ODD + WHO + DOES + WHAT + WHERE + ENDS for word in line.split(" ") if word]

    def word():
        glued = [rnd.choice(pieces)]
        if rnd.random() < 0.3:
            glued.append(rnd.choice(pieces))
        if rnd.random() < 0.1:
            glued.insert(1, rnd.choice("-'/.,_:&"))
        return "".join(glued)

    return [" ".join(word() for _ in range(rnd.randint(1, 8))) for _ in range(count)]


def report(name, texts):
    pairs = list(zip(texts, ours(texts), tokenize(texts)))
    different = [pair for pair in pairs if pair[1] != pair[2]]
    print(f"{name}: {len(texts)} texts, {len(different)} differ, {100 * (1 - len(different) / max(1, len(texts))):.3f} % equal")
    for text, own, theirs in different[:SHOWN]:
        print(f"  {text!r}\n    ours   {own}\n    theirs {theirs}")


def main():
    if sys.argv[1] == "--invented":
        texts = [BREAKS.sub(" ", text) for text in invented(int(sys.argv[2]))]
        report("invented", texts)
        return
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8", newline="") as file:
            report(name, [line for line in BREAKS.split(file.read()) if line.strip()])


main()
