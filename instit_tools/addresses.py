"""How files that are elsewhere are spelled: addresses such as ``s3://bucket/key``; ``file://`` means a local path."""

import os
import re
from pathlib import Path

__all__ = ["is_address", "local", "parent", "rooted", "scheme", "shown"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_LOCAL = re.compile(r"(file|local)://", re.IGNORECASE)
_WHO = re.compile(r"(?<=://)[^/?#\s]*@")
_QUERY = re.compile(r"\?[^\s'\"]*=[^\s'\"]*")
_NAMED_AT = frozenset({"abfs", "abfss", "wasb", "wasbs"})  # abfs://container@account is no password


def is_address(text: str | Path) -> bool:
    """Say whether *text* means something that is no local file.

    >>> is_address("s3://bucket/key"), is_address("file:///data/a.json"), is_address("data/a.json")
    (True, False, False)
    """
    return isinstance(text, str) and _SCHEME.match(text) is not None and _LOCAL.match(text) is None


def local(text: str) -> str:
    """Write a ``file://`` address as the path that it means; leave everything else.

    >>> local("file:///data/a.json"), local("s3://bucket/key")
    ('/data/a.json', 's3://bucket/key')
    """
    return _LOCAL.sub("", text, count=1) if _LOCAL.match(text) else text


def parent(name: str) -> Path | str:
    """Name the folder that a file is in: an address's address, a path's path.

    >>> parent("s3://bucket/data/a.json"), parent("data/a.json")
    ('s3://bucket/data', PosixPath('data'))
    """
    if not is_address(name):
        return Path(local(name)).parent
    head, _, _ = name.partition("?") if name.lower().startswith("http") else (name, "", "")
    folder = head.rstrip("/").rpartition("/")[0]
    return name if "::" in name or folder.endswith("/") or "://" not in folder else folder


def rooted(name: str | None) -> str | None:
    """Write *name* so that it means the same in every folder; an address does anyway.

    >>> rooted("s3://bucket/key"), rooted("/data/../a")
    ('s3://bucket/key', '/a')
    """
    return name if name is None or is_address(name) else os.path.abspath(name)  # noqa: PTH100  # links stay


def shown(address: str) -> str:
    """Write *address* as it may be printed and stored: without password, token or signature.

    >>> shown("https://me:secret@host/a.json?token=secret"), shown("s3://bucket/key")
    ('https://host/a.json', 's3://bucket/key')
    """
    return _QUERY.sub("", address if scheme(address) in _NAMED_AT else _WHO.sub("", address))


def scheme(address: str) -> str:
    """Name the kind of place that *address* is at.

    >>> scheme("S3://bucket/key")
    's3'
    """
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""
