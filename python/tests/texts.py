"""Random captions from a small world of words, the same in every run."""

import random

WORDS = """a the two three man woman dog cat horse bird kite ball tree red blue small old runs sits plays jumps holds
looks at near under behind on with and is not doesn't it's U.S. St. 3.5 10,000 well-known "quoted" (in) café naïve
one-eyed , . ! ? ; : -- ...""".split()


def captions(seed, items, references):
    """So many candidates, and for each up to so many references; some are empty, some equal."""
    rng = random.Random(seed)
    text = lambda least: " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, 14)))
    candidates, answers = [], []
    for _ in range(items):
        given = [text(1) + " word" for _ in range(rng.randint(1, references))]
        answers.append(given)
        kind = rng.random()
        if kind < 0.1:
            candidates.append(given[0])
        elif kind < 0.5:
            words = given[0].split()
            rng.shuffle(words)
            candidates.append(" ".join(words[: rng.randint(1, len(words))]))
        else:
            candidates.append(text(1))
    return candidates, answers
