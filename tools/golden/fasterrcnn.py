"""Golden numbers of Faster R-CNN, with torchvision as the oracle, stage by stage, in float64, on
weights from formula.py and a picture from a formula that the Rust side repeats.

Weights by the formula alone would let values grow from block to block and leave one class; `FACTORS`
says what the last norm of each block and the last layers are multiplied by. One norm has a small
variance and a scale to match, so that what is added to variances shows.
crates/story-verify/src/fasterrcnn/stages.rs does the same.

Writes crates/story-verify/tests/golden/fasterrcnn_{small,full,names}.json. Run by hand from the root:

    python tools/golden/fasterrcnn.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from formula import values
from torchvision.models import resnet50
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection._utils import overwrite_eps
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.models.detection.faster_rcnn import FasterRCNN_ResNet50_FPN_Weights
from torchvision.ops.misc import FrozenBatchNorm2d

FOLDER = Path("crates/story-verify/tests/golden")
FACTORS = {
    "layer1.0.bn1.running_var": 1e-4,
    "layer1.0.bn1.weight": 1e-2,
    "bn3.weight": 0.25,
    "cls_logits.weight": 0.2,
    "rpn.head.bbox_pred.weight": 0.02,
    "cls_score.weight": 0.6,
    "box_predictor.bbox_pred.weight": 0.3,
}
# The sides that pictures are resized to, and height and width of the picture.
SIZES = {"small": ((96, 160), (75, 110)), "full": ((800, 1333), (120, 160))}
PROPOSALS = 40  # so many are written down, and go through the head
PRODUCTS = 4
FIRST = 6


def factor(name):
    return next((value for end, value in FACTORS.items() if name.endswith(end)), 1.0)


def picture(height, width):
    y = np.arange(height, dtype=np.float64)[:, None, None]
    x = np.arange(width, dtype=np.float64)[None, :, None]
    c = np.arange(3, dtype=np.float64)[None, None, :]
    wave = np.sin(0.21 * x * (1 + 0.3 * c) + 0.13 * y) + np.cos(0.17 * y - 0.05 * x * (c - 1))
    return np.floor(127.5 + 60.0 * wave).clip(0, 255).astype(np.uint8)


def model(min_size, max_size):
    """As fasterrcnn_resnet50_fpn(weights=COCO_V1) is built, and its tensors' shapes by name."""
    backbone = _resnet_fpn_extractor(resnet50(weights=None, norm_layer=FrozenBatchNorm2d), 3)
    net = FasterRCNN(backbone, 91, min_size=min_size, max_size=max_size)
    overwrite_eps(net, 0.0)
    state = net.state_dict()
    # Products in float32, as the Rust side has them.
    weights = {name: values(name, t.shape) * np.float32(factor(name)) for name, t in state.items()}
    net.load_state_dict({name: torch.from_numpy(np.array(w)) for name, w in weights.items()})
    published = FasterRCNN_ResNet50_FPN_Weights.COCO_V1.meta["num_params"]
    assert sum(p.numel() for p in net.parameters()) == published
    return net.double().eval(), {name: list(t.shape) for name, t in state.items()}


def number(value):
    return float(f"{float(value):.9g}")


def summary(tensor):
    """First values, mean square, and products with the formula's vectors `projection.{k}.bias`, over
    the lengths of both: a difference anywhere shows in them."""
    flat = tensor.detach().double().flatten().numpy()
    vectors = [values(f"projection.{k}.bias", flat.shape).astype(np.float64) for k in range(PRODUCTS)]
    lengths = np.linalg.norm(flat)
    return {
        "shape": list(tensor.shape),
        "first": [number(v) for v in flat[:FIRST]],
        "square": number((flat**2).mean()),
        "products": [number(flat @ v / (lengths * np.linalg.norm(v))) for v in vectors],
    }


def boxes(tensor):
    return [[number(v) for v in box] for box in tensor]


def stages(net, pixels):
    image = torch.from_numpy(pixels).permute(2, 0, 1).double() / 255.0
    with torch.no_grad():
        batch, _ = net.transform([image])
        maps = net.backbone(batch.tensors)
        features = list(maps.values())
        objectness, shifts = net.rpn.head(features)
        anchors = net.rpn.anchor_generator(batch, features)
        proposals, _ = net.rpn(batch, maps)
        # The head sees these on both sides, whatever the order of the others; rounded as written.
        first = torch.tensor(boxes(proposals[0][:PROPOSALS]), dtype=torch.float64)
        pooled = net.roi_heads.box_roi_pool(maps, [first], batch.image_sizes)
        logits, box_shifts = net.roi_heads.box_predictor(net.roi_heads.box_head(pooled))
        found = net([image])[0]
        net.roi_heads.nms_thresh, net.roi_heads.detections_per_img = 1.0, 10**6
        candidates = len(net([image])[0]["labels"])
        net.roi_heads.nms_thresh, net.roi_heads.detections_per_img = 0.5, 100
    scores = found["scores"]
    print(
        len(proposals[0]), "proposals;", candidates, "candidates;", len(scores), "found; classes",
        sorted(set(found["labels"].tolist())), "scores", float(scores[0]), float(scores[-1]),
        "least gap", float((scores[:-1] - scores[1:]).min()),
    )
    assert len(set(found["labels"].tolist())) >= 3 and candidates > len(scores) and (scores < 0.99).all()
    return {
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "resized": list(batch.image_sizes[0]),
        "prepared": summary(batch.tensors),
        "maps": [summary(m) for m in features],
        "objectness": [summary(o.permute(0, 2, 3, 1)) for o in objectness],
        "shifts": [summary(d.permute(0, 2, 3, 1)) for d in shifts],
        "anchors": summary(anchors[0]),
        "proposals": {"count": len(proposals[0]), "first": boxes(first)},
        "pooled": summary(pooled),
        "scores": summary(torch.softmax(logits, -1)),
        "box_shifts": summary(box_shifts),
        "found": {
            "boxes": boxes(found["boxes"]),
            "scores": [number(v) for v in scores],
            "labels": found["labels"].tolist(),
        },
    }


def write(name, content):
    path = FOLDER / f"fasterrcnn_{name}.json"
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)


def main():
    torch.set_num_threads(2)
    for name, ((shorter, longer), size) in SIZES.items():
        net, names = model(shorter, longer)
        write(name, stages(net, picture(*size)))
    categories = FasterRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]
    write("names", {"categories": categories, "shapes": dict(sorted(names.items()))})


if __name__ == "__main__":
    main()
