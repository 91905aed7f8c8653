//! llama.cpp's names of tensors and transformers', and the order of the rows of queries and keys.

use super::llama::{Architecture, LlamaConfig};
use candle_core::{Result, Tensor};

/// The table of the embeddings in a GGUF.
pub(super) const EMBEDDINGS: &str = "token_embd.weight";
/// The matrix of the words' scores, where it is not that table.
pub(super) const OUTPUT: &str = "output.weight";

/// Names outside the blocks.
const WHOLE: [(&str, &str); 3] = [
    (EMBEDDINGS, "model.embed_tokens.weight"),
    ("output_norm.weight", "model.norm.weight"),
    (OUTPUT, "lm_head.weight"),
];
/// Names within a block, without `weight` or `bias`.
const BLOCK: [(&str, &str); 11] = [
    ("attn_norm", "input_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("attn_q_norm", "self_attn.q_norm"),
    ("attn_k_norm", "self_attn.k_norm"),
    ("ffn_norm", "post_attention_layernorm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

/// transformers' name of a tensor; one that is not known keeps its own.
pub(super) fn ours(theirs: &str) -> String {
    if let Some((_, ours)) = WHOLE.iter().find(|(name, _)| *name == theirs) {
        return ours.to_string();
    }
    let in_block = || {
        let (layer, name) = theirs.strip_prefix("blk.")?.split_once('.')?;
        let (part, leaf) = name.rsplit_once('.')?;
        let (_, ours) = BLOCK.iter().find(|(name, _)| *name == part)?;
        Some(format!("model.layers.{layer}.{ours}.{leaf}"))
    };
    in_block().unwrap_or_else(|| theirs.to_string())
}

/// llama.cpp's name of a tensor that transformers calls `ours`.
pub(super) fn theirs(ours: &str) -> String {
    if let Some((theirs, _)) = WHOLE.iter().find(|(_, name)| *name == ours) {
        return theirs.to_string();
    }
    let in_block = || {
        let (layer, name) = ours.strip_prefix("model.layers.")?.split_once('.')?;
        let (part, leaf) = name.rsplit_once('.')?;
        let (theirs, _) = BLOCK.iter().find(|(_, name)| *name == part)?;
        Some(format!("blk.{layer}.{theirs}.{leaf}"))
    };
    in_block().unwrap_or_else(|| ours.to_string())
}

/// The rows of queries and keys as transformers has them, each head's first halves of pairs before
/// the second: (heads, d/2, 2, ...) to (heads, 2, d/2, ...). Only architecture `llama` has them in
/// another order; other tensors stay.
pub(super) fn halves(tensor: &Tensor, theirs: &str, config: &LlamaConfig) -> Result<Tensor> {
    let part = theirs.rsplit('.').nth(1).unwrap_or_default();
    let heads = match (config.architecture, part) {
        (Architecture::Llama, "attn_q") => config.heads,
        (Architecture::Llama, "attn_k") => config.key_value_heads,
        _ => return Ok(tensor.clone()),
    };
    let rows = tensor.dim(0)?;
    let width = tensor.elem_count() / rows;
    let pairs = tensor.reshape((heads, rows / heads / 2, 2, width))?;
    pairs.transpose(1, 2)?.contiguous()?.reshape(tensor.shape()) // (heads 2 d/2, ...)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways_and_unknown_ones_stay() {
        for (name, other) in [
            ("token_embd.weight", "model.embed_tokens.weight"),
            ("blk.11.attn_q_norm.weight", "model.layers.11.self_attn.q_norm.weight"),
            ("blk.0.attn_k.bias", "model.layers.0.self_attn.k_proj.bias"),
            ("blk.3.ffn_gate_exps.weight", "blk.3.ffn_gate_exps.weight"),
        ] {
            assert_eq!(ours(name), other);
            assert_eq!(theirs(other), name);
        }
    }
}
