"""Inst-IT Bench: reading its questions and a model's answers, scoring, judging, comparing, and setting side by side.

>>> import instit_tools as it
>>> it.bench.score("video_mc_inference.json").frame()  # doctest: +SKIP
"""

TYPE_CHECKING = False  # as in the package above: nothing heavy comes with a name

if TYPE_CHECKING:
    from instit_tools.bench.calls import (
        agree,
        compare,
        export,
        judge,
        leaderboard,
        predict,
        questions,
        score,
    )

__all__ = ["agree", "compare", "export", "judge", "leaderboard", "predict", "questions", "score"]

if not TYPE_CHECKING:  # or a type checker would take every name for one that is here

    def __getattr__(name: str) -> object:
        """Import what is asked for when it is."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f"{__name__}.calls"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
