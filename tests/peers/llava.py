"""Push a folder written by ``--to llava`` through the data code of LLaVA itself, row by row, without a model.

    python tests/peers/llava.py DATASET_FOLDER RESULT.json MEDIA_FOLDER [1.5|next]

``1.5`` takes the package ``llava-torch`` from PyPI. ``next`` takes the clone of LLaVA-NeXT that ``LLAVA_NEXT`` names.
The dataset, the label masking and the collator are theirs; the model classes, the Trainer and deepspeed are stubs, and
the tokenizer is a tiny one of the same kind as the model's (a token a letter), so lengths are not the model's.
"""

import contextlib
import io
import json
import os
import re
import sys
import tempfile
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from importlib.util import module_from_spec
from itertools import groupby
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": tempfile.mkdtemp(prefix="peer-"), "TRANSFORMERS_VERBOSITY": "error"}
sys.path.pop(0)  # this file has the name of the package

IGNORED, PICTURE = -100, -200
LONG = 1 << 20
SIDE = 336
ANSWER = {"1.5": re.compile(r"(.*)</s>", re.DOTALL),
          "next": re.compile(r"<\|im_start\|>assistant\n(.*)<\|im_end\|>", re.DOTALL)}  # fmt: skip


def main(folder, target, media, dialect):
    """Write what became of every row."""
    found = {"trainer": "LLaVA-NeXT", "error": None, "replaced": [], "warnings": [], "shards": {}}
    if dialect == "1.5":
        found["trainer"] = f"llava-torch {version('llava-torch')}"
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(said):
        try:
            train = load(dialect)
            tokenizer = TOKENIZERS[dialect](Path(scratch))
            read = read_arrays if dialect == "1.5" else read_mixture
            read(folder, train, tokenizer, options(train, media, dialect), found)
        except Exception as error:  # whatever the trainer raises
            found["error"] = name(error)
    found["warnings"] = sorted({line for line in said.getvalue().splitlines() if "WARNING" in line})
    target.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    rows = sum(len(shard["rows"]) for shard in found["shards"].values())
    print(f"{found['trainer']}: {rows} rows, {len(found['replaced'])} replaced, error {found['error']}")


def name(error):
    """``Type: first line``."""
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def load(dialect):
    """Import their ``llava.train.train``, with stubs for what the data code has no use for."""
    if dialect == "next":
        sys.path.insert(0, os.environ["LLAVA_NEXT"])
        stub("deepspeed")
    import transformers

    transformers.AutoTokenizer.from_pretrained = lambda *_, **__: None  # asked for Llama 3's at import
    stub("llava.model", "LlavaLlamaForCausalLM")
    stub("llava.train.llava_trainer", "LLaVATrainer")
    import llava.train.train as train

    speech = train.conversation_lib
    speech.default_conversation = speech.conv_templates["v1" if dialect == "1.5" else "qwen_1_5"]
    return train


def stub(module, *names):
    """Put an empty module in the place of one."""
    sys.modules[module] = module_from_spec(ModuleSpec(module, None))
    for attribute in names:
        setattr(sys.modules[module], attribute, None)


def llama(scratch):
    """A sentencepiece model of single letters that falls back to bytes, set up as Vicuna 1.5 has it."""
    import sentencepiece
    from transformers import LlamaTokenizer

    letters = "".join(chr(code) for code in range(33, 127))
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([letters, " ".join(letters)]), model_prefix=str(scratch / "tiny"), model_type="char",
        vocab_size=1000, hard_vocab_limit=False, byte_fallback=True, character_coverage=1.0,
        normalization_rule_name="identity", remove_extra_whitespaces=False, minloglevel=2,
    )  # fmt: skip
    path = str(scratch / "tiny.model")
    tokenizer = LlamaTokenizer(path, legacy=False, model_max_length=LONG, padding_side="right")
    tokenizer.pad_token = tokenizer.unk_token  # as their train() does
    return tokenizer


