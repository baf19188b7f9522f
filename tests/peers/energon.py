"""What Megatron-Energon makes of a dataset of ours: its loader, on the folder as it is, and ``energon prepare``.

    python tests/peers/energon.py DATASET_FOLDER RESULT.json

The loader is that of the README beside the shards, but for the order: every sample once, decoded and cooked. Then
``prepare`` indexes a copy that has nothing but the shards, and must come to the same places and counts.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import defaultdict
from pathlib import Path

from megatron.energon import Cooker, DefaultTaskEncoder, WorkerConfig, __version__, get_loader, get_val_dataset
from megatron.energon import basic_sample_keys, stateless

PREPARE = Path(sys.executable).with_name("energon")


@stateless
def cook(sample):
    """The README's cooker, and by which shard the sample came."""
    frames = [sample[frame["file"]] for frame in sample["json"]["frames"]]
    answers = [turn["value"] for turn in sample["json"]["conversations"][1::2]]
    shown = sample["json"]["conversations"][0]["value"].count("<image>")
    sizes = [tuple(frame.shape[-2:]) == (told["height"], told["width"])
             for frame, told in zip(frames, sample["json"]["frames"], strict=True)]  # fmt: skip
    row = {"id": sample["__key__"], "answers": answers, "placeholders": len(frames) if all(sizes) else "other sizes"}
    wrong = shown != len(frames) or row["id"] != sample["json"]["id"]
    return {**basic_sample_keys(sample), "row": row | ({"placeholders": "others"} if wrong else {})}


class Encoder(DefaultTaskEncoder):
    """Cooks and collects."""

    cookers = (Cooker(cook),)


def read(folder):
    """Every sample, by shard."""
    config = WorkerConfig.default_worker_config(num_workers=0)
    dataset = get_val_dataset(folder, split_part="train", batch_size=None, worker_config=config, task_encoder=Encoder())
    shards = defaultdict(lambda: {"read": 0, "rows": []})
    for sample in get_loader(dataset):
        shard = shards[sample["__sources__"][0].shard_name]
        shard["read"] += 1
        shard["rows"].append(sample["row"])
    return dict(shards)


def prepared(folder):
    """What ``energon prepare`` finds otherwise than we wrote it; nothing, if all is well."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        copy.mkdir()
        for shard in folder.glob("*.tar"):
            shutil.copy(shard, copy)
        kind = ["--split-ratio", "1,0,0", "--sample-type", "CrudeWebdataset"]
        ran = ran_with("prepare", "--non-interactive", *kind, copy)
        if ran.returncode:
            return f"prepare failed: {ran.stderr.strip().splitlines()[-1:]}"
        for index in copy.glob("*.idx"):
            if index.read_bytes() != (folder / index.name).read_bytes():
                return f"prepare writes another {index.name}"
        ours, theirs = (json.loads((each / ".nv-meta" / ".info.json").read_text()) for each in (folder, copy))
        if list(ours["shard_counts"].items()) != list(theirs["shard_counts"].items()):
            return f"prepare counts {theirs['shard_counts']}"
        again = ran_with(*command_of(folder), copy)
        return f"the README's command failed: {again.stderr.strip().splitlines()[-1:]}" if again.returncode else None


def ran_with(*words):
    """Run the command of Energon."""
    return subprocess.run([PREPARE, *words], capture_output=True, text=True, check=False)


def command_of(folder):
    """The command in the README, without its folder."""
    return re.search(r"energon (prepare .*)", (folder / "README.md").read_text())[1].split()[:-1]


def main(folder, target):
    """Read, prepare, and write what happened."""
    result = {"trainer": f"megatron-energon {__version__}", "error": None, "shards": {}}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result["shards"] = read(folder)
        result["error"] = prepared(folder)
    except Exception as error:
        result["error"] = f"{type(error).__name__}: {error}"
    target.write_text(json.dumps(result, indent=1), encoding="utf-8")
    rows = sum(len(shard["rows"]) for shard in result["shards"].values())
    print(f"energon: {rows} samples, error: {result['error']}")


if __name__ == "__main__":
    main(*(Path(path).resolve() for path in sys.argv[1:3]))
