"""The traps of each trainer's loader: how to damage a dataset, what the trainer makes of it, and what we say.

`test_traps` damages a copy, seals its manifest again so that only the rules can tell, and wants the message;
``make test-peers`` gives the same copy to the trainer's own code and wants the outcome; ``docs/traps.md`` is the table.
"""

import hashlib
import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from conftest import VARIANTS

import instit_tools as it
from instit_tools.verification.run import verify_folder

STOPS, DROPS, CHANGES, REPLACES, CUTS = "stops", "drops", "changes", "replaces", "cuts"


@dataclass(frozen=True)
class Trap:
    """One way to go wrong; *does* is what the trainer does, in a word, *how* in a sentence, *says* our message."""

    name: str
    reader: str
    variant: str
    damage: Callable[[Path], None]
    does: str
    how: str
    says: str


TRAPS: list[Trap] = []


def trap(reader, variant, does, how, says):
    """Enter a damage into the table; its docstring names it."""

    def enter(damage):
        TRAPS.append(
            Trap(name=damage.__doc__, reader=reader, variant=variant, damage=damage, does=does, how=how, says=says)
        )
        return damage

    return enter


# Tools


def sealed(folder):
    """Make the manifest tell the truth about the bytes again, so that only the rows can be wrong."""
    path = folder / "manifest.json"
    tree = json.loads(path.read_text(encoding="utf-8"))
    for file in (*tree["shards"], *tree["files"]):
        data = (folder / file["name"]).read_bytes()
        file |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    path.write_text(json.dumps(tree), encoding="utf-8")


def lines(folder, change, kind="video", row=None):
    """Change one row of the first shard of a kind, by default the first with three pictures or a clip."""
    path = folder / f"{kind}-000000.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    place = chosen(rows) if row is None else row
    change(rows[place])
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows), encoding="utf-8")


def array(folder, change, kind="video", row=None):
    """Change one element of a JSON array."""
    path = folder / f"{kind}-000000.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    place = chosen(rows) if row is None else row
    change(rows[place])
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def chosen(rows):
    """Find a row of at least three frames that is not the first, or the second row."""
    return next((n for n, row in enumerate(rows) if n and len(row.get("timestamps", ())) > 2), 1)


def table(folder, change, kind="video", schema=None):
    """Change all rows of a Parquet shard as a list, and write them with *schema*."""
    path = folder / f"{kind}-000000.parquet"
    read = pq.read_table(path)
    rows = change(read.to_pylist())
    kept = read.schema if schema is None else schema(read.schema)
    pq.write_table(pa.Table.from_pylist(rows, schema=kept), path)


def info(folder, change):
    """Change every entry of dataset_info.json."""
    path = folder / "dataset_info.json"
    entries = json.loads(path.read_text(encoding="utf-8"))
    for entry in entries.values():
        change(entry)
    path.write_text(json.dumps(entries), encoding="utf-8")


def text(row, index, change):
    """Change the text of a turn, whatever it is called."""
    turn = (row.get("conversations") or row.get("messages"))[index]
    key = "value" if "value" in turn else "content"
    turn[key] = change(turn[key])


def role(row, index, name):
    """Give a turn another speaker."""
    turn = (row.get("conversations") or row.get("messages"))[index]
    turn["from" if "from" in turn else "role"] = name


def without_tag(row):
    """Take the first placeholder away."""
    text(row, 0, lambda value: value.replace("<image>", "", 1))


def missing(row):
    """Point the first picture at nothing."""
    key = "images" if "images" in row else "image"
    paths = [row[key]] if isinstance(row[key], str) else row[key]
    row[key] = [f"{paths[0]}.gone.jpg", *paths[1:]] if isinstance(row[key], list) else f"{paths[0]}.gone.jpg"


# LLaMA-Factory


@trap("llama-factory", "llama-factory", STOPS, "the whole preprocessing ends", " <image> for ")
def _(folder):
    """a placeholder too few"""
    lines(folder, without_tag)


