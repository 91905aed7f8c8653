"""Golden values for the grounding metrics of story-metrics.

Usage: python tools/golden/grounding.py crates/story-metrics/tests/golden PATH_TO_STORYREASONING

The second path is a checkout of github.com/daniel3303/StoryReasoning (made with c7c5906), whose own
metrics are run for the published way. Precision, recall and AP within frames come from pycocotools
2.0.11 where scores differ, and from a NumPy reimplementation where they tie; IDF1 from SciPy's
assignment; kept ids and persistence from a few lines of Python. All boxes are invented here with SplitMix64, so that every run writes the same file.
"""

import ast
import contextlib
import importlib
import io
import json
import pathlib
import sys

import numpy as np
from decisions import SplitMix64, number
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.optimize import linear_sum_assignment

random = SplitMix64(31)
KINDS = ["character", "object"]
PIXELS = 1000  # of a frame; whole pixels keep overlaps away from exactly one half


def region():
    width, height = 120 + random.below(300), 150 + random.below(350)
    return [random.below(PIXELS - width), random.below(PIXELS - height), width, height]


def moved(box):
    """A box near another, often near enough to match."""
    shift = [random.below(101) - 50 for _ in range(4)]
    x, y, w, h = (a + b for a, b in zip(box, shift))
    return [max(x, 0), max(y, 0), max(w, 60), max(h, 60)]


def story(at, distinct):
    """References and an answer: some boxes moved, some in the wrong frame, some invented, ids mixed up."""
    references, answer = [], []
    for frame in range(1, 2 + random.below(6)):
        for kind in KINDS:
            for number_of_id in range(1, 1 + random.below(4)):
                references.append([frame, kind, f"{kind[0]}{number_of_id}", region()])
    for frame, kind, entity, box in references:
        luck = random.below(10)
        if luck == 0:
            continue
        if luck == 1:
            frame += 1
        if luck == 2:
            kind = KINDS[kind == KINDS[0]]
        if luck == 3:
            entity = f"{kind[0]}{1 + random.below(4)}"
        answer.append([frame, kind, entity, moved(box)])
        if random.below(12) == 0:  # twice the same
            answer.append([frame, kind, entity + "x", moved(box)])
    for _ in range(random.below(3)):
        answer.append([1 + random.below(4), KINDS[random.below(2)], "new", region()])
    if distinct:
        ranks = list(range(len(answer)))
        for last in range(len(ranks) - 1, 0, -1):
            other = random.below(last + 1)
            ranks[last], ranks[other] = ranks[other], ranks[last]
        scores = [((rank * 13 + 1 + random.below(12)) * 4 + at) / 4096 for rank in ranks]
    else:
        scores = [[1.0] * 3, [0.25, 0.5, 1.0]][random.below(2)]
        scores = [scores[random.below(3)] for _ in answer]
    answer = [[*entity, score] for entity, score in zip(answer, scores)]
    return references, answer


def iou(a, b):
    x = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    y = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    overlap = max(x, 0) * max(y, 0)
    return overlap / (a[2] * a[3] + b[2] * b[3] - overlap)


def coco(stories, kind):
    """AP50, and the matched, answered and reference boxes, from pycocotools."""
    images, annotations, results = [], [], []
    for at, (references, answer) in enumerate(stories):
        for frame in range(1, 10):
            image = at * 10 + frame
            images.append({"id": image})
        for frame, of, _, box in references:
            if of == kind:
                annotations.append({"id": len(annotations) + 1, "image_id": at * 10 + frame, "category_id": 1,
                                    "bbox": box, "area": box[2] * box[3], "iscrowd": 0})
        for frame, of, _, box, score in answer:
            if of == kind:
                results.append({"image_id": at * 10 + frame, "category_id": 1, "bbox": box, "score": score})
    if not annotations:
        return None, 0, len(results), 0
    if not results:
        return 0.0, 0, 0, len(annotations)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {"images": images, "annotations": annotations, "categories": [{"id": 1}], "info": {}}
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.params.areaRng = [[0, 1e10]]
        evaluation.params.areaRngLbl = ["all"]
        evaluation.params.maxDets = [10_000]
        evaluation.evaluate()
        evaluation.accumulate()
    matched = sum(int((e["dtMatches"] > 0).sum()) for e in evaluation.evalImgs if e)
    return float(evaluation.eval["precision"].mean()), matched, len(results), len(annotations)


