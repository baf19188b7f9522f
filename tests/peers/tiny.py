"""A Qwen2-VL of a few thousand weights and its processor, made from a config: no download, the real code paths.

python tests/peers/tiny.py FOLDER          processor and config
python tests/peers/tiny.py FOLDER --model  and random weights
"""

import json
import sys
from pathlib import Path

SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
]  # fmt: skip

# Qwen's layout: who speaks between im_start and the end of the line, pictures between vision_start and vision_end.
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' or 'image' in part %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif part['type'] == 'video' or 'video' in part %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% elif 'text' in part %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tokenizer():
    """One token a byte, and the special ones: whatever is encoded can be decoded to the very text."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={char: number for number, char in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return made


def write(folder, *, model=False):
    """Write what ``from_pretrained`` reads; the id of every special token is the tokenizer's."""
    folder.mkdir(parents=True, exist_ok=True)
    made = tokenizer()
    made.save(str(folder / "tokenizer.json"))
    number = {token: made.token_to_id(token) for token in SPECIAL}
    vision = {
        "depth": 1, "embed_dim": 32, "num_heads": 2, "hidden_size": 64, "mlp_ratio": 2, "patch_size": 14,
        "spatial_merge_size": 2, "temporal_patch_size": 2, "in_channels": 3,
    }  # fmt: skip
    text = {
        "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": made.get_vocab_size(), "max_position_embeddings": 1 << 20,
        "rope_theta": 1e6, "rope_scaling": {"type": "mrope", "rope_type": "default", "mrope_section": [2, 3, 3]},
        "tie_word_embeddings": True, "bos_token_id": number["<|endoftext|>"], "eos_token_id": number["<|im_end|>"],
    }  # fmt: skip
    ids = {
        "vision_start_token_id": number["<|vision_start|>"], "vision_end_token_id": number["<|vision_end|>"],
        "image_token_id": number["<|image_pad|>"], "video_token_id": number["<|video_pad|>"],
    }  # fmt: skip
    config = {"architectures": ["Qwen2VLForConditionalGeneration"], "model_type": "qwen2_vl", **text, **ids}
    put(
        folder / "config.json",
        {**config, "text_config": {"model_type": "qwen2_vl_text", **text}, "vision_config": vision},
    )
    put(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "Qwen2TokenizerFast", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
            "bos_token": None, "unk_token": None, "model_max_length": 1 << 20, "additional_special_tokens": SPECIAL[3:],
            "clean_up_tokenization_spaces": False, "add_prefix_space": False, "chat_template": CHAT_TEMPLATE,
        },
    )  # fmt: skip
    put(folder / "vocab.json", {key: value for key, value in made.get_vocab().items() if key not in SPECIAL})
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    put(folder / "chat_template.json", {"chat_template": CHAT_TEMPLATE})
    pixels = {
        "min_pixels": 56 * 56,
        "max_pixels": 112 * 112,
        "patch_size": 14,
        "temporal_patch_size": 2,
        "merge_size": 2,
    }
    size = {"shortest_edge": pixels["min_pixels"], "longest_edge": pixels["max_pixels"]}
    means = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
    shared = {**pixels, "size": size, **means, "processor_class": "Qwen2VLProcessor"}
    put(folder / "preprocessor_config.json", {**shared, "image_processor_type": "Qwen2VLImageProcessor"})
    put(folder / "video_preprocessor_config.json", {**shared, "video_processor_type": "Qwen2VLVideoProcessor"})
    put(
        folder / "generation_config.json",
        {"eos_token_id": number["<|im_end|>"], "pad_token_id": number["<|endoftext|>"]},
    )
    if model:
        import torch
        from transformers import AutoConfig, Qwen2VLForConditionalGeneration

        torch.manual_seed(0)
        Qwen2VLForConditionalGeneration(AutoConfig.from_pretrained(folder)).save_pretrained(folder)


def put(path, tree):
    """Write JSON."""
    path.write_text(json.dumps(tree, indent=1), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), model="--model" in sys.argv)