@trap("llama-factory", "llama-factory", STOPS, "placeholders count in answers too", "holds '<image>'")
def _(folder):
    """a placeholder in an answer"""
    lines(folder, lambda row: text(row, 1, lambda value: f"{value} <image>"))


@trap(
    "llama-factory", "llama-factory", DROPS, "a line in the log, and the row is gone", "is 'gpt' where 'human' is due"
)
def _(folder):
    """a conversation that the assistant begins"""
    lines(folder, lambda row: role(row, 0, "gpt"))


@trap(
    "llama-factory", "llama-factory", DROPS, "a line in the log, and the row is gone", "the last question has no answer"
)
def _(folder):
    """a question without an answer"""
    lines(folder, lambda row: row["conversations"].pop())


@trap("llama-factory", "llama-factory", STOPS, "there is no messages column any more", "as messages: what is not named")
def _(folder):
    """`columns` that name the pictures but not the messages"""
    info(folder, lambda entry: entry["columns"].pop("messages"))


@trap(
    "llama-factory",
    "llama-factory",
    STOPS,
    "without the column, placeholders have no pictures",
    "names neither images nor",
)
def _(folder):
    """`columns` that name the messages but not the pictures"""
    info(folder, lambda entry: entry["columns"].pop("images"))


@trap(
    "llama-factory",
    "llama-factory",
    STOPS,
    "a column that is named must be there",
    "names tools, a column that the rows",
)
def _(folder):
    """`columns` that name a column that is not there"""
    info(folder, lambda entry: entry["columns"].update(tools="tools"))


@trap(
    "llama-factory",
    "llama-factory",
    STOPS,
    "the default of a tag is forgotten once another is named",
    "has None as role_tag",
)
def _(folder):
    """`tags` that name some and not `role_tag`"""
    info(folder, lambda entry: entry["tags"].pop("role_tag"))


@trap("llama-factory", "llama-factory", DROPS, "system is an unknown role without its tag", "is a system turn")
def _(folder):
    """a system turn without `system_tag`"""
    info(folder, lambda entry: entry["tags"].pop("system_tag"))
    lines(folder, lambda row: row["conversations"].insert(0, {"from": "system", "value": "Be brief."}))


@trap(
    "llama-factory",
    "llama-factory list",
    STOPS,
    "each frame is taken for a video",
    "where 1 is due: the frames of a video",
)
def _(folder):
    """frames as a flat list under `videos`"""
    path = folder / "video-000000.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(json.dumps({**row, "videos": row["videos"][0]}) + "\n" for row in rows), encoding="utf-8")


@trap("llama-factory", "llama-factory list", STOPS, "a folder is not a video file", "is no video file of this dataset")
def _(folder):
    """a frame folder under `videos`"""
    path = folder / "video-000000.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    changed = [{**row, "videos": [row["videos"][0][0].rpartition("/")[0]]} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in changed), encoding="utf-8")


@trap("llama-factory", "llama-factory", STOPS, "one line of warning, then it cannot be opened", "is missing")
def _(folder):
    """a picture that is not there"""
    lines(folder, missing)


@trap("llama-factory", "llama-factory", STOPS, "datasets 4 cannot give the column a type", "a column has one type")
def _(folder):
    """a path in one row, lists of paths in the others"""
    lines(folder, lambda row: row.update(images=row["images"][0]), row=-1)


@trap(
    "llama-factory",
    "llama-factory",
    STOPS,
    "a text is searched for placeholders, and null has none",
    "is not a turn with a text",
)
def _(folder):
    """a text that is null"""
    lines(folder, lambda row: text(row, 1, lambda _: None))


@trap("llama-factory", "llama-factory", CUTS, "the end of the turn is all that is trained on", "is empty")
def _(folder):
    """an empty answer"""
    lines(folder, lambda row: text(row, 1, lambda _: ""))


@trap("llama-factory", "llama-factory", CHANGES, "the control token ends the turn in the middle", "holds '<|'")
def _(folder):
    """a control token in an answer"""
    lines(folder, lambda row: text(row, 1, lambda value: f"{value} <|im_end|> And more."))


