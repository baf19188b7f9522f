"""Finding a recipe by name or file, and checking that it says what a recipe should."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from instit_tools.errors import RecipeError
from instit_tools.registry import hint

__all__ = ["Part", "Recipe", "TurnKind", "available", "load", "source"]

_FOLDER = Path(__file__).parent
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BRACKETS = frozenset("<>[]")
_PLACEHOLDERS = frozenset({"first", "last", "count"})

TurnKind = Literal["instances", "instance", "scene", "change", "summary", "questions"]


class Part(Struct, frozen=True, kw_only=True):
    """One kind of sample: which *pictures* it shows, and what is asked about them."""

    name: str
    pictures: Literal["one", "pair", "all"]
    turns: tuple[TurnKind, ...]
    split: bool = False


class Recipe(Struct, frozen=True, kw_only=True):
    """Which samples are made from a record; the keys are those of ``schemas/recipe.schema.json``."""

    name: str = ""
    description: str = ""
    preamble: bool = True
    caption: Literal["long", "short"] = "long"
    max_frames: int | None = None
    max_instances: int | None = None
    prompts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


def available() -> tuple[str, ...]:
    """Name the built-in recipes."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def source(name: str) -> str:
    """Give the text of a built-in recipe, to start one's own from."""
    if name not in available():
        message = f"there is no recipe {name!r}"
        raise RecipeError(message, hint=f"choose {', '.join(available())}")
    return _path(name).read_text(encoding="utf-8")


def load(name: str) -> Recipe:
    """Load a built-in recipe by name, or a recipe file by its path.

    Raises `RecipeError` when there is none, or it does not fit ``schemas/recipe.schema.json``, which nobody checks
    of the built-in ones but a test.
    """
    import tomllib

    path = _path(name)
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path} is not valid TOML: {error}"
        raise RecipeError(message) from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise RecipeError(message) from error
    if name not in available():
        _check(tree, path)
    return msgspec.convert({"name": path.stem, **tree}, Recipe, strict=False)  # 2.0 is an integer to JSON Schema


def _path(name: str) -> Path:
    if name in available():
        return _FOLDER / f"{name}.toml"
    path = Path(name)
    if path.suffix == ".toml" or path.exists():
        return path
    message = f"there is no recipe {name!r}"
    raise RecipeError(message, hint=hint(name, available(), ", or name a .toml file"))


def _check(tree: dict[str, Any], path: Path) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    from instit_tools.schemas import schema

    errors = list(Draft202012Validator(schema("recipe")).iter_errors(tree))
    plain = [error for error in errors if error.validator != "oneOf"]  # that one says little, and often for another
    worst = best_match(plain or errors)
    if worst is not None:
        misfit = None if plain else _misfit(tree["parts"])
        message = f"{path}: {misfit or f'{_dotted(worst.absolute_path)}: {worst.message}'}"
        raise RecipeError(message, hint="instit-tools recipes paper prints one to start from")
    names = [part["name"] for part in tree["parts"]]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        message = f"{path}: parts: two are called {repeated[0]!r}"
        raise RecipeError(message, hint="names go into sample ids, so each is used once")
    for kind, wordings in tree.get("prompts", {}).items():
        for wording in wordings:
            _check_wording(wording, kind, f"{path}: prompts.{kind}")


def _misfit(parts: Iterable[dict[str, Any]]) -> str | None:
    """Say which turn of a part asks what its pictures do not show."""
    from instit_tools.schemas import schema

    choices = schema("recipe")["properties"]["parts"]["items"]["oneOf"]
    shapes = [choice["properties"] for choice in choices]
    fitting = {shape["pictures"]["const"]: shape["turns"]["items"]["enum"] for shape in shapes}
    for number, part in enumerate(parts):
        for turn in part["turns"]:
            pictures, fits = part["pictures"], fitting[part["pictures"]]
            if turn not in fits:
                return f"parts.{number}.turns: {turn!r} does not go with pictures = {pictures!r}, only {fits} do"
    return None


def _check_wording(wording: str, kind: str, where: str) -> None:
    if _BRACKETS & set(wording):
        message = f"{where}: {wording!r} holds a bracket, by which texts speak of frames and instances"
        raise RecipeError(message, hint="{first}, {last} and {ids} stand for those of the sample")
    known = _PLACEHOLDERS | ({"ids"} if kind == "instance" else set())  # elsewhere it is about no one instance
    unknown = sorted(set(_PLACEHOLDER.findall(wording)) - known)
    if unknown:
        message = f"{where}: there is no placeholder {{{unknown[0]}}}"
        raise RecipeError(message, hint=f"there are {', '.join(f'{{{name}}}' for name in sorted(known))}")


def _dotted(path: Iterable[str | int]) -> str:
    return ".".join(map(str, path)) or "the file"
