"""Language models of the Llama family against transformers 5: outputs, losses and gradients of tiny
networks with weights from formula.py; a tiny GGUF in eight ways of storing numbers, read by
transformers; and, where its file is named, SmolLM2-135M-Instruct on invented sentences.

    python tools/golden/llama.py                     # from the workspace root
    python tools/golden/llama.py SmolLM2-135M-Instruct.Q4_1.gguf

writes crates/story-model/tests/golden/llama.json (and smollm2.json),
crates/story-encoders/tests/golden/tiny.gguf and gguf.json. Needs torch, transformers, gguf.
"""

import json
import math
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

from formula import fill, unit

MODEL = Path("crates/story-model/tests/golden")
FILES = Path("crates/story-encoders/tests/golden")
V, PAD = 13, 0
PROMPT = torch.tensor([[1, 5, 7, 9], [0, 0, 2, 8], [0, 4, 4, 6]])
PROMPT_MASK = torch.tensor([[1, 1, 1, 1], [0, 0, 1, 1], [0, 1, 1, 1]])
TEXTS = torch.tensor([[2, 4, 5, 6, 3], [2, 7, 3, 0, 0], [2, 12, 11, 9, 8]])
TEXT_MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 1, 1]])

SIZES = dict(vocab_size=V, hidden_size=16, intermediate_size=12, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5)
LLAMA3 = dict(rope_type="llama3", rope_theta=500.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)
PLAIN = dict(rope_type="default", rope_theta=500.0)
CASES = {
    "tied": (LlamaForCausalLM, LlamaConfig(**SIZES, tie_word_embeddings=True, rope_parameters=PLAIN)),
    "own": (LlamaForCausalLM, LlamaConfig(**SIZES, tie_word_embeddings=False, rope_parameters=PLAIN)),
    "llama3": (LlamaForCausalLM, LlamaConfig(**SIZES, head_dim=8, tie_word_embeddings=True, rope_parameters=LLAMA3)),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(**SIZES, tie_word_embeddings=True, rope_parameters=PLAIN)),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**SIZES, head_dim=6, tie_word_embeddings=False, rope_parameters=PLAIN)),
}


def plain(tensor):
    short = [float(f"{value:.7g}") for value in tensor.detach().double().flatten().tolist()]
    return [value if value else 0 for value in short]


def case(kind, config):
    config._attn_implementation = "eager"
    # A tied table is called by the embedding's name.
    rename = {"lm_head.weight": "model.embed_tokens.weight"} if config.tie_word_embeddings else {}
    model = fill(kind(config).double(), name=lambda key: rename.get(key, key)).eval()
    tokens = torch.cat([PROMPT, TEXTS], 1)
    inputs = model.model.embed_tokens(tokens).detach().requires_grad_()

    def run(**given):
        """Each row alone and without its padding: eager attention makes NaN of queries that see nothing."""
        logits = []
        for row, mask in enumerate(PROMPT_MASK):
            first = int((1 - mask).sum())
            own = {name: value[row:row + 1, first:] for name, value in given.items()}
            logits.append(model(**own, use_cache=False).logits[:, -TEXTS.shape[1]:])
        logits = torch.cat(logits)
        right = torch.log_softmax(logits[:, :-1], -1).gather(2, TEXTS[:, 1:, None]).squeeze(2)
        return logits, -right[TEXT_MASK[:, 1:] != 0].mean()

    logits, loss = run(inputs_embeds=inputs)
    loss.backward()
    model.zero_grad()
    run(input_ids=tokens)[1].backward()
    named = dict(model.named_parameters())
    gradients = {name: plain(named[name].grad) for name in sorted(named)}
    return {"output": plain(logits), "loss": plain(loss)[0], "inputs": plain(inputs.grad), "gradients": gradients}


def codes(name, count):
    """`count` bytes from the formula."""
    return ((unit(name, count) + 1.0) * 128.0).astype(np.uint8)


def blocks(name, rows, width, size, scales):
    """Rows of K-quantised blocks of 256 numbers in `size` bytes each, with small half-float scales at `scales`."""
    count = rows * width // 256
    raw = codes(name, count * size).reshape(count, size)
    for at in scales:
        scale = (np.abs(unit(f"{name}.{at}", count)) * 0.002 + 0.0005).astype(np.float16)
        raw[:, at:at + 2] = scale.view(np.uint8).reshape(count, 2)
    return raw.reshape(rows, -1)


