"""``instit-tools rules``."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from instit_tools import console
from instit_tools.cli.guard import guarded
from instit_tools.cli.options import AsJson

if TYPE_CHECKING:
    from rich.text import Text

    from instit_tools.linting.base import Rule

__all__ = ["rules"]


def _known() -> list[str]:
    from instit_tools.linting.rules import every, families

    return [*families(), *every()]


@guarded
def rules(
    name: Annotated[
        str | None, typer.Argument(metavar="[RULE]", help="Explain this one, or list a family.", autocompletion=_known)
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List what validate looks for, or explain one rule: what it breaks, an example, and how it is repaired.

    Example: instit-tools rules frames-unordered
    """
    from instit_tools.linting.rules import every, families, one

    if name is not None and name not in families():
        _explain(one(name), as_json=as_json)
        return
    codes = families()[name] if name else tuple(every())
    if as_json:
        _document([_told(every()[code]) for code in codes])
        return
    _list({family: codes for family, codes in families().items() if name in {None, family} and codes})


def _list(families: "dict[str, tuple[str, ...]]") -> None:
    from rich.text import Text

    from instit_tools.cli.report import listed
    from instit_tools.linting.rules import every

    listed({family: [every()[code] for code in codes] for family, codes in families.items()})
    console.line(Text("\nOne in full: instit-tools rules RULE\nSome alone: instit-tools validate --select FAMILY,RULE"))


def _explain(rule: "Rule", *, as_json: bool) -> None:
    from rich.text import Text

    from instit_tools.cli.report import coloured
    from instit_tools.linting.rules import family_of

    if as_json:
        _document(_told(rule))
        return
    console.line(Text.assemble((rule.code, "bold"), "  ", coloured(rule.severity), f"  family {family_of(rule.code)}"))
    console.line(Text(rule.summary))
    bad, good = _compared(rule.example.bad, rule.example.good)
    record = f" (in a record of kind {rule.example.on})" if rule.example.on else ""
    neither = "nothing: no program can know how to mend this"
    told = {
        "Why it matters": Text(rule.why),
        f"Wrong{record}": bad,
        "Right": good,
        "What repair does": Text(rule.safe or ("nothing without --unsafe" if rule.unsafe else neither)),
        "What repair --unsafe does": Text(rule.unsafe or ""),
    }
    for title, text in told.items():
        if text:
            console.line(Text(f"\n{title}", "bold"))
            console.line(text, head=Text("  "))


def _compared(bad: str, good: str) -> "tuple[Text, Text]":
    """Show where the wrong and the right differ."""
    import difflib

    from rich.text import Text

    wrong, right = (re.findall(r"\w+|\W", text) for text in (bad, good))
    shown = Text(), Text()
    for what, *places in difflib.SequenceMatcher(None, wrong, right, autojunk=False).get_opcodes():
        styles = ("", "") if what == "equal" else ("bold red", "bold green")
        shown[0].append("".join(wrong[places[0] : places[1]]), styles[0])
        shown[1].append("".join(right[places[2] : places[3]]), styles[1])
    return shown


def _told(rule: "Rule") -> dict[str, object]:
    import msgspec

    from instit_tools.linting.rules import family_of

    told = msgspec.to_builtins(rule)
    return {"code": rule.code, "family": family_of(rule.code), **told}


def _document(value: object) -> None:
    import msgspec

    console.document(msgspec.json.format(msgspec.json.encode(value), indent=2))
