"""Golden numbers of the published picture encoders, with torchvision and transformers as oracles, in
float64, on weights from formula.py and pictures from a formula that the Rust test repeats.

Writes crates/story-encoders/tests/golden/image_encoders.json and image_names.json. A tensor is
summed up by its first values and by its products with fixed vectors (see `summary`), which see a
difference anywhere. Run by hand from the root of the repository; timm is wanted for names only:

    python tools/golden/image_encoders.py
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from formula import fill, values
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    MobileNetV2Config,
    MobileNetV2ForImageClassification,
    ResNetConfig,
    ResNetForImageClassification,
)

FOLDER = Path("crates/story-encoders/tests/golden")
GOLDEN = 0.6180339887498949
FIRST = 48
PROJECTIONS = 24
GRADIENT_PROJECTIONS = 6  # gradients have millions of values
PICTURES = 3


def picture(index, side):
    """Slow and fast waves, different in each channel and picture, within -1.5 and 1.5."""
    c = np.arange(3, dtype=np.float64)[:, None, None]
    y = np.arange(side, dtype=np.float64)[None, :, None]
    x = np.arange(side, dtype=np.float64)[None, None, :]
    phase = 0.11 * (c + 1) + 0.037 * (index + 1) * y + 0.053 * x + 0.0007 * x * y * (c + 1)
    return torch.from_numpy((1.5 * np.sin(phase)).astype(np.float32)).double()


def pictures(side):
    return torch.stack([picture(index, side) for index in range(PICTURES)])


def number(value):
    return float(f"{float(value):.8g}")


def summary(tensor, projections=PROJECTIONS):
    """The first values, and products with the vectors `projection.{k}.bias` of the formula."""
    flat = tensor.detach().reshape(-1)
    vectors = [values(f"projection.{k}.bias", (len(flat),)) for k in range(projections)]
    products = [number(flat @ torch.from_numpy(v).double()) for v in vectors]
    return {"first": [number(v) for v in flat[:FIRST]], "products": products}


def rows(tensor):
    return [summary(row) for row in tensor]


def weighted_sum(output):
    """story_core::conformance::weighted_sum"""
    index = torch.arange(output.numel(), dtype=torch.float64)
    weights = torch.fmod((index + 1) * GOLDEN, 1.0) - 0.5
    return (output.reshape(-1) * weights.float().double()).sum()


def gradients(model, run, names):
    model.zero_grad()
    weighted_sum(run()).backward()
    parameters = dict(model.named_parameters())
    return {name: summary(parameters[name].grad, GRADIENT_PROJECTIONS) for name in names}


def resnet(depth):
    model = fill(getattr(torchvision.models, f"resnet{depth}")(weights=None)).double().eval()

    def maps(x):
        x = model.maxpool(model.relu(model.bn1(model.conv1(x))))
        return model.layer4(model.layer3(model.layer2(model.layer1(x))))

    def vectors(x):
        return maps(x).mean(dim=(2, 3))

    with torch.no_grad():
        x = pictures(224)
        logits = model(x)
        assert torch.allclose(logits, model.fc(vectors(x)))
        case = {"vectors": rows(vectors(x)), "logits": rows(logits)}
        if depth == 18:
            x = pictures(97)
            case["odd_side"] = rows(vectors(x))
            # Ours lays columns before rows.
            cells = F.adaptive_avg_pool2d(maps(x), 3).transpose(2, 3)
            case["grid"] = rows(cells.flatten(1))
    names = ["layer4.1.conv2.weight", "layer4.0.downsample.1.weight", "layer4.0.bn1.bias"]
    if depth != 34:
        names += ["conv1.weight", "bn1.weight", "layer1.0.conv1.weight"]
        x = pictures(64)
        case["gradients"] = gradients(model, lambda: vectors(x), names)
    return case, model


def resnet_of_hugging_face(model):
    """The same network from another hand; its names are mapped here, proven by equal outputs."""
    theirs = ResNetForImageClassification(ResNetConfig(num_labels=1000)).double().eval()

    def rename(name):
        if name.startswith("classifier"):
            return name.replace("classifier.1", "fc")
        name = name.removeprefix("resnet.").replace("embedder.embedder.", "stem.")
        name = name.replace("stem.convolution", "conv1").replace("stem.normalization", "bn1")
        name = name.replace("shortcut.convolution", "downsample.0")
        name = name.replace("shortcut.normalization", "downsample.1")
        for index in range(3):
            name = name.replace(f".layer.{index}.convolution", f".conv{index + 1}")
            name = name.replace(f".layer.{index}.normalization", f".bn{index + 1}")
        for index in range(4):
            name = name.replace(f"encoder.stages.{index}.layers.", f"layer{index + 1}.")
        return name

    pairs = {key: rename(key) for key in theirs.state_dict()}
    ours = model.state_dict()
    theirs.load_state_dict({key: ours[name] for key, name in pairs.items()})
    with torch.no_grad():
        x = pictures(64)
        assert torch.allclose(theirs(x).logits, model(x))
    return pairs


def in_order(theirs, ours):
    """Names of two networks whose parts are declared in one order; shapes must agree, but for the
    number of classes."""
    theirs, ours = theirs.state_dict(), ours.state_dict()
    shapes = lambda tensors: [t.shape for name, t in tensors.items() if "classifier" not in name]
    assert shapes(theirs) == shapes(ours) and len(theirs) == len(ours)
    return dict(zip(theirs, ours))


def mobilenet():
    model = fill(torchvision.models.mobilenet_v2(weights=None)).double().eval()

    def vectors(x):
        return model.features(x).mean(dim=(2, 3))

    with torch.no_grad():
        x = pictures(224)
        case = {"vectors": rows(vectors(x)), "logits": rows(model(x))}
        case["odd_side"] = rows(vectors(pictures(97)))
    names = ["features.18.0.weight", "features.17.conv.1.0.weight", "features.17.conv.3.bias"]
    names += ["features.0.0.weight", "features.1.conv.0.0.weight", "features.4.conv.1.1.weight"]
    x = pictures(64)
    case["gradients"] = gradients(model, lambda: vectors(x), names)
    return case, model


def mobilenet_of_tensorflow(model):
    """Hugging Face's has TensorFlow's padding and epsilon, and 1001 classes."""
    config = MobileNetV2Config(num_labels=1001, tf_padding=True, layer_norm_eps=1e-3)
    theirs = MobileNetV2ForImageClassification(config).double().eval()
    pairs = in_order(theirs, model)
    fill(theirs.state_dict(), name=pairs.get)
    sizes = {}
    with torch.no_grad():
        for side in (224, 97):
            x = pictures(side)
            states = theirs.mobilenet_v2(x).last_hidden_state
            sizes[f"side_{side}"] = rows(states.mean(dim=(2, 3)))
        sizes["logits"] = rows(theirs(pictures(224)).logits)
    return sizes, pairs


def clip():
    model = fill(CLIPVisionModelWithProjection(CLIPVisionConfig())).double().eval()
    x = pictures(224)
    with torch.no_grad():
        output = model(x)
        case = {"vectors": rows(output.image_embeds)}
        case["class"] = rows(model.vision_model(x).pooler_output)
    names = [
        "visual_projection.weight",
        "vision_model.post_layernorm.bias",
        "vision_model.encoder.layers.11.mlp.fc1.weight",
        "vision_model.encoder.layers.11.self_attn.q_proj.weight",
        "vision_model.encoder.layers.0.layer_norm2.weight",
        "vision_model.pre_layrnorm.weight",
        "vision_model.embeddings.class_embedding",
        "vision_model.embeddings.patch_embedding.weight",
        "vision_model.embeddings.position_embedding.weight",
    ]
    case["gradients"] = gradients(model, lambda: model(x[:1]).image_embeds, names)
    return case, model


def parameters(model):
    return sorted(name for name, _ in model.named_parameters())


def main():
    torch.manual_seed(0)
    golden, names, networks = {}, {}, {}
    for depth in (18, 34, 50):
        golden[f"resnet{depth}"], networks[depth] = resnet(depth)
    golden["mobilenet_v2"], mobile = mobilenet()
    golden["mobilenet_v2_tensorflow"], mobile_pairs = mobilenet_of_tensorflow(mobile)
    golden["clip"], tower = clip()
    # Statistics are named like their norm's scale: they would only make the file longer.
    kept = lambda name: name.endswith((".weight", ".bias"))
    pairs = {"resnet50_hugging_face": resnet_of_hugging_face(networks[50])}
    pairs["mobilenet_v2_hugging_face"] = mobile_pairs
    try:
        import timm

        theirs = timm.create_model("mobilenetv2_100").double().eval()
        pairs["mobilenet_v2_timm"] = in_order(theirs, mobile)
        fill(theirs.state_dict(), name=pairs["mobilenet_v2_timm"].get)
        with torch.no_grad():
            assert torch.allclose(theirs(pictures(64)), mobile(pictures(64)))
        assert set(timm.create_model("resnet50").state_dict()) == set(networks[50].state_dict())
    except ImportError:
        print("timm is not there: its names are left out")
    names["pairs"] = {
        network: [[theirs, ours] for theirs, ours in found.items() if kept(theirs)]
        for network, found in pairs.items()
    }
    names["parameters"] = {
        "resnet18": parameters(networks[18]),
        "mobilenet_v2": parameters(mobile),
        "clip": [name for name in parameters(tower) if ".layers." not in name or ".layers.0." in name],
    }
    for name, content in (("image_encoders", golden), ("image_names", names)):
        path = FOLDER / f"{name}.json"
        path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
