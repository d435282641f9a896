"""`fazai ask`: an answer, never an execution."""

from typing import Annotated

import typer

from fazai_tui.cli.exec import answer_question


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    model: Annotated[str | None, typer.Option("-m", "--model", metavar="NAME|PATH")] = None,
) -> None:
    """Answer a question; nothing is ever run."""
    answer_question(context, question, {"engine.model": model}, "ask")