def greedy(references, answer):
    """Pairs (box, reference) of one kind, by score, then overlap."""
    pairs = [(-a[4], -iou(a[3], r[3]), i, j) for i, a in enumerate(answer) for j, r in enumerate(references)
             if a[0] == r[0] and iou(a[3], r[3]) >= 0.5]
    left, right = {}, set()
    for _, _, i, j in sorted(pairs):
        if i not in left and j not in right:
            left[i] = j
            right.add(j)
    return left.items()


def by_hand(stories, kind):
    """The same with ties: pairs by score, then overlap; one threshold a distinct score."""
    flags, total = [], 0
    for references, answer in stories:
        references = [r for r in references if r[1] == kind]
        answer = [a for a in answer if a[1] == kind]
        total += len(references)
        matched = {i for i, _ in greedy(references, answer)}
        flags += [(a[4], i in matched) for i, a in enumerate(answer)]
    if total == 0:
        return None, 0, len(flags), 0
    points = []
    for threshold in sorted({score for score, _ in flags}):
        called = [flag for score, flag in flags if score >= threshold]
        points.append((sum(called) / total, sum(called) / len(called)))
    steps = np.linspace(0.0, 1.0, 101)
    best = [max([p for r, p in points if r >= step], default=0.0) for step in steps]
    return float(np.mean(best)), sum(flag for _, flag in flags), len(flags), total


def identity(stories, kind):
    """IDTP, (id, frame) pairs of both sides, from SciPy's assignment; boxes may share an id and frame."""
    sums = np.zeros(3, dtype=int)
    for references, answer in stories:
        of = [[e for e in side if e[1] == kind] for side in (answer, references)]
        ids = [sorted({e[2] for e in side}) for side in of]
        sums[1:] += [len({(e[2], e[0]) for e in side}) for side in of]
        if not all(ids):
            continue
        table = np.array([[
            len({a[0] for a in of[0] for r in of[1]
                 if (a[2], r[2]) == (i, j) and a[0] == r[0] and iou(a[3], r[3]) >= 0.5})
            for j in ids[1]] for i in ids[0]])
        rows, columns = linear_sum_assignment(table, maximize=True)
        sums[0] += table[rows, columns].sum()
    return [int(value) for value in sums]


def returns(stories, kind):
    """References matched after an earlier match, and those that kept the id of it."""
    total, kept = 0, 0
    for references, answer in stories:
        references = [r for r in references if r[1] == kind]
        answer = [a for a in answer if a[1] == kind]
        chains = {}
        for i, j in greedy(references, answer):
            chains.setdefault(references[j][2], []).append((references[j][0], answer[i][2]))
        for chain in chains.values():
            ids = [entity for _, entity in sorted(chain)]
            total += len(ids) - 1
            kept += sum(a == b for a, b in zip(ids, ids[1:]))
    return [total, kept]


def persistence(stories, answered, kind):
    """Mean over answered stories of the share of ids in at least 2 and 5 frames, 0 without ids."""
    shares = []
    for at, (_, answer) in enumerate(stories):
        if answered[at] != "missing":
            frames = {}
            for entity in answer:
                if entity[1] == kind:
                    frames.setdefault(entity[2], set()).add(entity[0])
            counts = [len(of) for of in frames.values()]
            shares.append([np.mean([n >= k for n in counts]) if counts else 0.0 for k in (2, 5)])
    return [number(v) for v in np.mean(shares, axis=0)] if shares else [None, None]


