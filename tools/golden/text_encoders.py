"""Golden numbers of the published text encoders, with transformers as the oracle.

Run by hand from the workspace root:

    python tools/golden/text_encoders.py
    python tools/golden/text_encoders.py path/to/all-MiniLM-L6-v2

Writes crates/story-encoders/tests/golden/text_encoders.json: full-size networks and, of small
ones, gradients. Their weights come from one formula on both sides (formula.py). With a folder of
real weights (config.json, model.safetensors, tokenizer.json) it writes minilm.json instead.

The oracle runs in double precision on weights that are exact in single precision. Each text also
runs alone and without padding, and must give what it gives in the padded batch.
"""

import json
import math
import sys
from pathlib import Path

import torch
import transformers
from formula import fill, unit

FOLDER = Path("crates/story-encoders/tests/golden")
# Every STRIDE-th value of a vector is kept: 32 to 64 values.
STRIDE = 12
GOLDEN = 0.6180339887498949
SENTENCES = [
    "The old fisherman pulled his boat onto the sand before the storm.",
    "A fishing boat was dragged ashore ahead of bad weather.",
    "My grandmother keeps bees behind her house!",
    "Where did the children hide the drum?",
    "In 1969, three men flew 384,400 km to the moon.",
    "Yes.",
]


def full_size():
    bert = dict(attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0)
    small = dict(hidden_size=384, num_attention_heads=12, num_hidden_layers=6, intermediate_size=1536)
    clip = transformers.CLIPTextConfig()
    clip.bos_token_id, clip.eos_token_id = 49406, 49407
    return {
        "distilbert": transformers.DistilBertModel(transformers.DistilBertConfig()),
        "minilm": transformers.BertModel(transformers.BertConfig(**small, **bert)),
        "bert-base": transformers.BertModel(transformers.BertConfig(**bert)),
        "clip-text": transformers.CLIPTextModelWithProjection(clip),
    }


def small_size():
    sizes = dict(vocab_size=50, max_position_embeddings=12)
    bert = dict(hidden_size=8, num_attention_heads=2, num_hidden_layers=3, intermediate_size=12)
    clip = dict(bert, projection_dim=6, bos_token_id=48, eos_token_id=49, pad_token_id=49)
    return {
        "distilbert": transformers.DistilBertModel(
            transformers.DistilBertConfig(**sizes, dim=8, n_heads=2, n_layers=3, hidden_dim=12)
        ),
        "bert": transformers.BertModel(transformers.BertConfig(**sizes, **bert)),
        "clip-text": transformers.CLIPTextModelWithProjection(
            transformers.CLIPTextConfig(**sizes, **clip)
        ),
    }


def texts(kind, vocabulary, lengths):
    """Rows of ids: start, ids that look random, end."""
    rows = []
    for number, length in enumerate(lengths):
        start, end = (vocabulary - 2, vocabulary - 1) if "clip" in kind else (2, 3)
        places = (unit(f"{kind}.{number}", length - 2) + 1.0) / 2.0 * (vocabulary - 10)
        rows.append([start, *(4 + int(place) for place in places), end])
    return rows


def padded(rows, pad, most):
    longest = min(max(map(len, rows)) + 2, most)
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, mask


def vectors(model, ids, mask):
    """Pooled vectors by name, and the states of the tokens."""
    out = model(input_ids=ids, attention_mask=mask)
    states = out.last_hidden_state
    if hasattr(out, "text_embeds"):
        return {"end": out.text_embeds}, states
    keep = mask.unsqueeze(2).to(states.dtype)
    return {"cls": states[:, 0], "mean": (states * keep).sum(1) / keep.sum(1)}, states


def prepared(model):
    return fill(model).eval().double()


def whole(values):
    return [float(f"{value:.9g}") for value in values]


