"""What LLaMA-Factory itself makes of a folder that this package wrote: its parser, loader, template and collator.

    python tests/peers/llama_factory.py DATASET_FOLDER RESULT.json TINY_MODEL_FOLDER

The folder's own train.yaml is given to LLaMA-Factory's argument parser; only the model, the folders, the cache and
what needs a GPU are replaced. Every dataset of dataset_info.json is read on its own, so that a row of the result
stands for a line of the file, then all those that train.yaml names are read together. Each row is also passed to the
collator, which opens its pictures once more. An error of the trainer is a result: it is written down, with the error
that it came from, and ends the run.
"""

import contextlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path

TURN = "\u241e"
PADS = re.compile(r"(<\|(?:image|video)_pad\|>)(?:\1)+")


def environment(cache):
    """Keep every cache in a temporary folder and the network out; called before anything else is imported."""
    os.environ.update(
        HF_HOME=cache,
        HF_DATASETS_CACHE=f"{cache}/datasets",
        HF_HUB_OFFLINE="1",
        HF_DATASETS_DISABLE_PROGRESS_BARS="1",
        TOKENIZERS_PARALLELISM="false",
        CUDA_VISIBLE_DEVICES="",
    )
    os.environ.setdefault("LLAMAFACTORY_VERBOSITY", "WARN")


def arguments(folder, tiny, cache):
    """LLaMA-Factory's own arguments, from the folder's train.yaml."""
    import yaml
    from llamafactory.hparams import get_train_args

    settings = yaml.safe_load((folder / "train.yaml").read_text(encoding="utf-8"))
    media = settings.get("media_dir")
    settings.update(
        model_name_or_path=str(tiny),
        dataset_dir=str(folder),
        media_dir=str(folder) if media in (None, settings.get("dataset_dir")) else media,
        output_dir=f"{cache}/output",
        preprocessing_num_workers=1,
        overwrite_cache=True,
        bf16=False,
        use_cpu=True,
        report_to="none",
    )
    model, data, training, _, _ = get_train_args(settings)
    return model, data, training


def collator(template, tokens, model_args, data_args):
    """The collator of ``run_sft``, with a model of no trained weights: it is asked only where each token stands."""
    from llamafactory.data import SFTDataCollatorWith4DAttentionMask
    from llamafactory.extras.constants import IGNORE_INDEX
    from llamafactory.model.loader import load_config
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_config(load_config(model_args))
    return SFTDataCollatorWith4DAttentionMask(
        template=template,
        model=model,
        pad_to_multiple_of=8,
        label_pad_token_id=IGNORE_INDEX,
        block_diag_attn=model_args.block_diag_attn,
        neat_packing=data_args.neat_packing,
        attn_implementation=getattr(model.config, "_attn_implementation", None),
        compute_dtype=model_args.compute_dtype,
        **tokens,
    )


def turns(labels, ignored):
    """Runs of trained tokens: one for each answer."""
    runs, open_run = [], False
    for label in labels:
        if label == ignored:
            open_run = False
            continue
        if not open_run:
            runs.append([])
            open_run = True
        runs[-1].append(label)
    return runs


def pictures(row):
    """How many pictures the converter found; a clip that is one file cannot be counted here."""
    videos = row["_videos"] or []
    if any(isinstance(video, str) for video in videos):
        return "mp4"
    return len(row["_images"] or []) + sum(len(video) for video in videos)


def grids(batch):
    """How many pictures and videos the collator turned into numbers (a row without any gets one white picture)."""
    return sum(len(batch[key]) for key in ("image_grid_thw", "video_grid_thw") if batch.get(key) is not None)


def describe(aligned, row, tokenizer, collate):
    """One row of the result. Pictures are counted before the template, which repeats the last of an odd number."""
    from llamafactory.extras.constants import IGNORE_INDEX

    text = tokenizer.decode(row["input_ids"], skip_special_tokens=False)
    trained = [tokenizer.decode(run, skip_special_tokens=False) for run in turns(row["labels"], IGNORE_INDEX)]
    return {
        "text": PADS.sub(r"\1", text),
        "trained": TURN.join(trained),
        "pictures": pictures(aligned),
        "grids": grids(collate([dict(row)])),
        "tokens": len(row["input_ids"]),
    }


def lines(path):
    """How many JSON lines the file has."""
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def names(folder):
    """Datasets of dataset_info.json with their files, as the file lists them."""
    with (folder / "dataset_info.json").open(encoding="utf-8") as file:
        return {name: folder / str(entry.get("file_name")) for name, entry in json.load(file).items()}


def run(folder, tiny, cache, result):
    """Read every dataset on its own, then those of train.yaml together, filling ``result`` on the way."""
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.data.loader import _get_merged_dataset, _get_preprocessed_dataset
    from llamafactory.model import load_tokenizer

    model_args, data_args, training_args = arguments(folder, tiny, cache)
    tokens = load_tokenizer(model_args)
    tokenizer = tokens["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    collate = collator(template, tokens, model_args, data_args)

    for name, path in names(folder).items():
        shard = result["shards"][name] = {"read": lines(path), "rows": []}
        aligned = _get_merged_dataset([name], model_args, data_args, training_args, stage="sft")
        rows = _get_preprocessed_dataset(aligned, data_args, training_args, "sft", template, **tokens)
        kept = aligned.filter(lambda row: row["_response"], load_from_cache_file=False)
        for before, after in zip(kept, rows, strict=True):
            shard["rows"].append(describe(before, after, tokenizer, collate))
    together = get_dataset(template, model_args, data_args, training_args, stage="sft", **tokens)
    result["merged"] = len(together["train_dataset"])


def first_line(error):
    """``Type: first line of the message``."""
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def root(error):
    """The error that the given one came from."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def main(folder, target, tiny):
    """Run, write the result, say one line."""
    result = {"trainer": "llamafactory 0.9.5", "error": None, "cause": None, "merged": None, "shards": {}}
    with tempfile.TemporaryDirectory(prefix="llama-factory-") as cache:
        environment(cache)
        try:
            with contextlib.redirect_stdout(None):
                run(folder.resolve(), tiny.resolve(), cache, result)
        except (Exception, SystemExit) as error:
            result["error"] = first_line(error)
            result["cause"] = first_line(root(error)) if root(error) is not error else None
    target.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    kept = sum(len(shard["rows"]) for shard in result["shards"].values())
    read = sum(shard["read"] for shard in result["shards"].values())
    print(f"llamafactory: {kept} of {read} rows, merged {result['merged']}, {result['error'] or 'no error'}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
