"""The twelve numbers of pycocotools for what `story detect --json` found in photographs.

Usage: python tools/oracle/detection.py DETECTIONS.json photos.json

The second file lists photographs with `file`, `width`, `height` and `boxes` of a category and x1, y1,
x2, y2. Outlines are not known: a box's area is that of the box.
"""

import json
import sys
from pathlib import Path

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def corners(box):
    x1, y1, x2, y2 = box
    return [x1, y1, x2 - x1, y2 - y1]


def main():
    found, photographs = (json.loads(Path(path).read_text()) for path in sys.argv[1:3])
    categories, annotations, results = {}, [], []
    number = lambda name: categories.setdefault(name, len(categories) + 1)
    images = {photograph["file"]: at for at, photograph in enumerate(photographs, 1)}
    for photograph in photographs:
        for box in photograph["boxes"]:
            place = corners(box["box"])
            annotations.append({"id": len(annotations) + 1, "image_id": images[photograph["file"]], "bbox": place,
                                "category_id": number(box["category"]), "area": place[2] * place[3], "iscrowd": 0})
    for picture in found["pictures"]:
        for box in picture["detections"]:
            results.append({"image_id": images[Path(picture["image"]).name], "category_id": number(box["label"]),
                            "bbox": corners(box["box"]), "score": box["score"]})
    coco = COCO()
    coco.dataset = {"images": [{"id": at} for at in images.values()], "annotations": annotations,
                    "categories": [{"id": at, "name": name} for name, at in categories.items()]}
    coco.createIndex()
    evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    print([float(value) for value in evaluation.stats])


if __name__ == "__main__":
    main()
