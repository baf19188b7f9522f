"""``instit-tools bench``."""

import typer

from instit_tools.cli.bench import leaderboard

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Inst-IT Bench: results side by side.")
app.command("leaderboard")(leaderboard.leaderboard)