@trap(
    "llama-factory",
    "llama-factory",
    CHANGES,
    "every sample gets a system prompt of LLaMA-Factory's",
    "is 'openai' where",
)
def _(folder):
    """the formatting `openai`"""
    info(folder, lambda entry: entry.update(formatting="openai"))


# ms-swift


@trap("ms-swift", "ms-swift", CHANGES, "a placeholder is put before the first question", " <image> for ")
def _(folder):
    """a placeholder too few"""
    lines(folder, without_tag)


@trap("ms-swift", "ms-swift", CHANGES, "the surplus one is trained on as text", "holds '<image>'")
def _(folder):
    """a placeholder in an answer"""
    lines(folder, lambda row: text(row, 1, lambda value: f"{value} <image>"))


@trap("ms-swift", "ms-swift", DROPS, "the row is deleted", "is not a turn with a text")
def _(folder):
    """a text that is null"""
    lines(folder, lambda row: text(row, 1, lambda _: None))


@trap("ms-swift", "ms-swift", DROPS, "the row is deleted", "is 'narrator' where 'user' is due")
def _(folder):
    """a role that nobody knows"""
    lines(folder, lambda row: role(row, 0, "narrator"))


@trap("ms-swift", "ms-swift", DROPS, "`objects` is grounding, and these are not boxes", "the loader takes for its own")
def _(folder):
    """metadata under `objects`"""
    lines(folder, lambda row: row.update(objects={"ref": ["[1]"]}))


@trap(
    "ms-swift",
    "ms-swift list",
    REPLACES,
    "the path is not resolved; another row, at random, is trained on",
    "is relative, and the loader",
)
def _(folder):
    """relative paths in a list of frames"""

    def relative(row):
        row["videos"] = [[path[path.index("videos_vpt/") :] for path in row["videos"][0]]]

    lines(folder, relative)


@trap("ms-swift", "ms-swift", REPLACES, "another row, at random, is trained on", "is missing")
def _(folder):
    """a picture that is not there"""
    lines(folder, missing)


@trap(
    "ms-swift",
    "ms-swift",
    CHANGES,
    "a control token ends the turn in the middle, and `<bbox>` is trained on as text",
    "holds '<bbox>'",
)
def _(folder):
    """a reserved literal in an answer"""
    lines(folder, lambda row: text(row, 1, lambda value: f"{value} <|im_end|> and <bbox>"))


@trap("ms-swift", "ms-swift", CHANGES, "it is filled in with a number", "holds '{{'")
def _(folder):
    """double braces in a question"""
    lines(folder, lambda row: text(row, 0, lambda value: f"{value} {{{{ROUND0}}}}"))


@trap(
    "ms-swift",
    "ms-swift",
    CHANGES,
    "the placeholders stay as text, and the answers are trained on blindly",
    "is not a list of paths",
)
def _(folder):
    """a row without pictures"""
    lines(folder, lambda row: row.pop("images"))


@trap("ms-swift", "ms-swift", CUTS, "nothing of the row is trained on", "the last question has no answer")
def _(folder):
    """a question without an answer"""
    lines(folder, lambda row: row["messages"].pop())


@trap("ms-swift-grounding", "ms-swift grounding", DROPS, "`objects` are not read, and the row is deleted", "is deleted")
def _(folder):
    """names without boxes"""
    lines(folder, lambda row: row["objects"].pop("bbox"))


@trap("ms-swift-grounding", "ms-swift grounding", CHANGES, "the last `<bbox>` is trained on as text", " <bbox> in the ")
def _(folder):
    """a box too few"""
    lines(folder, lambda row: (row["objects"]["bbox"].pop(), row["objects"]["image_id"].pop()))


@trap(
    "ms-swift-grounding",
    "ms-swift grounding",
    REPLACES,
    "its size is not found; another row, at random, is trained on",
    "picture(s), from 0 on",
)
def _(folder):
    """a box in a picture that is not shown"""
    lines(folder, lambda row: row["objects"]["image_id"].__setitem__(0, 99))


