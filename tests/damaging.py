"""Damaging a finished dataset so that only its rows are wrong, and what `verify` says of it."""

import hashlib
import json

from instit_tools.verification.run import verify_folder


def found(folder, **options):
    """Give the problems as (file, row, field, message)."""
    report = verify_folder(folder, **options)
    assert report.count == len(report.problems)
    return [(each.file, each.row, each.field, each.message) for each in report.problems]


def rewritten(folder, name, data, **changes):
    """Put *data* into a file and make the manifest say so, so that only the rows can be wrong."""
    (folder / name).write_bytes(data)
    tree = json.loads((folder / "manifest.json").read_text())
    for file in (*tree["shards"], *tree["files"]):
        if file["name"] == name:
            file |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), **changes}
    tree["totals"]["samples"] = sum(shard["samples"] for shard in tree["shards"])
    (folder / "manifest.json").write_text(json.dumps(tree))