def forward_case(kind, model, lengths):
    vocabulary = model.config.vocab_size
    rows = texts(kind, vocabulary, lengths)
    pad = vocabulary - 1 if "clip" in kind else 0
    ids, mask = padded(rows, pad, model.config.max_position_embeddings)
    with torch.no_grad():
        pooled, states = vectors(model, ids, mask)
        for number, row in enumerate(rows):
            alone, own = vectors(model, torch.tensor([row]), torch.ones(1, len(row), dtype=torch.long))
            for name, vector in alone.items():
                torch.testing.assert_close(vector[0], pooled[name][number], rtol=1e-9, atol=1e-9)
            torch.testing.assert_close(own[0], states[number, : len(row)], rtol=1e-9, atol=1e-9)
        if "clip" in kind:
            # OpenAI's checkpoints say 2 in their config, by which transformers takes the argmax.
            model.text_model.config.eos_token_id = model.text_model.eos_token_id = 2
            by_argmax, _ = vectors(model, ids, mask)
            torch.testing.assert_close(by_argmax["end"], pooled["end"], rtol=0, atol=0)
    return {
        "texts": rows,
        "padding": pad,
        "pooled": {
            name: [
                {"slice": whole(row[::STRIDE].tolist()), "norm": row.norm().item()}
                for row in vector
            ]
            for name, vector in pooled.items()
        },
        # One token of each text, and the norm over all of its tokens.
        "states": [
            {
                "token": len(row) // 2,
                "slice": whole(states[number, len(row) // 2, ::STRIDE].tolist()),
                "norm": states[number, : len(row)].norm().item(),
            }
            for number, row in enumerate(rows)
        ],
    }


def gradient_case(kind, model, train):
    """Gradients of the `train` top layers (of CLIP the last norm and the projection too)."""
    rows = texts(kind, 50, [9, 3, 6])
    ids, mask = padded(rows, 49 if "clip" in kind else 0, 12)
    lists = {"distilbert": "transformer.layer", "bert": "encoder.layer"}
    prefix = lists.get(kind, "text_model.encoder.layers")
    top = [f"{prefix}.{index}." for index in range(3 - train, 3)]
    if "clip" in kind:
        top += ["text_model.final_layer_norm.", "text_projection."]
    pooled, _ = vectors(model, ids, mask)
    output = pooled.get("end", pooled.get("cls" if kind == "distilbert" else "mean"))
    weights = [math.fmod((i + 1) * GOLDEN, 1.0) - 0.5 for i in range(output.numel())]
    weights = torch.tensor(weights).float().double().reshape(output.shape)
    (output * weights).sum().backward()
    return {
        "texts": rows,
        "padding": 49 if "clip" in kind else 0,
        "train": train,
        "output": whole(output.flatten().tolist()),
        "gradients": {
            name: whole(parameter.grad.flatten().tolist())
            for name, parameter in sorted(model.named_parameters())
            if name.startswith(tuple(top))
        },
    }


def write(name, content):
    path = FOLDER / name
    path.write_text(json.dumps(content) + "\n")
    print(path, path.stat().st_size)


def formula_weights():
    lengths = {"clip-text": [77, 9, 20, 3]}
    write(
        "text_encoders.json",
        {
            "oracle": f"transformers {transformers.__version__}, torch {torch.__version__}",
            "forward": {
                kind: forward_case(kind, prepared(model), lengths.get(kind, [40, 7, 18, 3]))
                for kind, model in full_size().items()
            },
            "gradients": {
                kind: gradient_case(kind, prepared(model), 2)
                for kind, model in small_size().items()
            },
        },
    )


def real_weights(folder):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval().double()
    rows = [tokenizer(text)["input_ids"] for text in SENTENCES]
    ids, mask = padded(rows, tokenizer.pad_token_id, 512)
    with torch.no_grad():
        pooled, _ = vectors(model, ids, mask)
    scaled = torch.nn.functional.normalize(pooled["mean"], dim=1)
    write(
        "minilm.json",
        {
            "texts": rows,
            "vectors": [whole(row[:16].tolist()) for row in scaled],
            "cosines": [whole(row) for row in (scaled @ scaled.T).tolist()],
        },
    )


if __name__ == "__main__":
    real_weights(sys.argv[1]) if len(sys.argv) > 1 else formula_weights()
