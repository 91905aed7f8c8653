"""Reads what `story export peft` wrote as PEFT does, on the model that the run was trained on.

Run by hand, never in CI: `pip install torch transformers peft` (and `gguf` for a base in that form), then

    python tools/oracle/peft_export.py ADAPTER BASE [TEXT]

ADAPTER is the folder that was written; BASE a folder, a name on the Hub or a .gguf. Fails if a name, a shape or a
matrix of the config is not PEFT's; prints how far the adapter moves the logits of TEXT, and how far they are from those
of the base with W + (alpha / r) B A merged by hand in its matrices.
"""

import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXT = "Lea has a kite.\n\nThe wind takes it.\n\n"
PREFIX = "base_model.model."


def base_of(name):
    path = Path(name)
    where = dict(pretrained_model_name_or_path=name)
    if path.suffix == ".gguf":
        where = dict(pretrained_model_name_or_path=str(path.parent), gguf_file=path.name)
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32).eval()
    return model, AutoTokenizer.from_pretrained(**where)


def merge(model, adapter):
    said = json.loads((adapter / "adapter_config.json").read_text())
    parts = load_file(adapter / "adapter_model.safetensors")
    matrices = dict(model.named_parameters())
    for name, a in parts.items():
        if not name.endswith(".lora_A.weight"):
            continue
        b = parts[name.replace("lora_A", "lora_B")]
        matrix = name.removeprefix(PREFIX).replace(".lora_A", "")
        matrices[matrix].data += said["lora_alpha"] / said["r"] * (b @ a)


def main():
    adapter, name = Path(sys.argv[1]), sys.argv[2]
    model, tokenizer = base_of(name)
    ids = tokenizer(sys.argv[3] if len(sys.argv) > 3 else TEXT, return_tensors="pt")["input_ids"]
    held = set(load_file(adapter / "adapter_model.safetensors"))
    with torch.no_grad():
        alone = model(ids).logits
        adapted = PeftModel.from_pretrained(model, adapter).eval()
        taken = {key.replace(".default", "") for key in adapted.state_dict() if ".lora_" in key}
        assert taken == held, f"names that differ: {sorted(taken ^ held)[:8]}"
        logits = adapted(ids).logits
        again, _ = base_of(name)
        merge(again, adapter)
        merged = again(ids).logits
    size = logits.abs().max().item()
    print(f"{len(held)} tensors; largest logit {size:.4f}")
    print(f"the adapter moves logits by at most {(logits - alone).abs().max().item():.4g}")
    print(f"merged by hand they differ by at most {(logits - merged).abs().max().item():.4g}")
    assert (logits - merged).abs().max().item() <= 1e-4 * size


main()