def regions(checkout):
    """Boxes of any corners as the published reader makes fractions of them."""
    source = (pathlib.Path(checkout) / "story_reasoning/eval/story_reasoning/evaluate.py").read_text(encoding="utf-8")
    functions = [node for node in ast.parse(source).body if getattr(node, "name", "") == "parse_bounding_box"]
    scope = {"Tuple": tuple}
    exec(compile(ast.Module(functions, []), "evaluate.py", "exec"), scope)
    cases = []
    for _ in range(40):
        frame = [1 + random.below(1900), 1 + random.below(1000)]
        corners = [random.below(2200) - 150 for _ in range(4)]
        parts = scope["parse_bounding_box"](", ".join(map(str, corners)), *frame)
        cases.append({"corners": corners, "frame": frame, "parts": [number(part) for part in parts]})
    return cases


def published(stories, answered):
    """What StoryReasoning's own metrics give; boxes as fractions, labels as its reader makes them."""
    package = "story_reasoning.metrics.grounding.story_reasoning."
    detection = importlib.import_module("story_reasoning.models.object_detection.detection").Detection

    def detections(entities):
        return [
            detection(id=at, label="person" if e[1] == KINDS[0] else "thing", image_id=str(e[0]),
                      score=e[4] if len(e) > 4 else 1.0, box_x=e[3][0] / PIXELS, box_y=e[3][1] / PIXELS,
                      box_w=e[3][2] / PIXELS, box_h=e[3][3] / PIXELS, image_width=PIXELS, image_height=PIXELS)
            for at, e in enumerate(entities)
        ]

    sides = {}, {}
    for at, (references, answer) in enumerate(stories):
        if answered[at] != "missing":  # as its evaluation skips stories without a file
            sides[0][str(at)] = detections(references)
            sides[1][str(at)] = detections(answer)
    scores = {}
    for module, name in [
        ("character_precision", "CharacterPrecision"), ("character_recall", "CharacterRecall"),
        ("character_f1", "CharacterF1"), ("object_precision", "ObjectPrecision"),
        ("object_recall", "ObjectRecall"), ("object_f1", "ObjectF1"), ("precision", "Precision"),
        ("recall", "Recall"), ("f1", "F1"), ("mean_average_precision", "MeanAveragePrecision"),
    ]:
        metric = getattr(importlib.import_module(package + module), name)()
        scores[module] = number(metric.evaluate(*sides)) if sides[0] else None
    return list(scores.values())


def corpora():
    cases = []
    for at in range(60):
        distinct = at % 2 == 0
        stories = [story(number_of_story, distinct) for number_of_story in range(1 + random.below(4))]
        # One story in eight has no answer, one in eight an unreadable one.
        answered = [["boxes", "boxes", "boxes", "boxes", "boxes", "boxes", "unreadable", "missing"][random.below(8)]
                    for _ in stories]
        if at < 4:
            answered = [["boxes", "unreadable", "missing", "boxes"][at]] * len(stories)
        stories = [(r, a if state == "boxes" else []) for (r, a), state in zip(stories, answered)]
        if at == 3:
            stories = [([], [])] * len(stories)
        kinds = {}
        for kind in KINDS:
            ap, matched, count, total = (coco if distinct else by_hand)(stories, kind)
            kinds[kind] = {"ap": number(ap), "matched": matched, "answered": count, "references": total,
                           "identity": identity(stories, kind), "returns": returns(stories, kind),
                           "persistence": persistence(stories, answered, kind)}
        cases.append({
            "stories": [{"state": state, "references": r, "answer": a}
                        for (r, a), state in zip(stories, answered)],
            "kinds": kinds, "published": published(stories, answered),
        })
    return cases


def main():
    sys.path.insert(0, sys.argv[2])
    value = {"pixels": PIXELS, "corpora": corpora(), "regions": regions(sys.argv[2])}
    path = pathlib.Path(sys.argv[1]) / "grounding.json"
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