# TRL


@trap("trl", "trl", STOPS, "pictures and placeholders must be equal in number", "pictures, and images holds")
def _(folder):
    """a placeholder too few"""

    def change(rows):
        content = rows[-1]["prompt"][0]["content"]
        content.remove(next(part for part in content if part["type"] == "image"))
        return rows

    table(folder, change)


@trap("trl", "trl", STOPS, "Arrow gives each part the key, and none counts as a placeholder", "and must be list<")
def _(folder):
    """a part of a message with the key `image`"""

    def schema(before):
        part = pa.struct([("type", pa.string()), ("text", pa.string()), ("image", pa.string())])
        messages = pa.list_(pa.struct([("role", pa.string()), ("content", pa.list_(part))]))
        index = before.get_field_index("prompt")
        return before.set(index, pa.field("prompt", messages)).with_metadata(None)

    table(folder, lambda rows: rows, schema=schema)


@trap("trl", "trl", STOPS, "a picture is needed on every row", "is null or empty")
def _(folder):
    """a row without pictures"""
    table(folder, lambda rows: [*rows[:-1], {**rows[-1], "images": None}])


@trap("trl", "trl", STOPS, "the path leads nowhere on another machine", "is not embedded")
def _(folder):
    """pictures named and not embedded"""

    def change(rows):
        for picture in rows[-1]["images"]:
            picture["bytes"] = None
        return rows

    table(folder, change)


