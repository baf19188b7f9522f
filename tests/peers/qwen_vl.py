"""What QwenLM's own ``qwen-vl-finetune`` makes of a folder that this package wrote: its arguments, loader and collator.

    QWEN_VL=CLONE/qwen-vl-finetune python tests/peers/qwen_vl.py DATASET_FOLDER RESULT.json TINY_MODEL_FOLDER

The trainer is on no package index, so that QWEN_VL names the folder of a clone. The command of the dataset's README is
given to the trainer's argument parser; only what needs a GPU is left out and pictures are made small. Every shard of
registration.py is loaded on its own and every sample is asked for by its place. The loader answers with the next sample
where it cannot read one ("replaced") and gives up where it cannot read that one either ("stopped"). What comes out of
the collator is shown to a model only if it has another number of picture tokens than of pictures' features.
"""

import contextlib
import importlib
import importlib.util
import json
import os
import re
import runpy
import shlex
import sys
import tempfile
import types
from pathlib import Path

TURN = "\u241e"
PADS = re.compile(r"(<\|(?:image|video)_pad\|>)(?:\1)+")
PIXELS = 112 * 112  # a picture is 16 tokens
CONSTANTS = {
    "IM_START_TOKEN": "<|im_start|>",
    "IM_END_TOKEN": "<|im_end|>",
    "ASSISTANT_TOKEN": "assistant",
    "IMAGE_TOKEN_INDEX": "<|image_pad|>",
    "VIDEO_TOKEN_INDEX": "<|video_pad|>",
}


