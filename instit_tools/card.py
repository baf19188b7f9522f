"""The dataset card beside Arrow and tar shards: what ``datasets.load_dataset(FOLDER)`` needs to know about them.

Features are spelled as JSON here rather than with ``datasets`` itself, which takes most of a second to import; a test
holds them against it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from instit_tools.manifest import Shard

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["IMAGE", "Feature", "arrow_features", "card", "sequence", "value"]

Feature = Mapping[str, Any]
IMAGE: Feature = {"_type": "Image"}


def value(dtype: str) -> Feature:
    """Describe a plain column."""
    return {"dtype": dtype, "_type": "Value"}


def sequence(inner: Feature) -> Feature:
    """Describe a list."""
    return {"feature": inner, "_type": "List"}


def arrow_features(schema: "pa.Schema") -> dict[str, Feature]:
    """Describe the columns of *schema*; a struct of ``bytes`` and ``path`` is a picture."""
    return {field.name: _arrow_feature(field.type) for field in schema}


def card(shards: Sequence[Shard], features: Mapping[str, Mapping[str, Feature]], text: str) -> bytes:
    """Write a README with one configuration for each kind of *shards*, and their *features* by kind."""
    from huggingface_hub import DatasetCardData

    kinds = list(dict.fromkeys(shard.kind for shard in shards))
    data = DatasetCardData(
        configs=[
            {"config_name": kind, "data_files": [shard.name for shard in shards if shard.kind == kind]}
            for kind in kinds
        ],
        dataset_info=[
            {"config_name": kind, "features": [_named(name, each) for name, each in features[kind].items()]}
            for kind in kinds
        ],
    )
    return f"---\n{data.to_yaml()}\n---\n\n{text}".encode()


def _arrow_feature(kind: "pa.DataType") -> Feature:
    import pyarrow as pa

    if pa.types.is_list(kind):
        return sequence(_arrow_feature(kind.value_type))
    if not pa.types.is_struct(kind):
        return value(str(kind))
    inner = {field.name: _arrow_feature(field.type) for field in kind}
    return IMAGE if inner.keys() == {"bytes", "path"} else inner


def _named(name: str, feature: Feature) -> dict[str, Any]:  # noqa: PLR0911  # one line a case
    """Spell a feature the way that cards do."""
    match feature:
        case {"_type": "Value", "dtype": dtype}:
            return {"name": name, "dtype": dtype}
        case {"_type": "Image"}:
            return {"name": name, "dtype": "image"}
        case {"_type": "List", "feature": {"_type": "Value", "dtype": dtype}}:
            return {"name": name, "list": dtype}
        case {"_type": "List", "feature": {"_type": "Image"}}:
            return {"name": name, "list": "image"}
        case {"_type": "List", "feature": {"_type": "List"} as inner}:
            return {"name": name, "list": [_named("item", inner)]}
        case {"_type": "List", "feature": inner}:
            return {"name": name, "list": [_named(key, each) for key, each in inner.items()]}
        case _:
            return {"name": name, "struct": [_named(key, each) for key, each in feature.items()]}
