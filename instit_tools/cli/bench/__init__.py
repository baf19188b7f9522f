"""``instit-tools bench``."""

import typer

from instit_tools.cli.bench import export, judge, leaderboard, predict, prompts, score

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Inst-IT Bench: score and judge answers, ask models, compare, rank.")
app.command("score")(score.score)
app.command("judge")(judge.judge)
app.command("predict")(predict.predict)
app.command("prompts")(prompts.prompts)
app.command("leaderboard")(leaderboard.leaderboard)
app.command("export")(export.export)
