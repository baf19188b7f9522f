"""``make test-peers``: push what we write through the trainers' own dataset code, whole and damaged.

For each trainer on the registry: an environment of its own below ``.peers`` (some 6 GB each), the real record where it
is there, 200 made-up videos and 200 images, every row through the trainer's converter, template and collator. Then
each trap of ``tests/traps.py``: the trainer must do what the table says, and `verify` must tell. Trainers that are on
no registry are run where a clone is named: ``QWEN_VL=DIR/qwen-vl-finetune``, ``LLAVA_NEXT=DIR``.

And for each evaluation harness: the made-up benchmark, exported for it, loaded and evaluated whole by the harness with
a model that says what it is told to. Questions and pictures must come as they are, and scores must be ours.

    python tests/peers/run.py [--only NAME]... [--records 200] [--work DIR]
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tarfile
import time
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from PIL import Image

from asked import FRAMES, SAID, benchmark, parquet, picture  # beside this folder
from conftest import REAL_RECORD, VARIANTS
from traps import CHANGES, CUTS, DROPS, REPLACES, STOPS, TRAPS, damaged

import instit_tools as it
from instit_tools.bench import exporting
from instit_tools.bench.items import read_items
from instit_tools.bench.predictions import joined, read_predictions
from instit_tools.bench.prompts import own
from instit_tools.bench.reading import strict, upstream
from instit_tools.media.store import open_store
from instit_tools.verification.run import verify_folder

BREAK = "\u241e"
BOXES = "ms-swift grounding"
TORCH = ("torch==2.14.1", "torchvision==0.29.1")
LLAMA_FACTORY = (("torch==2.9.1", "torchvision==0.24.1"), ("torchaudio==2.9.*",), ("llamafactory==0.9.5",))
LLAVA = (
    ("torch==2.13.0", "numpy<2", "pillow", "sentencepiece", "transformers==4.37.2", "protobuf"),
    ("--no-deps", "llava-torch==1.2.2.post1", "decord", "av"),  # what it pins beside is for its demos
)
PEERS = {
    "llama-factory": {"script": "llama_factory.py", "install": LLAMA_FACTORY},
    "ms-swift": {"script": "ms_swift.py", "install": (TORCH, ("ms-swift==4.6.0", "qwen-vl-utils", "decord"))},
    "trl": {"script": "trl_peer.py", "install": (TORCH, ("trl==1.16.0", "transformers==5.23.0", "pillow"))},
    "ms-swift-grounding": {
        "script": "ms_swift.py",
        "install": (TORCH, ("ms-swift==4.6.0", "qwen-vl-utils", "decord")),
        "env": "ms-swift",
    },
    "energon": {"script": "energon.py", "install": (TORCH, ("megatron-energon==7.4.1",))},
    "qwen-vl": {
        "script": "qwen_vl.py",
        "install": LLAMA_FACTORY,  # whose transformers reads video files with what is there
        "clone": "QWEN_VL",
        "env": "llama-factory",
    },
    "llava-1.5": {"script": "llava.py", "install": LLAVA, "env": "llava"},
    "llava-next": {"script": "llava.py", "install": LLAVA, "env": "llava", "clone": "LLAVA_NEXT"},
}
LMMS_EVAL = (
    ("torch==2.13.0", "transformers==5.24.0", "accelerate", "datasets", "evaluate", "filelock<4", "httpx", "jinja2"),
    ("jsonlines", "loguru", "numexpr", "openai", "openpyxl", "pytablewriter", "python-dotenv", "sacrebleu"),
    ("aiohttp", "pandas", "pillow", "scikit-learn", "tenacity"),
    ("--no-deps", "lmms-eval==0.7.3"),
)
VLMEVALKIT = (
    ("torch==2.13.0", "transformers==5.24.0", "pandas", "pillow", "openpyxl", "xlsxwriter", "requests", "rich"),
    ("anls", "apted", "distance", "editdistance", "einops", "imageio", "jieba", "json_repair", "levenshtein", "lxml"),
    ("latex2sympy2-extended", "math-verify", "matplotlib", "nltk", "num2words", "omegaconf", "openai", "portalocker"),
    ("opencv-python-headless", "pylatexenc==2.10", "python-dotenv", "scikit-image", "scikit-learn", "sentencepiece"),
    ("sympy", "tabulate", "termcolor", "tiktoken", "timeout-decorator", "validators", "zss"),
    ("--no-deps", "ms-vlmeval==0.0.20"),
)
HARNESSES = {
    "lmms-eval": {"script": "lmms_eval_peer.py", "install": LMMS_EVAL},
    "vlmevalkit": {"script": "vlmevalkit_peer.py", "install": VLMEVALKIT},
}


def main():
    """Run all peers, print the counts and the table, and say in the exit code whether anything differed."""
    chosen = options()
    chosen.work.mkdir(parents=True, exist_ok=True)
    differences = []
    for name in chosen.only or [*PEERS, *HARNESSES]:
        if name in HARNESSES:
            differences += evaluated(name, chosen.work.resolve())
            continue
        clone = PEERS[name].get("clone")
        if clone and not os.environ.get(clone):
            print(f"{name}: not run; it is on no registry, {clone}=DIR names a clone")
            continue
        peer = Peer(name, chosen.work)
        differences += whole(peer, chosen)
        differences += traps(peer, chosen)
    for each in differences:
        print(f"DIFFERS {each}")
    print("all as expected" if not differences else f"{len(differences)} differences")
    return bool(differences)


def options():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=[*PEERS, *HARNESSES])
    parser.add_argument("--records", type=int, default=200)
    parser.add_argument("--work", type=Path, default=Path(".peers"))
    return parser.parse_args()


def environment(name, folder, installs):
    """Make the environment *folder* where it is not there yet, and give its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"{name}: installing into {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        for packages in installs:
            command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
            subprocess.run(command, check=True)
    return python


