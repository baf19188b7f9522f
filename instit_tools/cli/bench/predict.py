"""``instit-tools bench predict``."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console
from instit_tools.cli.bench.options import (
    Attempts,
    BudgetLimit,
    CacheFolder,
    Called,
    Concurrency,
    DryRun,
    EndpointUrl,
    Fresh,
    KeyVariable,
    Overwrite,
    PriceOf,
    PromptFile,
    RequestsAMinute,
    SamplingSeed,
    Timeout,
    TokensAMinute,
    service_of,
    tell_plan,
    tell_spent,
)
from instit_tools.cli.guard import REJECTED, guarded
from instit_tools.cli.options import AsJson
from instit_tools.errors import UsageError

if TYPE_CHECKING:
    from instit_tools.bench.predicting.files import Predicted
    from instit_tools.bench.predicting.settings import Settings

__all__ = ["predict"]

_SHOWN, _MAX_TOKENS = 5, 128


@guarded
def predict(
    questions: Annotated[
        list[str],
        typer.Argument(metavar="QUESTIONS...", help="The benchmark's files of questions: JSON, JSON lines or Parquet."),
    ],
    *,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="The new folder to write.")],
    model: Annotated[str | None, typer.Option(help="What the endpoint calls the model.", show_default="none")] = None,
    endpoint: EndpointUrl = None,
    local: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A plug-in, or module:Class, in place of an endpoint.", show_default="none"),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Given to the plug-in; may be repeated.", show_default="none"),
    ] = None,
    media: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|ZIP|TAR",
            help="Where the pictures are: what holds videos_vpt/ or videos_vpt.zip, or an archive.",
            show_default="beside the questions",
        ),
    ] = None,
    marks: Annotated[
        Literal["vpt", "raw", "keep"], typer.Option(help="Pictures with marks, without, or as the paths say.")
    ] = "vpt",
    max_frames: Annotated[
        int | None, typer.Option(min=1, help="So many frames of a video at most, evenly.", show_default="all")
    ] = None,
    max_side: Annotated[
        int | None,
        typer.Option(min=16, help="Make larger pictures so many pixels wide and high.", show_default="as they are"),
    ] = None,
    labels: Annotated[
        bool, typer.Option("--frame-labels/--no-frame-labels", help="Write <t> before each frame.")
    ] = True,
    prompts: PromptFile = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Of an answer; 128 as in the published runs.")] = _MAX_TOKENS,
    temperature: Annotated[float, typer.Option(min=0, help="0 repeats best.")] = 0.0,
    endpoint_defaults: Annotated[
        bool, typer.Option("--endpoint-defaults", help="Send neither --max-tokens nor --temperature; some refuse them.")
    ] = False,
    sampling_seed: SamplingSeed = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask the first so many.", show_default="all")] = None,
    called: Called = None,
    key_variable: KeyVariable = "OPENAI_API_KEY",
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
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> int:
    """Ask a model the questions, with their pictures, and write predictions in the published shape. Asks nothing twice.

    Exits with 3 where a question has no answer; failures.jsonl says why.

    Example: instit-tools bench predict video_multi_choices.json --model NAME --endpoint http://localhost:8000/v1 -o out
    """
    from instit_tools.bench.asking.endpoint import OPENAI, Endpoint
    from instit_tools.bench.predicting.files import FILES
    from instit_tools.bench.predicting.run import plan
    from instit_tools.bench.predicting.settings import Settings
    from instit_tools.commit import refuse_to_replace

    _refuse_both(model, local, option)
    if local is not None:
        _refuse_of_endpoints(
            {
                "--temperature": temperature != 0,
                "--max-tokens": max_tokens != _MAX_TOKENS,
                "--endpoint-defaults": endpoint_defaults,
                "--sampling-seed": sampling_seed is not None,
                "--rpm": requests_a_minute is not None,
                "--tpm": tokens_a_minute is not None,
                "--price": price is not None,
                "--budget": budget is not None,
            }
        )
    asked = Endpoint(
        model=model or "",
        url=OPENAI if local else endpoint or OPENAI,
        key_variable=key_variable,
        timeout=timeout,
        temperature=None if endpoint_defaults else temperature,
        sampling_seed=sampling_seed,
        max_tokens=None if endpoint_defaults else max_tokens,
        name=called,
    )
    settings = Settings(
        items=tuple(questions),
        service=service_of(
            asked,
            concurrency=concurrency if local is None else 1,
            attempts=attempts,
            requests_a_minute=requests_a_minute,
            tokens_a_minute=tokens_a_minute,
            price=price,
            budget=budget,
            cache=cache,
            fresh=fresh,
        ),
        local=local,
        options=_options(option or []),
        media=media,
        marks=marks,
        max_frames=max_frames,
        max_side=max_side,
        labels=labels,
        prompts=prompts,
        limit=limit,
    )
    if dry_run:
        tell_plan(plan(settings), as_json=as_json)
        return 0
    refuse_to_replace(out, frozenset(FILES) if overwrite else None)  # before anything is paid for
    return _run(settings, out, overwrite=overwrite, as_json=as_json)


def _refuse_both(model: str | None, local: str | None, option: list[str] | None) -> None:
    if model is None and local is None:
        message = "who is asked: --model, a name that the endpoint serves, or --local, a plug-in"
        raise UsageError(message, hint="--model my-model --endpoint http://localhost:8000/v1")
    if model is not None and local is not None:
        message = f"--model {model} is served by an endpoint, and --local {local} is a plug-in: only one can be asked"
        raise UsageError(message, hint="leave one of them out")
    if option and local is None:
        raise UsageError(f"--option {option[0]} is for a plug-in, and none is named", hint="name it with --local")


def _refuse_of_endpoints(named: dict[str, bool]) -> None:
    for option, given in named.items():
        if given:
            raise UsageError(
                f"{option} is for an endpoint, and --local is a plug-in", hint="--option KEY=VALUE is for it"
            )


def _options(given: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    for text, (key, equals, _) in zip(given, pairs, strict=True):
        if not equals or not key.isidentifier():
            raise UsageError(f"--option {text} is no KEY=VALUE", hint="--option path=/models/my-model")
    return {key: value for key, _, value in pairs}


def _run(settings: "Settings", out: Path, *, overwrite: bool, as_json: bool) -> int:
    from instit_tools.bench.predicting.files import write_predictions
    from instit_tools.bench.predicting.run import predict as ask
    from instit_tools.bench.results import encode

    with console.meter("predict") as meter:
        found = ask(settings, meter=meter)
    names = write_predictions(out, found, overwrite=overwrite)
    tell_spent(found.spent)
    _tell(found)
    if as_json:
        console.document(encode(found.ran))
    questions = "".join(f" --items {shlex.quote(name)}" for name in settings.items)
    for name in names:
        if not as_json:
            console.result(str(out / name))
        command = "judge" if name.endswith("_oe_inference.json") else "score"
        console.talk(f"next: instit-tools bench {command} {shlex.quote(str(out / name))}{questions}")
    return REJECTED if found.failures else 0


def _tell(found: "Predicted") -> None:
    ran = found.ran
    console.talk(f"{ran.model} answered {ran.answered:,} of {console.counted(ran.questions, 'question')}")
    if ran.cut:
        most = ran.parameters.get("max_tokens")
        console.warn(
            f"{console.counted(ran.cut, 'answer')} ended at {most} tokens, in the middle: --max-tokens allows more"
        )
    if ran.beyond:
        message = f"{console.counted(ran.beyond, 'question')} speak of a frame that is not there: is a frame missing?"
        console.warn(message)
    for failure in found.failures[:_SHOWN]:
        console.warn(f"{failure.split} {failure.question_id} is without an answer: {failure.failure}")
    if len(found.failures) > _SHOWN:
        console.warn(f"{len(found.failures):,} questions are without an answer; failures.jsonl lists them")
