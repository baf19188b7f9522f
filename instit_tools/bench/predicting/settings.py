"""What is asked about which pictures, of whom."""

import json
from pathlib import Path

from msgspec import Struct

from instit_tools.bench.asking.service import Service
from instit_tools.media.paths import Marks

__all__ = ["Settings"]


class Settings(Struct, frozen=True, kw_only=True):
    """What is asked about which pictures, of whom; *local* is a plug-in in place of the endpoint of *service*."""

    items: tuple[str, ...]
    service: Service
    local: str | None = None
    options: dict[str, str] = {}
    media: str | None = None
    marks: Marks = "vpt"
    max_frames: int | None = None
    max_side: int | None = None
    labels: bool = True
    prompts: Path | None = None
    limit: int | None = None

    @property
    def called(self) -> str:
        """Name who is asked."""
        if self.local is None:
            return self.service.endpoint.called
        named = self.service.endpoint.name
        return named or " ".join([self.local, *(f"{key}={value}" for key, value in sorted(self.options.items()))])

    @property
    def identity(self) -> str:
        """Tell the plug-in from others, and from itself with other options; what it is called is no matter."""
        return json.dumps([self.local, sorted(self.options.items())])
