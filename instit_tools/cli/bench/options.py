"""Options that several commands of ``bench`` share, and what is said about asking."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from instit_tools import console

if TYPE_CHECKING:
    from instit_tools.bench.asking.endpoint import Endpoint
    from instit_tools.bench.asking.service import Plan, Service, Spent

__all__ = [
    "Attempts",
    "BudgetLimit",
    "CacheFolder",
    "Called",
    "Concurrency",
    "DryRun",
    "EndpointUrl",
    "Fresh",
    "Items",
    "JsonFile",
    "KeyVariable",
    "Name",
    "Out",
    "Overwrite",
    "OverwriteFile",
    "Predictions",
    "PriceOf",
    "PromptFile",
    "RequestsAMinute",
    "SamplingSeed",
    "Seed",
    "Temperature",
    "Timeout",
    "TokensAMinute",
    "service_of",
    "tell_plan",
    "tell_spent",
]

_ASKING, _PAYING = "Asking", "Paying"

Predictions = Annotated[
    list[str],
    typer.Argument(
        metavar="PREDICTIONS...",
        help="Files of predictions in the published shape: JSON, JSON lines or Parquet; - for standard input.",
    ),
]
Items = Annotated[
    list[str] | None,
    typer.Option(
        "--items",
        metavar="QUESTIONS",
        help="The benchmark's own file of questions, with which predictions are joined; may be repeated.",
        show_default="what each prediction says of its question",
    ),
]
Name = Annotated[
    str | None,
    typer.Option(help="What the model is called in results.", show_default="the first file's name, or its folder's"),
]
Seed = Annotated[int, typer.Option(min=0, help="Of the bootstrap.")]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", metavar="DIR", help="The new folder to write.", show_default="none")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an older result.")]
JsonFile = Annotated[
    Path | None,
    typer.Option("-o", "--out", metavar="FILE", help="Write all of it as JSON to this file, too.", show_default="none"),
]
OverwriteFile = Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")]
PromptFile = Annotated[
    Path | None,
    typer.Option(
        "--prompts",
        metavar="FILE",
        help="Other prompts: TOML, JSON, text, or the authors' prompts.py, which is read and not run.",
        show_default="our own; see bench prompts",
    ),
]
EndpointUrl = Annotated[
    str | None,
    typer.Option(
        "--endpoint",
        metavar="URL",
        envvar="OPENAI_BASE_URL",
        help="Any server of OpenAI's protocol: http://localhost:8000/v1.",
        show_default="OpenAI's own",
        rich_help_panel=_ASKING,
    ),
]
KeyVariable = Annotated[
    str,
    typer.Option(metavar="NAME", help="The environment variable that holds the key.", rich_help_panel=_ASKING),
]
Called = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        help="What the model asked is called, in results and in the cache.",
        show_default="model and address",
        rich_help_panel=_ASKING,
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(min=0, help="0 repeats best.", show_default="the endpoint's", rich_help_panel=_ASKING),
]
SamplingSeed = Annotated[
    int | None, typer.Option(help="The endpoint's own seed.", show_default="none", rich_help_panel=_ASKING)
]
Concurrency = Annotated[int, typer.Option(min=1, max=512, help="Calls at once.", rich_help_panel=_ASKING)]
Attempts = Annotated[
    int, typer.Option(min=1, help="Calls for one question, waiting longer each time.", rich_help_panel=_ASKING)
]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds for one call.", rich_help_panel=_ASKING)]
RequestsAMinute = Annotated[
    int | None,
    typer.Option("--rpm", min=1, help="Calls a minute at most.", show_default="no limit", rich_help_panel=_ASKING),
]
TokensAMinute = Annotated[
    int | None,
    typer.Option(
        "--tpm", min=1, help="Tokens a minute at most, estimated.", show_default="no limit", rich_help_panel=_ASKING
    ),
]
CacheFolder = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="DIR",
        help="Where answers are kept, so that none is asked for twice.",
        show_default="~/.cache/instit-tools/answers",
        rich_help_panel=_ASKING,
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Ask again what was answered before.", rich_help_panel=_ASKING)]
PriceOf = Annotated[
    tuple[float, float] | None,
    typer.Option(
        "--price",
        metavar="IN OUT",
        help="Dollars for a million tokens in, and out.",
        show_default="of the paper's judge: 2.50 10.00",
        rich_help_panel=_PAYING,
    ),
]
BudgetLimit = Annotated[
    float | None,
    typer.Option(
        "--budget",
        min=0,
        metavar="DOLLARS",
        help="Stop asking before more is spent.",
        show_default="no limit",
        rich_help_panel=_PAYING,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Say what would be asked and cost; ask nobody.", rich_help_panel=_PAYING),
]


def service_of(
    endpoint: "Endpoint",
    *,
    concurrency: int,
    attempts: int,
    requests_a_minute: int | None,
    tokens_a_minute: int | None,
    price: tuple[float, float] | None,
    budget: float | None,
    cache: Path | None,
    fresh: bool,
) -> "Service":
    """Put the options about asking together."""
    from instit_tools.bench.asking.pace import Limits
    from instit_tools.bench.asking.service import Service

    limits = Limits(
        concurrency=concurrency,
        attempts=attempts,
        requests_a_minute=requests_a_minute,
        tokens_a_minute=tokens_a_minute,
    )
    return Service(endpoint=endpoint, limits=limits, budget=budget, price=price, cache=cache, fresh=fresh)


def tell_plan(plan: "Plan", *, as_json: bool) -> None:
    """Say what a run would ask and cost."""
    import msgspec

    if as_json:
        console.document(msgspec.json.format(msgspec.json.encode(plan), indent=1))
        return
    cost = "unknown: give --price IN OUT" if plan.dollars is None else f"${plan.dollars:.2f}"
    console.listing(
        [
            ("questions", f"{plan.questions:,}"),
            ("answered before", f"{plan.known:,}"),
            ("to ask", f"{plan.questions - plan.known:,}"),
            ("tokens in", f"about {plan.tokens_in:,}"),
            ("tokens out", f"about {plan.tokens_out:,}"),
            ("cost", cost),
        ]
    )


def tell_spent(spent: "Spent") -> None:
    """Say what a run did cost."""
    parts = [console.counted(spent.calls, "call"), f"{spent.cached:,} from the cache"]
    if spent.tokens_in:
        parts += [f"{spent.tokens_in:,} tokens in", f"{spent.tokens_out:,} out"]
        parts += [] if spent.dollars is None else [f"${spent.dollars:.2f}"]
    console.talk(", ".join(parts))
