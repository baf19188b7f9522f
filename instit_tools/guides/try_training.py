"""Train a vision-language model of 160,000 random weights on these shards: no download, no GPU, about a minute.

    pip install torch torchvision trl transformers datasets
    python try_training.py [STEPS]

It proves that the shards can be trained on, and that the loss falls. For a real model, see README.md.
"""

import sys
import tempfile
from pathlib import Path

import torch
from datasets import concatenate_datasets, load_dataset
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import Qwen2TokenizerFast, Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen2VLProcessor
from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor
from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor
from trl import SFTConfig, SFTTrainer

FOLDER = Path(__file__).parent
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
SPECIAL = "endoftext im_start im_end vision_start vision_end vision_pad image_pad video_pad".split()
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def processor():
    """One token a byte, pictures of at most 112 x 112 pixels."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[]))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    made.add_special_tokens([AddedToken(f"<|{name}|>", special=True) for name in SPECIAL])
    tokenizer = Qwen2TokenizerFast(tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    pixels = {"min_pixels": 56 * 56, "max_pixels": 112 * 112}
    return Qwen2VLProcessor(
        Qwen2VLImageProcessor(**pixels), tokenizer, Qwen2VLVideoProcessor(**pixels), chat_template=TEMPLATE
    )


def model(tokenizer):
    """Qwen2-VL with two layers of 64."""
    number = {name: tokenizer.convert_tokens_to_ids(f"<|{name}|>") for name in SPECIAL}
    torch.manual_seed(0)
    return Qwen2VLForConditionalGeneration(
        Qwen2VLConfig(
            text_config={
                "vocab_size": len(tokenizer), "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
                "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 1 << 20,
                "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 3, 3]},
                "bos_token_id": None, "eos_token_id": number["im_end"], "pad_token_id": number["endoftext"],
            },
            vision_config={"depth": 1, "embed_dim": 32, "num_heads": 2, "hidden_size": 64, "mlp_ratio": 2},
            image_token_id=number["image_pad"], video_token_id=number["video_pad"],
            vision_start_token_id=number["vision_start"], vision_end_token_id=number["vision_end"],
            tie_word_embeddings=True,
        )
    )  # fmt: skip


def main():
    """Train, and say where the loss began and ended."""
    kinds = dict.fromkeys(path.name.split("-")[0] for path in sorted(FOLDER.glob("*-0*.parquet")))
    rows = concatenate_datasets([load_dataset(str(FOLDER), kind, split="train") for kind in kinds])
    made = processor()
    settings = SFTConfig(
        output_dir=tempfile.mkdtemp(), max_steps=STEPS, per_device_train_batch_size=4, learning_rate=3e-3,
        logging_steps=1, max_length=None, report_to="none", save_strategy="no", use_cpu=True, bf16=False,
        gradient_checkpointing=False, disable_tqdm=True, seed=0,
    )  # fmt: skip
    trainer = SFTTrainer(model=model(made.tokenizer), args=settings, train_dataset=rows, processing_class=made)
    trainer.train()
    losses = [float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]
    print(f"{len(rows):,} rows, {len(losses)} steps: loss {losses[0]:.2f} -> {losses[-1]:.2f}")
    return losses


if __name__ == "__main__":
    main()
