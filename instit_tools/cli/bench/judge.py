"""``instit-tools bench judge``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console
from instit_tools.bench.forms import JUDGE
from instit_tools.cli.bench.options import (
    Attempts,
    BudgetLimit,
    CacheFolder,
    Called,
    Concurrency,
    DryRun,
    EndpointUrl,
    Fresh,
    Items,
    KeyVariable,
    Name,
    Out,
    Overwrite,
    Predictions,
    PriceOf,
    PromptFile,
    RequestsAMinute,
    SamplingSeed,
    Seed,
    Temperature,
    Timeout,
    TokensAMinute,
    service_of,
    tell_plan,
    tell_spent,
)
from instit_tools.cli.bench.tables import judged_table
from instit_tools.cli.guard import REJECTED, guarded
from instit_tools.cli.options import AsJson

if TYPE_CHECKING:
    from instit_tools.bench.judging.judge import Settings

__all__ = ["judge"]

_REASONS = 12


@guarded
def judge(
    predictions: Predictions,
    *,
    items: Items = None,
    model: Annotated[str, typer.Option(help="The judge; the published numbers are by this one.")] = JUDGE,
    endpoint: EndpointUrl = None,
    prompts: PromptFile = None,
    answer_format: Annotated[
        Literal["schema", "json", "text"],
        typer.Option(help="Ask for the score by a JSON Schema, as JSON, or in words alone: what the endpoint can."),
    ] = "schema",
    failures: Annotated[
        Literal["leave-out", "zero"],
        typer.Option(help="An answer that the judge did not score does not count, as published, or counts 0."),
    ] = "leave-out",
    missing: Annotated[
        Literal["stop", "wrong", "leave-out"],
        typer.Option(help="A question without a prediction stops the command, counts 0, or does not count."),
    ] = "stop",
    name: Name = None,
    called: Called = None,
    key_variable: KeyVariable = "OPENAI_API_KEY",
    temperature: Temperature = None,
    sampling_seed: SamplingSeed = None,
    concurrency: Concurrency = 8,
    attempts: Attempts = 6,
    timeout: Timeout = 120.0,
    requests_a_minute: RequestsAMinute = None,
    tokens_a_minute: TokensAMinute = None,
    price: PriceOf = None,
    budget: BudgetLimit = None,
    cache: CacheFolder = None,
    fresh: Fresh = False,
    dry_run: DryRun = False,
    seed: Seed = 0,
    out: Out = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> int:
    """Score open-ended answers by a judge: any endpoint that speaks OpenAI's protocol. Asks nothing twice.

    Exits with 3 where an answer has no score; failures.jsonl says why.

    Example: instit-tools bench judge video_oe_inference.json --dry-run
    """
    from instit_tools.bench.asking.endpoint import OPENAI, Endpoint
    from instit_tools.bench.judging.judge import Settings, plan
    from instit_tools.bench.results import of_form

    asked = Endpoint(
        model=model,
        url=endpoint or OPENAI,
        key_variable=key_variable,
        timeout=timeout,
        temperature=temperature,
        sampling_seed=sampling_seed,
        name=called,
    )
    settings = Settings(
        predictions=tuple(of_form(predictions, "open-ended")),
        items=tuple(items or ()),
        name=name,
        service=service_of(
            asked,
            concurrency=concurrency,
            attempts=attempts,
            requests_a_minute=requests_a_minute,
            tokens_a_minute=tokens_a_minute,
            price=price,
            budget=budget,
            cache=cache,
            fresh=fresh,
        ),
        prompts=prompts,
        answer_format=answer_format,
        missing=missing,
        failures=failures,
        seed=seed,
    )
    if dry_run:
        tell_plan(plan(settings), as_json=as_json)
        return 0
    return _run(settings, out, overwrite=overwrite, as_json=as_json)


def _run(settings: "Settings", out: Path | None, *, overwrite: bool, as_json: bool) -> int:
    from instit_tools.bench.judging.judge import judge as ask
    from instit_tools.bench.judging.run import write_judged
    from instit_tools.bench.results import FILES, encode
    from instit_tools.commit import refuse_to_replace

    if out is not None:  # before anything is paid for
        refuse_to_replace(out, frozenset(FILES) if overwrite else None)
    with console.meter("judge") as meter:
        result, scores, spent = ask(settings, meter=meter)
    if out is not None:
        write_judged(out, result, scores, overwrite=overwrite)
    if as_json:
        console.document(encode(result))
    else:
        judged_table(result)
    tell_spent(spent)
    failed = [each for each in scores if each.score is None]
    _tell_reasons(result.failed)
    if out is not None:
        console.talk(f"{out} holds result.json and scores.jsonl{', and failures.jsonl' if failed else ''}")
    elif failed:
        console.talk("-o DIR writes which they are; the same command asks for those alone")
    return REJECTED if failed else 0


def _tell_reasons(failed: dict[str, int]) -> None:
    """Say why answers have no score, the usual reasons first; what a judge says instead of one differs every time."""
    reasons = sorted(failed.items(), key=lambda each: -each[1])
    for reason, number in reasons[:_REASONS]:
        console.warn(f"{console.counted(number, 'answer')} without a score: {reason}")
    if left := reasons[_REASONS:]:
        answers = console.counted(sum(number for _, number in left), "answer")
        console.warn(f"{answers} without a score for {console.counted(len(left), 'other reason')}")
