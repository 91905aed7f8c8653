"""In the place of pycocoevalcap: change the import only, and install no Java.

    from story_metrics.pycocoevalcap import Bleu, Cider, COCOEvalCap, Meteor, PTBTokenizer, Rouge

`compute_score(gts, res)` takes what the originals take: dictionaries of image ids to lists of texts, those of
`PTBTokenizer` (tokens between blanks), one text an id in `res`. METEOR needs the data of an installed
pycocoevalcap, or `Meteor(data=PATH)`. SPICE is not here.
"""

import numpy

from . import _native, _scores, _texts

__all__ = ["Bleu", "COCOEvalCap", "Cider", "Meteor", "PTBTokenizer", "Rouge"]


class PTBTokenizer:
    """Stanford's Penn Treebank tokens in lower case, without punctuation."""

    def tokenize(self, captions_for_image):
        """Dictionaries of ids to lists of `{"caption": text}`, to lists of tokenised texts."""
        texts, places = [], []
        for key, captions in captions_for_image.items():
            for at, item in enumerate(_texts.sequence(captions, f"captions of {key!r}")):
                where = f"captions of {key!r}[{at}]"
                try:
                    caption = item["caption"]
                except (TypeError, KeyError):
                    raise TypeError(f"{where}: expected a dictionary with 'caption'") from None
                texts.append(_texts.text(caption, where))
                places.append(key)
        tokens = {key: [] for key in captions_for_image}
        for key, words in zip(places, _native.ptb_tokens(texts)):
            tokens[key].append(" ".join(words))
        return tokens


def _pairs(gts, res):
    """The ids in order, one candidate each, and their references."""
    keys, answers, references = _texts.by_id(res, gts, ("res", "gts"))
    answers = [_texts.of_one(it, f"res[{key!r}]") for key, it in zip(keys, answers)]
    for key, texts in zip(keys, answers):
        if len(texts) != 1:
            raise ValueError(f"res[{key!r}]: expected one text, found {len(texts)}")
    references = [_texts.of_one(it, f"gts[{key!r}]") for key, it in zip(keys, references)]
    if not keys:
        raise ValueError("res: there is no text to score")
    return [texts[0] for texts in answers], references


def _scored(gts, res, metric, **options):
    candidates, references = _pairs(gts, res)
    return _scores.score(candidates, references, [metric], resamples=0, tokenized=True, **options)


class Bleu:
    """BLEU-1 to BLEU-n."""

    def __init__(self, n=4):
        if n not in (1, 2, 3, 4):
            raise ValueError(f"n: expected 1 to 4, found {n!r}")
        self._n = n

    def compute_score(self, gts, res, verbose=0):
        """Lists of the corpus's scores and of each text's, one for each order."""
        scores = _scored(gts, res, "coco-bleu")
        rows = [scores[f"coco-bleu-{order}"] for order in range(1, self._n + 1)]
        return [row.value for row in rows], [row.items for row in rows]

    def method(self):
        return "Bleu"


class Cider:
    """CIDEr-D, which the original calls CIDEr."""

    def __init__(self, test=None, refs=None, n=4, sigma=6.0):
        if (n, sigma) != (4, 6.0):
            raise ValueError("n and sigma: CIDEr-D is defined with 4 and 6.0")

    def compute_score(self, gts, res):
        """The corpus's score and an array of each text's."""
        row = _scored(gts, res, "cider-d")["cider-d"]
        return row.value, numpy.array(row.items, dtype=float)

    def method(self):
        return "CIDEr"


class Rouge:
    """ROUGE-L of COCO, with recall weighed 1.2."""

    def compute_score(self, gts, res):
        """The mean and an array of each text's score."""
        row = _scored(gts, res, "coco-rouge-l")["coco-rouge-l"]
        return row.value, numpy.array(row.items, dtype=float)

    def method(self):
        return "Rouge"


class Meteor:
    """METEOR 1.5 for English, without Java."""

    def __init__(self, data=None):
        self._data = data if data is not None else _scores.installed_meteor()
        if self._data is None:
            raise ValueError(
                "METEOR needs its data; install pycocoevalcap, or give Meteor(data=PATH), the folder `meteor` of that package"
            )

    def compute_score(self, gts, res):
        """The corpus's score and a list of each text's."""
        candidates, references = _pairs(gts, res)
        scores = _scores.score(
            candidates, references, ["meteor-1.5"], resamples=0, meteor_data=self._data
        )
        row = scores["meteor-1.5"]
        return row.value, row.items

    def method(self):
        return "METEOR"


class COCOEvalCap:
    """All scores of results against annotations, as pycocotools' `COCO` holds them.

    `eval` holds the scores by name and `imgToEval` those of each image. Where METEOR's data are not
    installed its score is left out, and the method says so.
    """

    def __init__(self, coco, cocoRes):
        self.evalImgs = []
        self.eval = {}
        self.imgToEval = {}
        self.coco = coco
        self.cocoRes = cocoRes
        self.params = {"image_id": coco.getImgIds()}

    def evaluate(self):
        tokenizer = PTBTokenizer()
        ids = self.params["image_id"]
        absent = [it for it in ids if it not in self.cocoRes.imgToAnns]
        if absent:
            raise KeyError(
                f"results: {len(absent)} of {len(ids)} images have no result, {absent[0]!r} the first; "
                "set params['image_id'] to cocoRes.getImgIds() to score those that have one"
            )
        gts = tokenizer.tokenize({it: self.coco.imgToAnns[it] for it in ids})
        res = tokenizer.tokenize({it: self.cocoRes.imgToAnns[it] for it in ids})
        scorers = [
            (Bleu(4), ["Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4"]),
            (Rouge(), "ROUGE_L"),
            (Cider(), "CIDEr"),
        ]
        if _scores.installed_meteor() is not None:
            scorers.insert(1, (Meteor(), "METEOR"))
        else:
            print("METEOR is left out: its data come with an installed pycocoevalcap")
        for scorer, method in scorers:
            score, scores = scorer.compute_score(gts, res)
            if isinstance(method, str):
                score, scores, method = [score], [scores], [method]
            for value, each, name in zip(score, scores, method):
                self.eval[name] = value
                for image, own in zip(ids, each):
                    self.imgToEval.setdefault(image, {"image_id": image})[name] = float(own)
                print(f"{name}: {value:0.3f}")
        self.evalImgs = list(self.imgToEval.values())