def qwen(scratch):
    """Qwen2's tokenizer without merges: the first tokens are the bytes, in the order that makes 198 the line feed."""
    from transformers import Qwen2TokenizerFast
    from transformers.models.qwen2.tokenization_qwen2 import bytes_to_unicode

    numbers = {letter: number for number, letter in enumerate(bytes_to_unicode().values())}
    (scratch / "vocab.json").write_text(json.dumps(numbers), encoding="utf-8")
    (scratch / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    return Qwen2TokenizerFast(
        str(scratch / "vocab.json"), str(scratch / "merges.txt"), unk_token="<|endoftext|>", padding_side="right",
        additional_special_tokens=["<|im_start|>", "<|im_end|>"], model_max_length=LONG,
    )  # fmt: skip


TOKENIZERS = {"1.5": llama, "next": qwen}


def options(train, media, dialect):
    """The data arguments of their training scripts."""
    from transformers import CLIPImageProcessor

    found = train.DataArguments(image_folder=str(media), is_multimodal=True, lazy_preprocess=True)
    found.image_processor = CLIPImageProcessor(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    )  # fmt: skip
    found.mm_use_im_start_end = False
    found.image_aspect_ratio = "pad"
    if dialect == "next":
        found.image_aspect_ratio = "anyres_max_9"
        found.image_grid_pinpoints = [[SIDE * w, SIDE * h] for w in range(1, 7) for h in range(1, 7)]
        found.video_folder = str(media)
    return found


def read_arrays(folder, train, tokenizer, settings, found):
    """LLaVA-1.5: a run for every array."""
    for path in shards(folder):
        shard = found["shards"][path.name] = {"read": 0, "rows": []}
        dataset = train.LazySupervisedDataset(str(path), tokenizer, settings)
        shard["read"] = len(dataset)
        for place in range(len(dataset)):
            shard["rows"].append(described(dataset[place], place, dataset, train, "1.5"))


def shards(folder):
    """The arrays of a folder; a single file is itself."""
    return [folder] if folder.is_file() else sorted(folder.glob("*-0*.json"))


def read_mixture(folder, train, tokenizer, settings, found):
    """LLaVA-NeXT: the mixture as it is, shared out to its files by how many samples each one gives alone."""
    train.time.sleep = lambda _: None  # it waits a second before it tries again
    mixture = folder if folder.is_file() else folder / "mixture.yaml"
    dataset = train.LazySupervisedDataset(str(mixture), tokenizer, settings)
    reasons = watch(dataset)
    place = 0
    for path, count in counted(mixture, train, tokenizer, settings):
        shard = found["shards"][path] = {"read": count, "rows": []}
        for _ in range(count):
            reasons.clear()
            sample = dataset[place]
            wanted = dataset.list_data_dict[place].get("id", place)
            if reasons or sample["id"] != wanted:
                why = reasons[0] if reasons else printed()
                found["replaced"].append({"shard": path, "id": wanted, "by": sample["id"], "why": why})
            shard["rows"].append(described(sample, place, dataset, train, "next"))
            place += 1


def printed():
    """Why a video could not be read: that is only printed, and the next sample is taken at once."""
    lines = sys.stdout.getvalue().splitlines()  # redirected in main
    return next((line for line in reversed(lines) if line.startswith("Error: ")), None)


def counted(mixture, train, tokenizer, settings):
    """[name, samples] of every entry of a mixture, by loading each as a mixture of one."""
    if mixture.suffix != ".yaml":
        return [[mixture.name, len(train.LazySupervisedDataset(str(mixture), tokenizer, settings))]]
    counts = []
    for entry in train.yaml.safe_load(mixture.read_text(encoding="utf-8"))["datasets"]:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as alone:
            alone.write(json.dumps({"datasets": [entry]}))
            alone.flush()
            dataset = train.LazySupervisedDataset(alone.name, tokenizer, settings)
        counts.append([Path(entry["json_path"]).name, len(dataset)])
    return counts


def watch(dataset):
    """A list that gets the errors which LLaVA-NeXT swallows."""
    reasons, real = [], dataset._get_item

    def get_item(place):
        try:
            return real(place)
        except Exception as error:
            reasons.append(name(error))
            raise

    dataset._get_item = get_item
    return reasons


def described(sample, place, dataset, train, dialect):
    """Collate one sample by itself; say what the model would see, and what it would be trained on."""
    batch = train.DataCollatorForSupervisedDataset(dataset.tokenizer)([sample])
    (ids,), (labels,) = batch["input_ids"].tolist(), batch["labels"].tolist()
    parts = [decoded(part, dataset.tokenizer) for part in spans(labels)]
    answers = [match[1] for part in parts if (match := ANSWER[dialect].search(part))]
    return {
        "trained": "".join(parts),
        "answers": answers,
        "placeholders": ids.count(PICTURE),
        "pictures": pictures(sample, dataset.list_data_dict[place], dialect),
        "tokens": len(ids),
    }


def spans(labels):
    """The runs of labels that count."""
    found, before = [], IGNORED
    for label in labels:
        if label != IGNORED:
            found += [[]] if before == IGNORED else []
            found[-1].append(label)
        before = label
    return found


def decoded(numbers, tokenizer):
    """The very text; a picture that is trained on shows as its tag."""
    settings = {"clean_up_tokenization_spaces": False, "spaces_between_special_tokens": False}
    runs = [(tag, list(run)) for tag, run in groupby(numbers, key=lambda number: number == PICTURE)]
    return "".join("<image>" * len(run) if tag else tokenizer.decode(run, **settings) for tag, run in runs)


def pictures(sample, row, dialect):
    """Pictures and frames of a sample; the black picture that stands in where there is none does not count."""
    if dialect == "1.5":
        return int("image" in row)
    return sum(len(part[0]) if part[2] == "video" else 1 for part in sample["image"] if part[2] != "text")


if __name__ == "__main__":
    main(*(Path(path).resolve() for path in sys.argv[1:4]), sys.argv[4] if len(sys.argv) > 4 else "1.5")
