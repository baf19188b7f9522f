"""``instit-tools bench``."""

import typer

from instit_tools.cli.bench import agree, compare, export, judge, leaderboard, predict, prompts, score

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Inst-IT Bench: score and judge answers, ask models, compare, rank.")
app.command("predict")(predict.predict)
app.command("score")(score.score)
app.command("judge")(judge.judge)
app.command("compare")(compare.compare)
app.command("agree")(agree.agree)
app.command("leaderboard")(leaderboard.leaderboard)
app.command("export")(export.export)
app.command("prompts")(prompts.prompts)
