"""Invented sentence sets for METEOR's golden values: stories told twice with other words.

Each slot of a sentence offers inflections, synonyms and paraphrases, so that every stage of METEOR
finds matches; words come again and again, so that alignments are ambiguous; edits drop, double, swap
and replace words; some texts hold punctuation, numbers, entities and letters beyond ASCII.
"""

WHO = ["the fox", "a little fox", "Mira", "the old sailor", "an aged sailor", "the twins", "both children",
       "the kids", "my neighbour's cat", "Dr. Olsen", "the doctor", "a tiny robot", "the small robots", "everyone",
       "the people", "Mr. Hale and his dogs", "the woman", "women", "the U.S. team"]
DOES = ["finds", "found", "discovers", "is finding", "paints", "painted", "carries", "was carrying", "loses",
        "has lost", "repairs", "fixed", "mended", "sings about", "hid", "conceals", "doesn't see", "does not see",
        "can't see", "looks at", "watched", "is looking for", "searches for", "begins to build", "starts building"]
WHAT = ["a red kite", "the scarlet kites", "the broken lamp", "a lamp that was broken", "3.5 apples", "1,204 letters",
        "a half-eaten cake", "the cakes", "the 7-day map", "nothing", "nothing at all", "a large number of stones",
        "many rocks", "a lot of stones", "the picture", "the image", "big boats", "a large ship", "the ships",
        "an automobile", "the old car", "his brother's house", "their home"]
WHERE = ["near the river", "close to the river", "next to the stream", "in the attic", "under a bridge",
         "beneath the bridges", "at 9:30", "behind the café", "on the moon", "by the sea", "at the seaside",
         "in front of the house", "before the home", "in the middle of the forest", "amid the woods",
         "on the other side of the road", "across the street"]
WHEN = ["at the moment", "now", "right now", "in the morning", "this morning", "at night", "a long time ago",
        "long ago", "once again", "again", "as soon as possible", "quickly", "for the first time", "every day"]
WHY = ["because of the rain", "due to the rain", "as a result of the storm", "in order to help", "so as to help",
       "to help out", "with respect to the plan", "regarding the plan", "in spite of the cold", "despite the cold"]
LINKS = ["and", "but", "and then", "while", "so", ", and", "; then", "--", "although"]
ENDS = [".", "!", "?", "...", ",", "", " .", ";", "?!", ".\""]
ODD = ["", " ", ".", "...", "a", "the the the the", "!!!", "&quot;Run!&quot; she said", "e.g. this, i.e. that",
       "It costs $5.00, or 5%!", "naïve café œuvre", "Ünïcödé Ärger", "«quoted» “text” ‘here’", "日本語 text",
       "rock'n'roll o'clock 'tis", "well-known state-of-the-art", "A.B.C. and U.S.A.", "(in parentheses) [x] {y}",
       "tab\there", "no-break\u00a0space", "http://example.org/a?b=c&d", "1,000,000 and 3.14159", "x / y \\ z",
       "don't won't I'm you're he'd we'll they've", "end of line.Next", "emoji \U0001f600 here", "– — …", "THE FOX RAN",
       "İstanbul ſ K", "a.m. p.m. No. 5", "..start", "word.", "a & b &amp; c", "*#@~^`|", "under_score"]


def clause(random):
    parts = [random.choice(WHO), random.choice(DOES), random.choice(WHAT), random.choice(WHERE)]
    if random.random() < 0.4:
        parts.insert(random.choice([0, 4]), random.choice(WHEN))
    if random.random() < 0.3:
        parts.append(random.choice(WHY))
    return " ".join(parts)


def sentence(random):
    text = clause(random)
    while random.random() < 0.35:
        text += f" {random.choice(LINKS)} {clause(random)}"
    return text[0].upper() + text[1:] + random.choice(ENDS)


def alternative(random, text):
    """The text with slots told in other words."""
    for slot in (WHO, DOES, WHAT, WHERE, WHEN, WHY):
        for choice in slot:
            if choice in text and random.random() < 0.5:
                text = text.replace(choice, random.choice(slot[max(0, slot.index(choice) - 2):slot.index(choice) + 3]), 1)
    return text


def edited(random, text):
    """The text with up to six words dropped, doubled, swapped, moved or replaced."""
    words = text.split(" ")
    for _ in range(random.randrange(7)):
        if not words:
            break
        at, kind = random.randrange(len(words)), random.randrange(5)
        if kind == 0:
            del words[at]
        elif kind == 1:
            words.insert(random.randrange(len(words)), words[at])
        elif kind == 2:
            other = random.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        elif kind == 3:
            words.insert(random.randrange(len(words)), words.pop(at))
        else:
            words[at] = random.choice(["the", "a", "of", "and", "in", "river", "foxes", "found", ".", ","])
    return " ".join(words)


def sets(random, count):
    """`count` pairs of a hypothesis and its one to five references."""
    result = []
    for number in range(count):
        sentences = 1 + (number % 3 if number % 4 == 0 else 0) + (5 if number % 40 == 39 else 0)
        truth = " ".join(sentence(random) for _ in range(sentences))
        references = [truth] + [edited(random, alternative(random, truth)) for _ in range(random.randrange(5))]
        hypothesis = edited(random, alternative(random, truth))
        if number % 25 == 7:
            hypothesis = sentence(random)
        if number % 10 == 3:
            place = random.choice(ODD)
            hypothesis, references[-1] = f"{hypothesis} {place}", f"{place} {references[-1]}"
        result.append({"hyp": hypothesis, "refs": references})
    for text in ODD:
        result.append({"hyp": text, "refs": [text]})
        result.append({"hyp": text, "refs": [sentence(random), random.choice(ODD)]})
        result.append({"hyp": sentence(random), "refs": [text]})
    return result


ROOTS = """happ relat condit ration val hesit digit conform radic differ vile analog viet predic oper feudal decis hope callous
formal sensit electr triplic form good reviv allow infer airlin gyroscop adjust defens irrit replac depend adopt
homolog commun activ angular effect bowdler probat rat ceas control roll fl d t sk agr bl mot sing troubl siz hop tann fall
hiss fizz fail fil abacus ly pl cr gener arsen commun past univers y yy ay oy by enjoy cry s ss x e ee i""".split()
ENDINGS = """ s es ies ss sses ed eed ied ing ying ings ational tional enci anci izer abli bli alli entli eli ousli ization
ation ator alism iveness fulness ousness aliti iviti biliti icate ative alize iciti ical ful ness al ance ence er ic able ible ant
ement ment ent ion sion tion ou ism ate iti ous ive ize e y ly ally ably ibly fully lessly ogy logi fulli edly eedly ingly 's s'
' li ll ell ie ier iest ming nned lled""".split(" ")


def stem_words():
    """Roots with all endings, most of them no words: a stemmer knows rules only."""
    endings = [ending.strip() for ending in " ".join(ENDINGS).replace("\n", " ").split(" ")]
    return sorted({root + ending for root in ROOTS for ending in endings})
