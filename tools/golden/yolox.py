"""Golden numbers of YOLOX-nano, with onnxruntime as oracle for the network, OpenCV for the scaling
and NumPy for the boxes, on photographs that are not in the repository.

Writes crates/story-verify/tests/golden/yolox_nano.json: sums over pixels, samples of the output, and
the boxes found; no picture. The squares that the network sees come from the Rust test, so that both
sides see the same pixels whatever decodes JPEG; that of the PNG is compared with OpenCV's own.

    STORY_YOLOX_SQUARES=FOLDER cargo test -p story-verify yolox        (fails until the file is new)
    python tools/golden/yolox.py FOLDER yolox_nano.onnx PHOTOGRAPHS... (needs onnxruntime, OpenCV)
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

FILE = Path("crates/story-verify/tests/golden/yolox_nano.json")
SOURCE = Path("crates/story-language/src/coco.rs")
SIDE, STRIDES, GREY = 416, (8, 16, 32), 114
STEP = 1009  # a prime: the samples fall on every column
SCORE, IOU = 0.3, 0.45  # of the published demonstration


def letterbox(picture):
    scale = min(SIDE / picture.shape[0], SIDE / picture.shape[1])
    size = int(picture.shape[1] * scale), int(picture.shape[0] * scale)
    square = np.full((SIDE, SIDE, 3), GREY, dtype=np.uint8)
    square[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    return square


def boxes(output):
    """Category, score and corners in the square of every place."""
    grids = [
        np.stack([*np.meshgrid(np.arange(SIDE // s), np.arange(SIDE // s)), np.full((SIDE // s,) * 2, s)], -1)
        for s in STRIDES
    ]
    grid = np.concatenate([g.reshape(-1, 3) for g in grids]).astype(np.float64)
    centre = (output[:, :2] + grid[:, :2]) * grid[:, 2:]
    half = np.exp(output[:, 2:4]) * grid[:, 2:] / 2
    category = output[:, 5:].argmax(1)
    return category, output[:, 4] * output[:, 5:].max(1), np.hstack([centre - half, centre + half])


def iou(a, b):
    overlap = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    return overlap / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - overlap)


def suppress(category, score, place):
    kept = []
    for at in np.argsort(-score, kind="stable"):
        if score[at] >= SCORE and not any(
            category[k] == category[at] and iou(place[k], place[at]) > IOU for k in kept
        ):
            kept.append(at)
    return kept


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def main():
    squares, weights, *photographs = sys.argv[1:]
    names = [line.strip()[1:-2] for line in SOURCE.read_text().splitlines() if line.startswith('    "')]
    assert len(names) == 80
    session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
    golden = {}
    for path in map(Path, photographs):
        data = (Path(squares) / f"{path.name}.rgb").read_bytes()
        square = np.frombuffer(data, dtype=np.uint8).reshape(SIDE, SIDE, 3)
        picture = cv2.imread(str(path))
        own = letterbox(picture)[:, :, ::-1]
        difference = np.abs(own.astype(int) - square).max()
        print(path.name, "largest difference from OpenCV's square", difference)
        assert difference == 0 or path.suffix != ".png"
        planes = square[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        (output,) = session.run(None, {"images": planes})
        output = output[0].astype(np.float64)
        category, score, place = boxes(output)
        height, width = picture.shape[:2]
        scale = min(SIDE / height, SIDE / width)
        found = []
        for at in suppress(category, score, place):
            corners = np.clip(place[at] / scale, 0, [width, height, width, height])
            if (corners[2:] > corners[:2]).all():
                found.append([names[category[at]], round(float(score[at]), 6), [round(float(v), 3) for v in corners]])
        golden[path.name] = {
            "square": fnv(data),
            "step": STEP,
            "output": [float(f"{v:.7g}") for v in output.reshape(-1)[::STEP]],
            "found": found,
        }
    FILE.write_text(json.dumps({"photographs": golden}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