def tiny_gguf():
    """One block; heads of 4 and a width of 256, the least that K-quantised rows have."""
    kind = gguf.GGMLQuantizationType
    path = FILES / "tiny.gguf"
    width, ff, heads, keys, head, layer = 256, 32, 4, 2, 4, "blk.0"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(ff)
    writer.add_block_count(1)
    writer.add_head_count(heads)
    writer.add_head_count_kv(keys)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_dimension_count(head)
    writer.add_context_length(64)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(500.0)
    writer.add_vocab_size(V)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + list("abcdefgĠ") + ["Ċ", "ab"]
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3, 3] + [1] * 10)
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_chat_template("{{ messages }}")

    def add(name, rows, columns, how):
        values = (unit(name, rows * columns) * 0.2).astype(np.float32).reshape(rows, columns)
        if how == kind.Q6_K:
            raw = blocks(name, rows, columns, 210, [208])
        elif how == kind.Q4_K:
            raw = blocks(name, rows, columns, 144, [0, 2])
        elif how == kind.F32:
            raw = values
        elif how == kind.F16:
            raw = values.astype(np.float16)
        else:
            raw = gguf.quants.quantize(values, how)
        writer.add_tensor(name, raw, raw_dtype=how)

    add("token_embd.weight", V, width, kind.Q6_K)
    add(f"{layer}.attn_q.weight", heads * head, width, kind.Q4_K)
    add(f"{layer}.attn_k.weight", keys * head, width, kind.Q8_0)
    add(f"{layer}.attn_v.weight", keys * head, width, kind.Q4_1)
    add(f"{layer}.attn_output.weight", width, heads * head, kind.F16)
    add(f"{layer}.ffn_gate.weight", ff, width, kind.Q4_0)
    add(f"{layer}.ffn_up.weight", ff, width, kind.BF16)
    add(f"{layer}.ffn_down.weight", width, ff, kind.Q8_0)
    for name in ("output_norm", f"{layer}.attn_norm", f"{layer}.ffn_norm"):
        writer.add_tensor(f"{name}.weight", (1.0 + unit(name, width) * 0.1).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    expected = {}
    state = AutoModelForCausalLM.from_pretrained(FILES, gguf_file=path.name, dtype=torch.float32).state_dict()
    for name, tensor in sorted(state.items()):
        if name == "lm_head.weight":
            continue
        flat = tensor.double().flatten()
        weights = torch.tensor([math.fmod((i + 1) * 0.6180339887498949, 1.0) - 0.5 for i in range(len(flat))]).float()
        expected[name] = {"shape": list(tensor.shape), "first": plain(flat[:40]),
                          "sum": plain((flat * weights.double()).sum())[0], "squares": plain((flat * flat).sum())[0]}
    return expected


SENTENCES = [
    ["A small boat lay at the edge of the lake.", "Mara pushed it into the water and climbed in.",
     "The wind came up and the far shore looked grey.", "She lost an oar between two waves."],
    ["The baker opened his shop before sunrise.", "A stray dog sat in front of the warm door.",
     "He gave it the end of yesterday's loaf.", "On the next day the dog had brought a friend!"],
]
NEXT = ["Then a fisherman threw her a rope and pulled her home.", "\"Fine,\" said the baker, \"but one of you will have to work.\""]


def smollm2(path):
    """Sums of -ln p of each target's tokens after the first, on dequantised weights in f32."""
    path = Path(path)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    rows = []
    for context, target in zip(SENTENCES, NEXT):
        before = "<|im_end|>" + "\n\n".join(context) + "\n"
        ids = tokenizer(before + "\n" + target + "\n\nThe end.", add_special_tokens=False)["input_ids"]
        line = tokenizer("\n", add_special_tokens=False)["input_ids"][0]
        breaks = [i for i, token in enumerate(ids) if token == line]
        # The blank line's two breaks before the target, and the first of the one after it.
        start, end = breaks[-3], breaks[-2]
        prompt, text = ids[:start], ids[start:end + 1]
        with torch.no_grad():
            logits = model(torch.tensor([prompt + text])).logits[0, len(prompt):]
        log = torch.log_softmax(logits[:-1].double(), -1)
        nll = -log.gather(1, torch.tensor(text[1:])[:, None]).sum().item()
        rows.append({"prompt": prompt, "text": text, "nll": float(f"{nll:.7g}")})
        print(tokenizer.decode(text), nll)
    return rows


def write(path, content):
    path.write_text("{\n" + ",\n".join(f'"{k}":{json.dumps(v, separators=(",", ":"))}' for k, v in content.items()) + "\n}\n")
    print(path, path.stat().st_size)


def main():
    if len(sys.argv) > 1:
        write(MODEL / "smollm2.json", {"rows": smollm2(sys.argv[1])})
        return
    write(MODEL / "llama.json", {name: case(*made) for name, made in CASES.items()})
    write(FILES / "gguf.json", tiny_gguf())


main()
