import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from instit_tools import api, schemas, targets
from instit_tools.samples import is_fault

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", schemas.names())
def test_every_schema_is_valid_and_so_are_its_examples(name):
    schema = schemas.schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["examples"]
    for example in schema["examples"]:
        Draft202012Validator(schema).validate(example)


@pytest.mark.filterwarnings("ignore::UserWarning")  # what folders of frames cost is not the matter here
@pytest.mark.parametrize("target", targets.available())
def test_every_manifest_fits_its_schema(tmp_path, target):
    data = tmp_path / "data"
    api.synth(data, videos=2, images=2, media=True, masks=True)
    (data / "more.json").write_text(json.dumps([{"video_id": 9}]))
    api.convert(data, tmp_path / "out", to=target, on_error="reject")
    made = json.loads((tmp_path / "out" / "manifest.json").read_text())
    Draft202012Validator(schemas.schema("manifest")).validate(made)
    assert {reason: count for reason, count in made["totals"]["rejects"].items() if is_fault(reason)} == {"record": 1}
    assert made["media"] == "../data"


def test_the_wheel_holds_schemas_recipes_and_the_type_marker_and_nothing_of_the_tests(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"instit_tools/_schemas/{name}.schema.json" for name in schemas.names()} <= names
    assert {f"instit_tools/recipes/{path.name}" for path in (ROOT / "instit_tools" / "recipes").glob("*.toml")} <= names
    assert {f"instit_tools/guides/{path.name}" for path in (ROOT / "instit_tools" / "guides").glob("*.*")} <= names
    exported = ROOT / "instit_tools" / "bench" / "exporting" / "given"
    assert {f"instit_tools/bench/exporting/given/{path.name}" for path in exported.glob("*.*")} <= names
    assert {"instit_tools/py.typed", "instit_tools/reporting/page.html"} <= names
    viewing = ROOT / "instit_tools" / "viewing"
    assert {path.relative_to(ROOT).as_posix() for path in viewing.glob("*/*.*") if "_" not in path.parent.name} <= names
    assert "instit_tools/bench/leaderboard.toml" in names
    assert not [name for name in names if name.startswith(("tests", "notebooks", "benchmarks"))]


def test_the_installed_wheel_works_outside_a_checkout(tmp_path):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", tmp_path / "site", ROOT]
    subprocess.run(command, check=True, capture_output=True)
    code = "import instit_tools, instit_tools.schemas as s; print(instit_tools.__file__, *s.names())"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site")}, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    assert shown.split() == [str(tmp_path / "site" / "instit_tools" / "__init__.py"), *schemas.names()]


def test_importing_the_package_is_light_and_gives_the_functions():
    code = (
        "import sys, instit_tools as it;"
        "heavy = {'polars', 'pyarrow', 'datasets', 'numpy', 'PIL', 'typer', 'rich', 'jsonschema'} & set(sys.modules);"
        "import instit_tools.conversion.run, instit_tools.verification.run, instit_tools.made_up;"
        "print(heavy, *(callable(getattr(it, n)) for n in ('read', 'scan', 'convert', 'verify', 'load', 'synth')))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert shown.split() == ["set()"] + ["True"] * 6


WATCHED = """
import os, sys
if "--multiprocessing-fork" in sys.orig_argv:
    open(os.path.join({folder!r}, f"worker-{{os.getpid()}}"), "w").close()
    for name in {heavy}:
        sys.modules[name] = None
"""
HEAVY = ["PIL", "datasets", "filelock", "fsspec", "huggingface_hub", "jsonschema", "numpy", "polars", "pyarrow", "rich",
         "typer"]  # fmt: skip


def test_the_workers_of_a_conversion_without_pictures_import_nothing_heavy(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(WATCHED.format(folder=str(tmp_path), heavy=HEAVY))
    api.synth(tmp_path / "data", videos=6, images=6)
    script = Path(sys.executable).with_name("instit-tools")  # each worker imports what started it
    done = subprocess.run(
        [script, "convert", "data", "--to", "llava", "-o", "out", "--workers", "2", "--shard-size", "4KB"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("worker-*"))) == 2