class Peer:
    """A trainer in its environment."""

    def __init__(self, name, work):
        """Make the environment where it is not there yet."""
        self.name = name
        self.work = work.resolve()
        self.about = PEERS[name]
        folder = self.work / "env" / self.about.get("env", name)
        self.python = environment(name, folder, self.about["install"])
        self.tiny = self.work / "tiny"
        model = ["--model"] if name == "trl" else []
        if name not in {"llava-1.5", "llava-next", "energon"}:
            subprocess.run([self.python, HERE / "tiny.py", self.tiny, *model], check=True, capture_output=True)

    def read(self, folder, media, *, train=False):
        """Let the trainer read *folder*, and give what it made of it."""
        result = self.work / "result.json"
        result.unlink(missing_ok=True)
        last = {"llava-1.5": [media, "1.5"], "llava-next": [media, "next"], "energon": []}.get(self.name, [self.tiny])
        env = os.environ | {"HF_HUB_OFFLINE": "1", "PEER_TRAIN": "1" if train else ""}
        command = [self.python, HERE / self.about["script"], folder, result, *last]
        ran = subprocess.run(
            list(map(str, command)), env=env, capture_output=True, text=True, check=False, cwd=self.work
        )
        if not result.exists():
            raise SystemExit(f"{self.name}: the script failed\n{ran.stdout[-2000:]}\n{ran.stderr[-4000:]}")
        return json.loads(result.read_text(encoding="utf-8"))


def data(work, count):
    """Make *count* videos and images up, once."""
    folder = work.resolve() / f"made-up-{count}-masks"
    if not folder.exists():
        it.synth(folder, videos=count, images=count, media=True, masks=True)
    return folder


def converted(name, source, media, out):
    """Convert *source* to the variant *name* anew."""
    choices = {"to": name, **VARIANTS[name]}
    choices["to"] = choices.pop("target", choices["to"])
    on_error = "reject" if name == "llava 1.5" else "stop"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what clips cost is not the matter here
        it.convert(source, out, media=media, overwrite=True, on_error=on_error, **choices)
    return out


def variants(peer):
    """Name the variants of our outputs that a peer reads."""
    base = {"llava-1.5": ["llava 1.5"], "llava-next": ["llava"], "ms-swift-grounding": [BOXES]}
    return base.get(peer.name) or [name for name in VARIANTS if name.split(" ")[0] == peer.name and name != BOXES]


# Whole outputs


def whole(peer, chosen):
    """Every row of every variant, of made-up and of real data, accepted as it is."""
    sources = {f"{chosen.records}+{chosen.records} made up": data(chosen.work, chosen.records)}
    if REAL_RECORD.exists() and peer.name != "ms-swift-grounding":  # it has no masks
        sources["the real record"] = REAL_RECORD
    differences = []
    for name in variants(peer):
        for label, source in sources.items():
            media = source if source.is_dir() else source.parent
            out = converted(name, source, media, peer.work / "out" / f"{name} {label}".replace(" ", "-"))
            report = verify_folder(out)
            began = time.monotonic()
            plain = peer.name == "trl" and source.is_dir()
            found = peer.read(out, media, train=plain)
            wrong = list(differing(out, found)) + [f"verify: {each.message}" for each in report.problems[:3]]
            rows = sum(len(shard["rows"]) for shard in found["shards"].values())
            losses = found.get("losses") or []
            if plain and not losses[-1] < losses[0]:
                wrong.append(f"the loss did not fall: {losses}")
            loss = f", loss {losses[0]:.2f} -> {losses[-1]:.2f} in {len(losses)} steps" if losses else ""
            print(
                f"{found['trainer']}: {name}, {label}: {rows:,} of {report.rows:,} rows accepted,"
                f" {len(wrong)} differ{loss} ({time.monotonic() - began:.0f} s)",
                flush=True,
            )
            differences += [f"{name}, {label}: {each}" for each in wrong[:5]]
    return differences


