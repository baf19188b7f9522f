"""Finished datasets of training samples: what ``verify`` says of them."""

from instit_tools.linting.base import Example, Rule

FAMILY = "datasets"

UNSOUND = Rule(
    code="dataset-unsound",
    severity="error",
    summary="a finished dataset that verify objects to",
    why="The rows of what convert wrote are held against the schema of their target, and the whole against its "
    "manifest and the rules of its trainer; instit-tools verify says the same.",
    example=Example(on="", bad="a shard that was edited after it was made", good="the shard as it was made"),
)
RULES = (UNSOUND,)