@trap("trl", "trl", STOPS, "the last bytes are missing, and decoding fails", "is cut short")
def _(folder):
    """a picture cut in half"""

    def change(rows):
        picture = rows[-1]["images"][0]
        picture["bytes"] = picture["bytes"][: len(picture["bytes"]) // 2]
        return rows

    table(folder, change)


@trap("trl", "trl", CHANGES, "the loss is on the second question too", "the loss would be on questions too")
def _(folder):
    """a completion of three messages"""

    def change(rows):
        place = next(n for n, row in enumerate(rows) if len(row["prompt"]) == 3)
        row = rows[place]
        row["completion"] = [*row["prompt"][1:], *row["completion"]]
        row["prompt"] = row["prompt"][:1]
        return rows

    table(folder, change)


@trap("trl", "trl", STOPS, "only system, user, assistant and tool are known", "is 'human' where 'user' is due")
def _(folder):
    """the roles human and gpt"""

    def change(rows):
        for column in ("prompt", "completion"):
            for message in rows[-1][column]:
                message["role"] = {"user": "human", "assistant": "gpt"}[message["role"]]
        return rows

    table(folder, change)


@trap("trl", "trl", CHANGES, "the control token ends the turn in the middle", "holds '<|'")
def _(folder):
    """a control token in an answer"""

    def change(rows):
        part = rows[-1]["completion"][0]["content"][0]
        part["text"] = f"{part['text']} <|im_end|> And more."
        return rows

    table(folder, change)


# Qwen-VL


@trap("qwen-vl", "qwen-vl", REPLACES, "the next sample is trained on twice", " <image> for ")
def _(folder):
    """a placeholder too few"""
    lines(folder, without_tag)


@trap(
    "qwen-vl",
    "qwen-vl",
    CHANGES,
    "whoever is not human is the assistant, and trained on",
    "is 'system' where 'human' is due",
)
def _(folder):
    """a system turn"""
    lines(folder, lambda row: row["conversations"].insert(0, {"from": "system", "value": "Be brief."}))


@trap("qwen-vl", "qwen-vl", STOPS, "reading the file ends", "is blank, and the loader stops at it")
def _(folder):
    """a blank line"""
    path = folder / "video-000000.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    tree = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    next(shard for shard in tree["shards"] if shard["name"] == path.name)["samples"] += 1
    tree["totals"]["samples"] += 1
    (folder / "manifest.json").write_text(json.dumps(tree), encoding="utf-8")


@trap(
    "qwen-vl",
    "qwen-vl",
    REPLACES,
    "a list is several videos, and one placeholder takes one",
    "a list is taken for several videos",
)
def _(folder):
    """frames as a list under `video`"""

    def change(row):
        row["video"] = row.pop("image")
        text(row, 0, lambda value: "<video>\n" + value.replace("<image>", ""))

    lines(folder, change)


@trap("qwen-vl", "qwen-vl", REPLACES, "the next sample is trained on twice", "is missing")
def _(folder):
    """a picture that is not there"""
    lines(folder, missing)


@trap("qwen-vl", "qwen-vl", CHANGES, "a placeholder in an answer stays as text", "holds '<image>'")
def _(folder):
    """a placeholder in an answer"""
    lines(folder, lambda row: text(row, 1, lambda value: f"{value} <image>"))


# LLaVA


@trap("llava-1.5", "llava 1.5", STOPS, "a path is joined, a list cannot be", "is a list, and the trainer takes 1 path")
def _(folder):
    """a list of pictures"""
    array(folder, lambda row: row.update(image=[row["image"]] * 2), kind="image")


@trap("llava-1.5", "llava 1.5", CHANGES, "a picture is put into the answer that is trained on", "holds '<image>'")
def _(folder):
    """a placeholder in an answer"""
    array(folder, lambda row: text(row, 1, lambda value: f"{value} <image>"), kind="image")


@trap("llava-1.5", "llava 1.5", STOPS, "`null` is joined like a path", "is neither a path nor a list of paths")
def _(folder):
    """`image` that is null"""
    array(folder, lambda row: row.update(image=None), kind="image")


@trap("llava-1.5", "llava 1.5", STOPS, "the run ends", "is missing")
def _(folder):
    """a picture that is not there"""
    array(folder, missing, kind="image")


@trap("llava-1.5", "llava 1.5", CUTS, "the rounds do not add up, and nothing of the row is trained on", "holds '</s>'")
def _(folder):
    """the end of an answer in an answer"""
    array(folder, lambda row: text(row, 1, lambda value: f"{value} </s> And more."), kind="image")


@trap(
    "llava-next",
    "llava",
    CHANGES,
    "counts are not compared: pictures go to the next sample of the batch",
    " <image> for ",
)
def _(folder):
    """several pictures and one placeholder"""
    array(folder, without_tag)


@trap("llava-next", "llava", REPLACES, "the next sample is trained on twice", "is missing")
def _(folder):
    """a picture that is not there"""
    array(folder, missing)


@trap("llava-next", "llava", REPLACES, "a folder is no video file", "is no video file of this dataset")
def _(folder):
    """a frame folder under `video`"""

    def change(row):
        row["video"] = row.pop("image")[0].rpartition("/")[0]
        text(row, 0, lambda value: f"<image>\n{value.replace('<image>', '')}")

    array(folder, change)


def damaged(clean, copy, each):
    """Copy the folder *clean*, point what names its own place to the copy, damage it, and seal it."""
    shutil.copytree(clean, copy)
    mixture = copy / "mixture.yaml"
    if mixture.exists():
        mixture.write_text(mixture.read_text(encoding="utf-8").replace(str(clean), str(copy)), encoding="utf-8")
    each.damage(copy)
    sealed(copy)
    return copy


def told(root):
    """Yield each trap with the whole sentence that verify says of it, on data made up in *root*."""
    it.synth(root / "media", videos=3, images=3, media=True, masks=True)
    for each in TRAPS:
        clean, copy = root / each.variant, root / "copy"
        if not clean.exists():
            choices = {"target": each.variant, **VARIANTS[each.variant]}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # what clips cost is not the matter here
                it.convert(root / "media", clean, to=choices.pop("target"), **choices)
        report = verify_folder(damaged(clean, copy, each), reader=each.reader, media=root / "media")
        shutil.rmtree(copy)
        yield each, next(problem for problem in report.problems if each.says in problem.message)


__all__ = ["TRAPS", "Trap", "damaged", "sealed", "told"]
