"""Push a folder written by ``--to trl`` through TRL's own collator, row by row, and train a few steps on it.

    python tests/peers/trl_peer.py FOLDER RESULT.json TINY

The collator is the one that ``SFTTrainer`` makes for a vision-language model and a dataset of prompt and completion.
Whatever the trainer raises is a result, written down with how far it came.
"""

import json
import os
import re
import sys
import tempfile
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": tempfile.mkdtemp(prefix="peer-")}  # before the libraries look

import trl  # the environment first
from datasets import concatenate_datasets, load_dataset
from transformers import AutoModelForImageTextToText, AutoProcessor
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

PAD = re.compile(r"(<\|(?:image|video)_pad\|>)+")
STEPS = 4


def main(folder, result, tiny):
    """Write what became of every row."""
    processor = AutoProcessor.from_pretrained(tiny)
    found = {"trainer": f"trl {trl.__version__}", "error": None, "losses": [], "shards": {}}
    try:
        read_all(folder, processor, found)
        if os.environ.get("PEER_TRAIN"):
            found["losses"] = train(folder, tiny, processor)
    except Exception as error:  # whatever the trainer raises
        found["error"] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    result.write_text(json.dumps(found), encoding="utf-8")
    rows = sum(len(shard["rows"]) for shard in found["shards"].values())
    print(f"{found['trainer']}: {rows} rows, error {found['error']}, loss {found['losses']}")


def read_all(folder, processor, found):
    """Collate every row by itself, as a batch of one."""
    collate = DataCollatorForVisionLanguageModeling(processor, max_length=None, completion_only_loss=True)
    for path in sorted(folder.glob("*-0*.parquet")):
        dataset = load_dataset("parquet", data_files=str(path), split="train")
        shard = found["shards"][path.name] = {"read": len(dataset), "rows": []}
        wanted = [name for name in ("prompt", "completion", "images") if name in dataset.column_names]
        for row in dataset.select_columns(wanted):
            pictures = len(row["images"] or [])
            shard["rows"].append(described(collate([row]), processor, pictures))


def described(batch, processor, pictures):
    """Say what the model would see, and what it would be trained on."""
    (ids,), (labels,) = batch["input_ids"].tolist(), batch["labels"].tolist()
    decode = processor.tokenizer.decode
    return {
        "text": PAD.sub(r"\1", decode(ids)),
        "trained": decode([number for number in labels if number != -100]),
        "pictures": pictures,
        "grids": len(batch["image_grid_thw"]) if "image_grid_thw" in batch else 0,
        "tokens": len(ids),
    }


def train(folder, tiny, processor):
    """Train a few steps with the real trainer, and give the losses."""
    shards = [
        load_dataset("parquet", data_files=str(path), split="train") for path in sorted(folder.glob("*-0*.parquet"))
    ]
    settings = trl.SFTConfig(
        output_dir=tempfile.mkdtemp(prefix="peer-"), max_steps=STEPS, per_device_train_batch_size=4, learning_rate=5e-3,
        logging_steps=1, max_length=None, report_to="none", save_strategy="no", use_cpu=True, bf16=False,
        gradient_checkpointing=False, disable_tqdm=True, seed=0,
    )  # fmt: skip
    trainer = trl.SFTTrainer(
        model=AutoModelForImageTextToText.from_pretrained(tiny),
        args=settings,
        train_dataset=concatenate_datasets(shards),
        processing_class=processor,
    )
    trainer.train()
    return [float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
