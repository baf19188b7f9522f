"""Convert, check and measure Inst-IT annotations (arXiv 2412.03565).

>>> import instit_tools as it
>>> it.convert("inst_it_dataset_video_21k.json", "llava", to="llava", media=".")  # doctest: +SKIP
"""

TYPE_CHECKING = False  # as that of typing, without its import: nothing comes before the command line hears signals

if TYPE_CHECKING:
    from instit_tools import bench
    from instit_tools.api import (
        compare,
        convert,
        load,
        merge,
        read,
        render,
        repair,
        scan,
        stats,
        synth,
        validate,
        verify,
        view,
    )
    from instit_tools.errors import InstitError
    from instit_tools.records import BenchItem, Frame, ImageRecord, QuestionAnswer, VideoRecord
    from instit_tools.version import __version__

__all__ = [
    "BenchItem",
    "Frame",
    "ImageRecord",
    "InstitError",
    "QuestionAnswer",
    "VideoRecord",
    "__version__",
    "bench",
    "compare",
    "convert",
    "load",
    "merge",
    "read",
    "render",
    "repair",
    "scan",
    "stats",
    "synth",
    "validate",
    "verify",
    "view",
]

if not TYPE_CHECKING:  # or a type checker would take every name for one that is here
    _HOMES = (
        dict.fromkeys(__all__, "api")
        | {
            "bench": "bench",
            "InstitError": "errors",
            "__version__": "version",
        }
        | dict.fromkeys(("BenchItem", "Frame", "ImageRecord", "QuestionAnswer", "VideoRecord"), "records")
    )

    def __getattr__(name: str) -> object:
        """Import what is asked for when it is."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        if name == "bench":
            return import_module(f"{__name__}.bench")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