def differing(folder, found):
    """Yield each row that the trainer dropped, replaced, cut, or shows other pictures for."""
    if found["error"]:
        yield found["error"]
    yield from (f"replaced: {each}" for each in found.get("replaced", ()))
    yield from (f"deleted: {each}" for each in found.get("deleted", ()))
    for path in sorted(path for path in folder.iterdir() if re.fullmatch(r"(video|image)-\d+\.\w+", path.name)):
        stem = f"instit_{path.stem.replace('-', '_')}"
        shard = found["shards"].get(path.name) or found["shards"].get(stem)
        wanted = list(expected(path))
        if shard is None or len(shard["rows"]) != len(wanted):
            yield f"{path.name}: {len(shard['rows']) if shard else 'no'} of {len(wanted)} rows"
            continue
        for number, (row, (answers, pictures)) in enumerate(zip(shard["rows"], wanted, strict=True), 1):
            if learned(row) != answers:
                yield f"{path.name} row {number}: trained on {learned(row)!r}, not {answers!r}"
            if row.get("placeholders", row.get("grids")) != pictures:
                yield f"{path.name} row {number}: {row.get('placeholders', row.get('grids'))} shown, not {pictures}"


def learned(row):
    """Give the answers that the trainer trains on, without what its template puts around them."""
    if "answers" in row:
        return [answer.strip() for answer in row["answers"] if answer.strip()]
    text = re.sub(r"<\|im_end\|>\n?|</s>|\u241e", BREAK, row["trained"])
    return [part.strip() for part in text.split(BREAK) if part.strip()]


