"""Low-rank parts (LoRA) against PEFT: outputs, loss and gradients of the parts of a tiny Llama network with weights
from formula.py, and what PEFT's files call and say of them.

    python tools/golden/lora.py                     # from the workspace root

writes crates/story-model/tests/golden/lora.json. Needs torch, transformers, peft.
"""

import json
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors import safe_open
from transformers import LlamaConfig, LlamaForCausalLM

from formula import fill

TARGET = Path("crates/story-model/tests/golden/lora.json")
# The network and the windows of llama.py's case "own".
SIZES = dict(vocab_size=13, hidden_size=16, intermediate_size=12, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5)
PROMPT = torch.tensor([[1, 5, 7, 9], [0, 0, 2, 8], [0, 4, 4, 6]])
PROMPT_MASK = torch.tensor([[1, 1, 1, 1], [0, 0, 1, 1], [0, 1, 1, 1]])
TEXTS = torch.tensor([[2, 4, 5, 6, 3], [2, 7, 3, 0, 0], [2, 12, 11, 9, 8]])
TEXT_MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 1, 1]])
PREFIX = "base_model.model."
MATRICES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def plain(tensor):
    short = [float(f"{value:.7g}") for value in tensor.detach().double().flatten().tolist()]
    return [value if value else 0 for value in short]


def seen(mask):
    """What each position sees, added to the scores: itself and the real ones before. Padding sees itself: a row of
    nothing but masked scores is NaN, and NaN times a weight of 0 stays NaN."""
    length = mask.shape[1]
    allowed = torch.ones(length, length).tril().bool() & mask.bool()[:, None, None, :]
    allowed = allowed | torch.eye(length).bool()
    return torch.zeros(allowed.shape).double().masked_fill(~allowed, torch.finfo(torch.float64).min)


def ours(name):
    return name.removeprefix(PREFIX).replace(".default", "")


def main():
    config = LlamaConfig(**SIZES, tie_word_embeddings=False,
                         rope_parameters=dict(rope_type="default", rope_theta=500.0))
    config._attn_implementation = "eager"
    base = fill(LlamaForCausalLM(config).double()).eval()
    lora = LoraConfig(r=3, lora_alpha=4.5, lora_dropout=0.0, target_modules=MATRICES, task_type="CAUSAL_LM")
    model = get_peft_model(base, lora, autocast_adapter_dtype=False).double().eval()
    parts = {ours(name): value for name, value in model.named_parameters() if value.requires_grad}
    holder = torch.nn.Module()
    for name, value in parts.items():
        holder.register_parameter(name.replace(".", "/"), value)
    fill(holder, name=lambda key: key.replace("/", "."))
    tokens = torch.cat([PROMPT, TEXTS], 1)
    mask = torch.cat([PROMPT_MASK, torch.ones_like(TEXTS)], 1)
    places = (mask.cumsum(1) - 1).clamp(min=0)
    given = dict(input_ids=tokens, attention_mask=seen(mask), position_ids=places, use_cache=False)
    logits = model(**given).logits[:, PROMPT.shape[1]:]
    right = torch.log_softmax(logits[:, :-1], -1).gather(2, TEXTS[:, 1:, None]).squeeze(2)
    loss = -right[TEXT_MASK[:, 1:] != 0].mean()
    loss.backward()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        with safe_open(Path(folder) / "adapter_model.safetensors", "pt") as file:
            names = {name: file.get_slice(name).get_shape() for name in sorted(file.keys())}
        said = json.loads((Path(folder) / "adapter_config.json").read_text())
    keys = ["peft_type", "task_type", "r", "lora_alpha", "lora_dropout", "bias", "fan_in_fan_out", "use_rslora",
            "use_dora", "inference_mode"]
    gradients = {name: plain(parts[name].grad) for name in sorted(parts)}
    found = {"output": plain(logits), "loss": plain(loss)[0], "gradients": gradients, "names": names,
             "config": {key: said[key] for key in keys}}
    TARGET.write_text(json.dumps(found, separators=(",", ":"), allow_nan=False) + "\n")


main()
