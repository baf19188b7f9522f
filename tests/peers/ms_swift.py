"""What ms-swift makes of a dataset of ours: its own loader, template and collator, run on every row.

    python tests/peers/ms_swift.py DATASET_FOLDER RESULT.json TINY_MODEL_FOLDER

The settings are those of the command in the dataset's README. The path is that of ``swift sft`` without ``--strict``:
the preprocessor deletes a row that it cannot read, and since pictures make the dataset a ``LazyLLMDataset``, a row that
cannot be encoded (or is too long) is replaced by another one picked at random. ``strict`` says what ``--strict true``
stops at. Of the model only the step that puts pictures in place of their tokens is run, where the numbers of the two
differ (and if the tiny model has weights). A byte is a token here, so rows are longer than they are to Qwen.
"""

import json
import os
import re
import shlex
import sys
import tempfile
from copy import deepcopy
from pathlib import Path

TURNS = "\u241e"  # between the trained parts of a row
NOTES = "PEER_NOTES"  # the preprocessor is run in a process of its own: it reports through the file of this name


def settings(folder):
    """The variables and the options of the command in the README; a dataset that was moved is its own root."""
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    block = re.search(r"```bash\n(.*?swift sft.*?)```", text, re.DOTALL)
    words = shlex.split(block[1].replace("\\\n", " ")) if block else []
    start = words.index("swift") if "swift" in words else 0
    variables = dict(word.split("=", 1) for word in words[:start] if "=" in word)
    options = {word: words[place + 1] for place, word in enumerate(words[:-1]) if word.startswith("--")}
    written = Path(options["--dataset"]).parent if "--dataset" in options else None
    if written and Path(variables.get("ROOT_IMAGE_DIR", "/")) == written:
        variables["ROOT_IMAGE_DIR"] = str(folder)
    return variables, int(options["--max_length"]) if "--max_length" in options else None