def expected(path):
    """Yield the answers of each row of a shard, and how many pictures or videos it shows."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        for batch in pq.ParquetFile(path).iter_batches(64, columns=["completion", "timestamps"]):
            for row in batch.to_pylist():
                yield [row["completion"][0]["content"][0]["text"].strip()], len(row["timestamps"])
        return
    if path.suffix == ".tar":
        with tarfile.open(path) as archive:
            for about in (json.load(archive.extractfile(each)) for each in archive if each.name.endswith(".json")):
                yield [turn["value"].strip() for turn in about["conversations"][1::2]], len(about["frames"])
        return
    content = path.read_text(encoding="utf-8")
    for row in json.loads(content) if path.suffix == ".json" else map(json.loads, content.splitlines()):
        turns = row.get("conversations") or row.get("messages")
        if "objects" in row:
            turns = boxed(row, path.parent)
        answers = [(turn.get("value") or turn.get("content")).strip() for turn in turns[1::2]]
        media = row.get("images") or row.get("image") or row.get("videos") or [row.get("video")]
        yield answers, 1 if isinstance(media, str) else len(media)


def boxed(row, folder):
    """The turns of a row with its names and boxes in their places, as Qwen2-VL spells them: in thousandths."""
    media = folder / json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["media"]
    sizes = []
    for image in row["images"]:
        with Image.open(media / image) as picture:
            sizes.append(picture.size)
    names = (f"<|object_ref_start|>{name}<|object_ref_end|>" for name in row["objects"]["ref"])
    boxes = (
        "<|box_start|>({},{}),({},{})<|box_end|>".format(
            *(round(place / sizes[image][side % 2] * 1000) for side, place in enumerate(box))
        )
        for box, image in zip(row["objects"]["bbox"], row["objects"]["image_id"], strict=True)
    )
    places = {"<ref-object>": names, "<bbox>": boxes}
    return [
        {"content": re.sub("<ref-object>|<bbox>", lambda match: next(places[match[0]]), turn["content"])}
        for turn in row["messages"]
    ]


# Harnesses


def evaluated(name, work):
    """The benchmark, exported for a harness and evaluated by it, and all that is not as it should be."""
    python = environment(name, work / "env" / name, HARNESSES[name]["install"])
    folder, result, answers = work / "out" / f"bench-{name}", work / "result.json", work / "answers.json"
    source = work / "bench"
    if not source.exists():
        benchmark(source)
        (source / "image_multi_choices.json").unlink()
        parquet(source / "choices.parquet", [("001-01", picture("green", "PNG")), ("001/02", picture("blue"))])
    items = read_items([str(source)])
    exporting.export(items, open_store(source), folder, harness=name, root=source, overwrite=True)
    said = {key: SAID[number % len(SAID)] for number, key in enumerate(sorted({item.id for item in items}))}
    answers.write_text(json.dumps(said), encoding="utf-8")
    result.unlink(missing_ok=True)
    began = time.monotonic()
    command = [python, HERE / HARNESSES[name]["script"], folder, result, answers]
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, cwd=work)
    if not result.exists():
        raise SystemExit(f"{name}: the script failed\n{ran.stdout[-2000:]}\n{ran.stderr[-4000:]}")
    found = json.loads(result.read_text(encoding="utf-8"))
    wrong = [each for made in found["runs"] for each in misjudged(made, items, said)]
    print(
        f"{found['harness']}: {len(items)} questions in {len(found['runs'])} runs, {len(wrong)} differ"
        f" ({time.monotonic() - began:.0f} s)",
        flush=True,
    )
    return [f"{name}: {each}" for each in wrong]


def misjudged(made, items, said):
    """Yield what a run of a harness did otherwise than it should."""
    tasks = {(item.split, item.form): f"{item.split}_{'mc' if item.choices else 'oe'}" for item in items}
    if made["asked"].keys() != set(tasks.values()):
        yield f"only {sorted(made['asked'])} were asked"
        return
    for (split, form), task in tasks.items():
        own = [item for item in items if (item.split, item.form) == (split, form)]
        yield from (f"{task} {each}" for each in misshown(made["asked"][task], own))
        if form == "multiple-choice" and made["scores"][task] != scores(own, said):
            yield f"{task}: the scores are {made['scores'][task]}, not {scores(own, said)}"
        (path,) = [path for path in made["written"] if task in path]
        answers = joined(read_predictions([path], own), own)
        if {each.id: each.prediction.strip() for each in answers} != {each.id: said[each.id].strip() for each in own}:
            yield f"{task}: the answers are not those in {path}"


def misshown(asked, items):
    """Yield each question that did not come to the model as it is."""
    if asked.keys() != {item.id for item in items}:
        yield f"{sorted(asked)} were asked"
        return
    for item in items:
        text, frames = asked[item.id]["text"], asked[item.id]["frames"]
        if text != own().ask(item.split, item.form, item.question, item.choices):
            yield f"{item.id}: the question was {text!r}"
        if frames != (list(range(1, FRAMES + 1)) if item.split == "video" else [0]):
            yield f"{item.id}: the pictures were {frames}"


def scores(items, said):
    """Score multiple-choice answers by our own readers."""
    read = [(strict.read(said[item.id], item.choices).letter, upstream.read(said[item.id]), item) for item in items]
    valid = [theirs == item.truth for _, theirs, item in read if theirs]
    return {
        "accuracy_strict": sum(letter == item.truth for letter, _, item in read) / len(items),
        "accuracy_upstream": sum(valid) / len(valid) if valid else 0.0,
        "unparsed": sum(letter is None for letter, _, _ in read) / len(items),
        "answers_written": len(items),
    }


# Traps


def traps(peer, chosen):
    """Each damaged copy: the trainer does what the table says, and `verify` tells."""
    source = data(chosen.work, 3)
    differences = []
    read = {}
    for number, each in enumerate(each for each in TRAPS if each.reader == peer.name):
        clean = converted(each.variant, source, source, peer.work / "out" / f"trap-{each.variant}".replace(" ", "-"))
        copy = peer.work / "out" / f"trap-copy-{peer.name}"
        subprocess.run(["rm", "-rf", copy], check=True)
        damaged(clean, copy, each)
        report = verify_folder(copy, reader=peer.name, media=source)
        told = any(each.says in problem.message for problem in report.problems)
        if each.variant not in read:
            read[each.variant] = peer.read(clean, source)["shards"]
        did, why = outcome(peer.read(copy, source), read[each.variant])
        verdict = "tells" if told else "IS SILENT"
        print(f"  {number + 1:2} {each.name}: {did}{f' ({why})' if why else ''}; verify {verdict}", flush=True)
        if did != each.does or not told:
            differences.append(f"{peer.name}: {each.name}: {did}, and the table says {each.does}; told: {told}; {why}")
    return differences


def outcome(found, clean):
    """Say in a word what the trainer did that it does not do with the clean copy, and quote it."""
    if found["error"]:
        return STOPS, found["error"][:160]
    if found.get("replaced"):
        return REPLACES, str(found["replaced"][0].get("why"))[:160]
    if deleted := found.get("deleted"):
        did = REPLACES if deleted[0].get("stage") == "encode" else DROPS  # ms-swift takes another row for it
        return did, str(deleted[0].get("why"))[:160]
    read = sum(shard["read"] for shard in found["shards"].values())
    rows = [row for shard in found["shards"].values() for row in shard["rows"]]
    if len(rows) < read:
        return DROPS, f"{len(rows)} of {read} rows are left"
    if any(not learned(row) for row in rows):
        return CUTS, "a row has nothing to train on"
    return (CHANGES, "") if found["shards"] != clean else ("nothing", "as the clean copy")


if __name__ == "__main__":
    sys.exit(main())
