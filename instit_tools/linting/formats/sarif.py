"""SARIF 2.1.0, which code hosts and editors read: one run, with every rule and one result a problem.

Files inside of the working directory are named from there, with the base ``%SRCROOT%``, so that a report says the same
on every machine; others have an absolute address.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from urllib.parse import quote

import msgspec

from instit_tools.addresses import is_address
from instit_tools.linting.base import Problem, Rule
from instit_tools.linting.formats.base import Summarise, encode, relative, told
from instit_tools.linting.rules import every, family_of, severities
from instit_tools.source.find import PIPED
from instit_tools.version import __version__

__all__ = ["lines"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_BASES = {_ROOT: {"description": {"text": "The folder in which instit-tools ran."}}}


def lines(problems: Iterator[Problem], summary: Summarise) -> Iterator[bytes]:
    """Write the log in pieces; it is whole once the last has been taken."""
    driver = {"name": "instit-tools", "version": __version__, "semanticVersion": __version__, "rules": _rules()}
    head = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "originalUriBaseIds": _BASES}
    yield encode({"$schema": _SCHEMA, "version": "2.1.0"}).removesuffix(b"}") + b',"runs":[\n'
    yield encode(head).removesuffix(b"}") + b',"results":['
    comma = b""
    for problem in problems:
        yield comma + b"\n" + encode(_result(problem))
        comma = b","
    counts = msgspec.to_builtins(summary())
    totals = {**counts, "severities": severities(counts["counts"])}
    yield b'\n],"properties":' + encode(totals) + b"}\n]}\n"


def _rules() -> list[dict[str, object]]:
    return [_rule(rule) for rule in every().values()]


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": _help(rule)},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": [family_of(rule.code)]},
    }


def _help(rule: Rule) -> str:
    repairs = (("Repaired safely", rule.safe), ("Repaired with --unsafe", rule.unsafe))
    mended = [f"{how}: {what}" for how, what in repairs if what]
    return "\n".join([rule.why, f"Wrong: {rule.example.bad}", f"Right: {rule.example.good}", *mended])


def _result(problem: Problem) -> dict[str, object]:
    location = _location(problem)
    index = _indices().get(problem.code)
    return {
        "ruleId": problem.code,
        **({} if index is None else {"ruleIndex": index}),
        "level": problem.severity,
        "message": {"text": told(problem)},
        "locations": [location] if location else [],
        "partialFingerprints": {"problem/v1": _fingerprint(problem)},
        **({"properties": {"repair": problem.repair}} if problem.repair else {}),
    }


def _location(problem: Problem) -> dict[str, object]:
    location: dict[str, object] = {}
    if problem.file != PIPED:
        physical: dict[str, object] = {"artifactLocation": _artifact(problem.file)}
        if problem.line is not None:
            column = {} if problem.column is None else {"startColumn": problem.column}
            physical["region"] = {"startLine": problem.line, **column}
        location["physicalLocation"] = physical
    if problem.record is not None:
        logical = {"fullyQualifiedName": _name(problem)}
        location["logicalLocations"] = [logical | ({"name": problem.field} if problem.field else {})]
    return location


def _artifact(file: str) -> dict[str, str]:
    name = relative(file)
    if is_address(name):
        return {"uri": quote(name, safe="/:", errors="surrogateescape")}
    if name.startswith("/"):
        return {"uri": f"file://{quote(name, errors='surrogateescape')}"}
    return {"uri": quote(name, safe="/", errors="surrogateescape"), "uriBaseId": _ROOT}


@cache
def _indices() -> Mapping[str, int]:
    return {code: index for index, code in enumerate(every())}


def _name(problem: Problem) -> str:
    """Name a value of a record as nothing else in the file is: the record by its id, where it has one."""
    return f"{problem.record if problem.id is None else problem.id}{problem.path}"


def _fingerprint(problem: Problem) -> str:
    """Tell a problem from others also when lines have moved: by what is wrong with which value of which record."""
    parts = (problem.code, relative(problem.file), _name(problem), problem.message)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