def prepare(variables, scratch):
    """Everything ms-swift reads from the environment while it is imported."""
    caches = {name: str(scratch / name) for name in ("HF_HOME", "HF_DATASETS_CACHE", "MODELSCOPE_CACHE")}
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "LOG_LEVEL": "ERROR"}
    quiet = {"HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "TOKENIZERS_PARALLELISM": "false"}
    os.environ.update({**caches, **offline, **quiet, **variables, NOTES: str(scratch / "notes.jsonl")})
    os.chdir(scratch)  # relative paths are looked for in the current folder first


def name(error):
    """``Type: first line``, followed by the errors that caused it."""
    named = []
    while error is not None and type(error).__name__ != "RemoteTraceback":
        lines = str(error).strip().splitlines() or [""]
        named.append(f"{type(error).__name__}: {lines[0]}".rstrip(": "))
        error = error.__cause__
    return " <- ".join(named)


def watch():
    """Have the preprocessor write down what became of every row; what it answers is left as it is."""
    from swift.dataset import RowPreprocessor

    real = RowPreprocessor.batched_preprocess

    def batched_preprocess(self, batched_row, *, strict, ignore_max_length_error):
        rows = [] if strict else self.batched_to_rows(deepcopy(dict(batched_row)))
        answer = real(self, batched_row, strict=strict, ignore_max_length_error=ignore_max_length_error)
        kept = len(next(iter(answer.values())))
        with Path(os.environ[NOTES]).open("a", encoding="utf-8") as notes:
            for row in rows:
                why = None if kept == len(rows) else why_deleted(real, self, row)
                notes.write(json.dumps([row.get("id"), why]) + "\n")
        return answer

    RowPreprocessor.batched_preprocess = batched_preprocess


def why_deleted(real, preprocessor, row):
    """The error of one row, if it is one that gets deleted."""
    try:
        batch = {key: [value] for key, value in row.items()}
        answer = real(preprocessor, batch, strict=True, ignore_max_length_error=True)
    except Exception as error:
        return name(error)
    return None if answer["messages"] else "no row and no error"


def load(shard, *, strict):
    """One shard as ``swift sft`` reads it."""
    from swift.dataset import load_dataset

    Path(os.environ[NOTES]).write_text("", encoding="utf-8")
    return load_dataset(str(shard), num_proc=1, load_from_cache_file=False, strict=strict)[0]


def noted():
    """[id, why deleted] of the rows of the last shard, as far as it was read."""
    return [json.loads(line) for line in Path(os.environ[NOTES]).read_text(encoding="utf-8").splitlines()]


def make_template(model, max_length):
    """The template of Qwen2-VL with the token numbers of the tiny model, which ms-swift takes to be Qwen's."""
    import torch
    from swift import get_model_processor, get_processor, get_template

    processor = get_processor(str(model), model_type="qwen2_vl")
    # --truncation_strategy delete is 'raise' here
    template = get_template(processor, max_length=max_length, template_type="qwen2_vl", truncation_strategy="raise")
    template.set_mode("train")
    with torch.device("meta"):  # the collator asks a model without weights for the positions, but not by its type
        template.dummy_model = get_model_processor(str(model), model_type="qwen2_vl", return_dummy_model=True)[0]
    for kind in ("image", "video"):
        setattr(template, f"{kind}_token_id", processor.tokenizer.convert_tokens_to_ids(f"<|{kind}_pad|>"))
    return template


def pictures(row):
    """Number of images and frames, or "mp4"."""
    videos = row.get("videos") or []
    if any(isinstance(video, str) for video in videos):
        return "mp4"
    return len(row.get("images") or []) + sum(len(video) for video in videos)


def describe(template, row, encoded):
    """What the trainer sees of one row."""
    decode = template.processor.tokenizer.decode
    ids, labels = encoded["input_ids"], encoded["labels"]
    turns, before = [], -100
    for label in labels:
        if label != -100:
            if before == -100:
                turns.append([])
            turns[-1].append(label)
        before = label
    pads, merged = (template.image_token_id, template.video_token_id), template.processor.image_processor.merge_size**2
    text = re.sub(r"(<\|(?:image|video)_pad\|>)\1+", r"\1", decode(ids))
    images, videos = ([] if encoded.get(key) is None else encoded[key] for key in ("image_grid_thw", "video_grid_thw"))
    return {
        "text": text,
        "trained": TURNS.join(decode(turn) for turn in turns),
        "pictures": pictures(row),
        "grids": len(images) + len(videos),
        "steps": [int(video[0]) for video in videos],
        "pads": [ids.count(token) for token in pads],
        "wanted": [sum(int(grid.prod()) for grid in grids) // merged for grids in (images, videos)],
        "tokens": len(ids),
    }


def stop(result, key, error):
    """Keep the first error."""
    result[key] = result[key] or name(error)


def read(shards, result):
    """Load every shard and put them together; [shard, id] of every row that is left."""
    from swift.dataset import DatasetLoader

    loaded, left = [], []
    for shard in shards:
        try:
            loaded.append(load(shard, strict=False))
            left += [[shard.name, row] for row, why in noted() if not why]
        except Exception as error:
            stop(result, "error", error)
        gone = [[row, why] for row, why in noted() if why]
        result["deleted"] += [{"shard": shard.name, "stage": "preprocess", "why": why, "id": row} for row, why in gone]
        if gone and not result["strict"]:
            try:
                load(shard, strict=True)
            except Exception as error:
                stop(result, "strict", error)
    try:
        return DatasetLoader.concat_datasets(loaded), left
    except Exception as error:
        stop(result, "error", error)
        return None, []


def encode(dataset, left, template, result):
    """Encode and collate every row, one at a time."""
    from swift.dataset import LazyLLMDataset

    strict = LazyLLMDataset(dataset, template.encode, strict=True, random_state=42)
    for place, (shard, row) in enumerate(left):
        try:
            encoded = strict[place]
        except Exception as error:
            result["deleted"].append({"shard": shard, "stage": "encode", "why": name(error), "id": row})
            stop(result, "strict", error)
            continue
        seen = {"id": row, **describe(template, dataset[place], encoded)}
        try:
            batch = template.data_collator([encoded])
            if seen["pads"] != seen["wanted"]:
                embed(template, batch)
        except Exception as error:
            stop(result, "error", error)
        result["shards"][shard]["rows"].append(seen)
    if not any(shard["rows"] for shard in result["shards"].values()):
        LazyLLMDataset(dataset, template.encode, random_state=42)[0]


def embed(template, batch):
    """Put the pictures in place of their tokens."""
    from swift import get_model_processor

    folder = template.model_info.model_dir
    if template.model is None and (Path(folder) / "model.safetensors").exists():
        template.model = get_model_processor(folder, model_type="qwen2_vl")[0]
    if template.model is not None:
        template._post_encode(template.model, batch)


def main(folder, target, model):
    """Read, encode, collate; write what happened."""
    shards = sorted([*folder.glob("video-*.jsonl"), *folder.glob("image-*.jsonl")])
    result = {"trainer": "ms-swift 4.6.0", "error": None, "strict": None, "encode": "replaced", "deleted": []}
    result["shards"] = {
        shard.name: {"read": sum(1 for line in shard.read_bytes().splitlines() if line.strip()), "rows": []}
        for shard in shards
    }
    with tempfile.TemporaryDirectory() as scratch:
        try:
            variables, max_length = settings(folder)
            prepare(variables, Path(scratch))
            watch()
            template = make_template(model, max_length)
            dataset, left = read(shards, result)
            if dataset is not None:
                encode(dataset, left, template, result)
        except Exception as error:
            stop(result, "error", error)
        os.chdir("/")
    target.write_text(json.dumps(result, indent=1), encoding="utf-8")
    kept = sum(len(shard["rows"]) for shard in result["shards"].values())
    print(f"ms-swift: {kept} rows, {len(result['deleted'])} deleted or replaced, error: {result['error']}")


if __name__ == "__main__":
    main(*(Path(path).resolve() for path in sys.argv[1:4]))
