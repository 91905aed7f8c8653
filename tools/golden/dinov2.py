"""Golden numbers of DINOv2 (ViT-S/14), with transformers as oracle, in float64, on weights from
formula.py and the pictures of image_encoders.py.

Writes crates/story-encoders/tests/golden/dinov2.json. Run by hand from the root of the repository:

    python tools/golden/dinov2.py
"""

import json

import torch
import torch.nn.functional as F
from formula import fill
from image_encoders import FOLDER, gradients, number, pictures, rows
from transformers import Dinov2Config, Dinov2Model

# ViT-S/14, as facebook/dinov2-small has it.
SMALL = dict(hidden_size=384, num_hidden_layers=12, num_attention_heads=6, image_size=518, patch_size=14)


# transformers 5 renames what a published file holds when it loads it.
PUBLISHED = {
    ".attention.q_proj.": ".attention.attention.query.",
    ".attention.k_proj.": ".attention.attention.key.",
    ".attention.v_proj.": ".attention.attention.value.",
    ".attention.o_proj.": ".attention.output.dense.",
}


def published(name):
    for new, old in PUBLISHED.items():
        name = name.replace(new, old)
    return name


def network(**changes):
    model = Dinov2Model(Dinov2Config(**{**SMALL, **changes}))
    fill(model.state_dict(), name=published)
    return model.double().eval()


def outputs(model, side):
    with torch.no_grad():
        output = model(pictures(side))
    states = output.last_hidden_state
    assert torch.equal(states[:, 0], output.pooler_output)
    return {"class": rows(states[:, 0]), "mean": rows(states[:, 1:].mean(dim=1))}


def main():
    model = network()
    names = [
        "layernorm.weight",
        "encoder.layer.11.attention.attention.query.weight",
        "encoder.layer.11.attention.output.dense.bias",
        "encoder.layer.11.mlp.fc1.weight",
        "encoder.layer.11.layer_scale2.lambda1",
        "encoder.layer.0.layer_scale1.lambda1",
        "encoder.layer.0.norm1.weight",
        "embeddings.cls_token",
        "embeddings.position_embeddings",
        "embeddings.patch_embeddings.projection.weight",
    ]
    x = pictures(224)[:1]
    theirs = {published(name): name for name, _ in model.named_parameters()}
    golden = {"dinov2_small": outputs(model, 224)}
    found = gradients(model, lambda: model(x).pooler_output, [theirs[name] for name in names])
    golden["dinov2_small"]["gradients"] = {published(name): it for name, it in found.items()}
    # As many patches as positions, fewer and more.
    for side, pretrained in ((70, 70), (42, 70), (98, 70)):
        small = network(num_hidden_layers=2, image_size=pretrained)
        golden[f"dinov2_{pretrained}_at_{side}"] = outputs(small, side)
    # What the positions become on the way, one column of them.
    line = torch.tensor([0.0, 1.0, 4.0, 9.0, 16.0], dtype=torch.float64)
    column = line.reshape(1, 1, 5, 1).expand(1, 1, 5, 5)
    golden["bicubic"] = {
        str(to): [number(v) for v in F.interpolate(column, size=(to, to), mode="bicubic")[0, 0, :, 0]]
        for to in (3, 7)
    }
    golden["names"] = [
        name for name in sorted(theirs) if ".layer." not in name or ".layer.0." in name
    ]
    path = FOLDER / "dinov2.json"
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