def environment(cache):
    """Keep the network and the GPU out; called before anything else is imported."""
    os.environ.update(HF_HOME=cache, HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", CUDA_VISIBLE_DEVICES="")


def trainer():
    """The trainer's modules. Some versions import decord beside what is used here: it need not be installed."""
    sys.path.insert(0, os.environ["QWEN_VL"])
    importlib.import_module("transformers")
    missing = importlib.util.find_spec("decord") is None
    if missing:
        sys.modules["decord"] = types.SimpleNamespace(VideoReader=None)
    try:
        names = ("qwenvl.data", "qwenvl.data.data_processor", "qwenvl.train.argument")
        return [importlib.import_module(name) for name in names]
    finally:
        if missing:
            del sys.modules["decord"]


def arguments(folder, argument, cache):
    """The trainer's own arguments, from the command in the README."""
    from transformers import HfArgumentParser

    text = (folder / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```bash\n(.*?train_qwen.*?)```", text, re.DOTALL)
    words = shlex.split(block[1].replace("\\\n", " ")) if block else []
    script = next((place for place, word in enumerate(words) if word.endswith("train_qwen.py")), -1)
    options = [word for word in words[script + 1 :] if word != "--bf16"]
    options += ["--output_dir", f"{cache}/output", "--use_cpu", "True", "--report_to", "none"]
    parser = HfArgumentParser((argument.DataArguments, argument.TrainingArguments, argument.ModelArguments))
    data_args, training_args, _ = parser.parse_args_into_dataclasses(options)
    data_args.model_type = "qwen2vl"
    data_args.max_pixels = data_args.video_max_pixels = PIXELS
    data_args.min_pixels = data_args.video_min_pixels = min(data_args.min_pixels, PIXELS)
    return data_args, training_args


def register(folder, data):
    """Do what the README says with registration.py; the folder may have been moved."""
    datasets = runpy.run_path(str(folder / "registration.py"))["DATASETS"]
    for entry in datasets.values():
        written = Path(entry["annotation_path"])
        entry["annotation_path"] = str(folder / written.name)
        if Path(entry["data_path"]) == written.parent:
            entry["data_path"] = str(folder)
    data.data_dict.update(datasets)
    return datasets


def make_processor(tiny, loader, length):
    """The tiny processor with one token for the answering side, whose numbers the trainer takes to be Qwen's."""
    from transformers import AutoProcessor

    processor = AutoProcessor.from_pretrained(tiny)
    tokenizer = processor.tokenizer
    tokenizer.add_tokens(["assistant"])
    tokenizer.model_max_length = length
    for constant, token in CONSTANTS.items():
        setattr(loader, constant, tokenizer.convert_tokens_to_ids(token))
    loader.time.sleep = lambda _: None
    return processor


def watch(dataset):
    """Have the loader write down what it could not read and what it answered with."""
    seen = {"errors": [], "answer": None}
    real = dataset.item_fn

    def item_fn(sources):
        try:
            item = real(sources)
        except Exception as error:
            seen["errors"].append(first_line(error))
            raise
        seen["answer"] = sources[0]
        return item

    dataset.item_fn = item_fn
    return seen


def collate_all(name, dataset, collate, check, result):
    """Ask for every sample of a shard and collate it by itself."""
    seen = watch(dataset)
    for place, row in enumerate(dataset.list_data_dict):
        seen.update(errors=[], answer=None)
        try:
            item = dataset[place]
        except Exception as error:
            result["stopped"].append({"shard": name, "row": place + 1, "why": first_line(error)})
            result["error"] = result["error"] or first_line(error)
            continue
        if seen["answer"] is not row:
            result["replaced"].append({"shard": name, "row": place + 1, "why": seen["errors"][0]})
            continue
        batch = collate([item])
        try:
            check(batch)
        except Exception as error:
            result["error"] = result["error"] or first_line(error)
        result["shards"][name]["rows"].append(describe(row, batch, dataset.tokenizer))


def make_check(tiny, processor):
    """A function that shows a batch to a model of no trained weights if the model would refuse it."""
    from transformers import AutoConfig, AutoModelForImageTextToText

    tokenizer, made = processor.tokenizer, []
    merged = processor.image_processor.merge_size**2

    def refused(batch, kind):
        if batch[f"{kind}_grid_thw"] is None:
            return False
        tokens = (batch["input_ids"] == tokenizer.convert_tokens_to_ids(f"<|{kind}_pad|>")).sum()
        return int(tokens) != int(batch[f"{kind}_grid_thw"].prod(-1).sum()) // merged

    def check(batch):
        if refused(batch, "image") or refused(batch, "video"):
            if not made:
                made.append(AutoModelForImageTextToText.from_config(AutoConfig.from_pretrained(tiny)))
                made[0].resize_token_embeddings(len(tokenizer))
            made[0](**batch)

    return check


def turns(labels):
    """Runs of trained tokens: one for each answer."""
    runs, before = [], -100
    for label in labels:
        if label != -100:
            if before == -100:
                runs.append([])
            runs[-1].append(label)
        before = label
    return runs


def pictures(row):
    """How many pictures the row names, or "mp4"."""
    if row.get("video"):
        return "mp4"
    images = row.get("image") or []
    return 1 if isinstance(images, str) else len(images)


def describe(row, batch, tokenizer):
    """What the trainer sees of one row; every step of a video is two frames."""
    (ids,), (labels,) = batch["input_ids"].tolist(), batch["labels"].tolist()
    images, videos = ([] if batch[key] is None else batch[key].tolist() for key in ("image_grid_thw", "video_grid_thw"))
    return {
        "text": PADS.sub(r"\1", tokenizer.decode(ids, skip_special_tokens=False)),
        "trained": TURN.join(tokenizer.decode(run, skip_special_tokens=False) for run in turns(labels)),
        "pictures": pictures(row),
        "grids": len(images) + len(videos),
        "steps": [video[0] for video in videos],
        "tokens": len(ids),
    }


def lines(path):
    """How many JSON lines the file has."""
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def run(folder, tiny, cache, result):
    """Load every shard on its own, then those of the command together, filling ``result`` on the way."""
    data, loader, argument = trainer()
    result["transformers"] = loader.transformers.__version__
    data_args, training_args = arguments(folder, argument, cache)
    named = data_args.dataset_use
    processor = make_processor(tiny, loader, training_args.model_max_length)
    collate = loader.DataCollatorForSupervisedDataset(processor.tokenizer)
    check = make_check(tiny, processor)
    for name, entry in register(folder, data).items():
        result["shards"][name] = {"read": lines(Path(entry["annotation_path"])), "rows": []}
        data_args.dataset_use = name
        try:
            dataset = loader.LazySupervisedDataset(processor, data_args)
            collate_all(name, dataset, collate, check, result)
        except Exception as error:
            result["error"] = result["error"] or first_line(error)
    data_args.dataset_use = named
    result["together"] = len(loader.LazySupervisedDataset(processor, data_args))


def first_line(error):
    """``Type: first line of the message``."""
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def main(folder, target, tiny):
    """Run, write the result, say one line."""
    result = {"trainer": "qwen-vl-finetune", "transformers": None, "error": None, "together": None}
    result.update(replaced=[], stopped=[], shards={})
    with tempfile.TemporaryDirectory(prefix="qwen-vl-") as cache:
        environment(cache)
        try:
            with contextlib.redirect_stdout(None):
                run(folder.resolve(), tiny.resolve(), cache, result)
        except (Exception, SystemExit) as error:
            result["error"] = result["error"] or first_line(error)
    target.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    kept = sum(len(shard["rows"]) for shard in result["shards"].values())
    gone = len(result["replaced"]) + len(result["stopped"])
    print(f"qwen-vl-finetune: {kept} rows, {gone} replaced or stopped at, error: {result['error']}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
