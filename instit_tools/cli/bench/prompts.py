"""``instit-tools bench prompts``."""

from typing import Annotated

import typer

from instit_tools import console
from instit_tools.cli.bench.options import PromptFile
from instit_tools.cli.guard import guarded
from instit_tools.cli.options import AsJson
from instit_tools.errors import UsageError

__all__ = ["prompts"]


@guarded
def prompts(
    key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="Print this one alone, such as gpt_eval.")] = None,
    *,
    prompts: PromptFile = None,
    as_json: AsJson = False,
) -> None:
    """Print the prompts for models and for judges, with the sha256 by which results name them.

    Example: instit-tools bench prompts gpt_eval
    """
    import msgspec
    from rich.text import Text

    from instit_tools.bench.prompts import fingerprint, load

    found = load(prompts)
    tree = found.tree()
    if key is not None and key not in tree:
        raise UsageError(f"{found.name} has no prompt {key}", hint=f"there are {', '.join(tree)}")
    shown = {name: value for name, value in tree.items() if key in {None, name}}
    if as_json:
        console.document(msgspec.json.format(msgspec.json.encode(shown), indent=1))
        return
    for name, texts in shown.items():
        for part, text in texts.items():
            if text is not None:
                console.line(Text.assemble((f"{name}.{part}", "bold"), f"  {fingerprint(text)[:12]}"))
                console.result(f"{text.strip()}\n")
