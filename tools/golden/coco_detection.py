"""Golden values for the detection metrics of story-metrics, with pycocotools 2.0.11 as oracle.

Usage: python tools/golden/coco_detection.py crates/story-metrics/tests/golden

All boxes are invented here with SplitMix64, so that every run writes the same file: several
categories and sizes, boxes moved, doubled, left out and of the wrong category, crowds, more boxes
than count, pictures without references or without boxes. No two scores of a corpus are equal.
"""

import contextlib
import io
import json
import pathlib
import sys

from decisions import SplitMix64
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

random = SplitMix64(53)
CATEGORIES = ["cup", "dog", "kite", "train"]
SIZES = [12, 40, 90, 300]


def region():
    size = SIZES[random.below(4)]
    width, height = size // 2 + random.below(size), size // 2 + random.below(size)
    return [random.below(700), random.below(500), width, height]


def moved(box):
    x, y, w, h = box
    shift = lambda side: (random.below(41) - 20) * side / 64
    return [x + shift(w), y + shift(h), max(w + shift(w), 4), max(h + shift(h), 4)]


def picture(scores, many):
    references = []
    for _ in range(random.below(9)):
        box = region()
        crowd = random.below(10) == 0
        area = box[2] * box[3] * (0.5 + random.below(50) / 100)
        references.append([CATEGORIES[random.below(4)], box, area, crowd])
    answer = []
    for category, box, _, crowd in references:
        for _ in range([1, 1, 1, 0, 2][random.below(5)] + 2 * crowd):
            wrong = random.below(8) == 0
            answer.append([CATEGORIES[random.below(4)] if wrong else category, moved(box)])
    for _ in range(130 if many else random.below(6)):
        answer.append([CATEGORIES[random.below(4) if not many else 0], region()])
    return {"references": references, "answer": [[*found, scores.pop()] for found in answer]}


def shuffled(values):
    for at in range(len(values) - 1, 0, -1):
        other = random.below(at + 1)
        values[at], values[other] = values[other], values[at]
    return values


def summary(pictures):
    categories = {name: at + 1 for at, name in enumerate(CATEGORIES)}
    annotations, results = [], []
    for at, one in enumerate(pictures, 1):
        for category, box, area, crowd in one["references"]:
            annotations.append({"id": len(annotations) + 1, "image_id": at, "category_id": categories[category],
                                "bbox": box, "area": area, "iscrowd": int(crowd)})
        for category, box, score in one["answer"]:
            results.append({"image_id": at, "category_id": categories[category], "bbox": box, "score": score})
    coco = COCO()
    coco.dataset = {"images": [{"id": at} for at in range(1, len(pictures) + 1)], "annotations": annotations,
                    "categories": [{"id": at, "name": name} for name, at in categories.items()]}
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [None if value < 0 else float(value) for value in evaluation.stats]


def main():
    corpora = []
    for at in range(40):
        scores = shuffled([step / 4096 for step in range(1, 4096)])
        pictures = [picture(scores, at % 10 == 9 and one == 0) for one in range(1 + random.below(5))]
        if not any(one["answer"] for one in pictures):
            pictures[0]["answer"].append(["cup", region(), scores.pop()])
        corpora.append({"pictures": pictures, "summary": summary(pictures)})
    path = pathlib.Path(sys.argv[1]) / "coco_detection.json"
    path.write_text(json.dumps({"corpora": corpora}, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
