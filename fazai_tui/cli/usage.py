"""Say in the user's language what typer found wrong with a command line."""

from collections.abc import Sequence

import typer

from fazai_tui.cli.arguments import usage_error
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError


def explain_usage(error: typer.TyperException, path: Sequence[str], texts: Texts) -> FazaiError:
    """Return the error to show.

    Args:
        error: What typer raised; its classes are told apart by what they carry.
        path: The command, as words.
        texts: The language.
    """
    option = getattr(error, "option_name", None)
    parameter = getattr(error, "param", None)
    command = " ".join(path)
    if option is not None and hasattr(error, "possibilities"):
        return usage_error(texts, "no_option", option=option, command=command)
    if option is not None:
        return usage_error(texts, "no_value", option=option)
    if parameter is not None:
        name = "/".join(parameter.opts) if parameter.param_type_name == "option" else parameter.name.upper()
        if hasattr(error, "param_type"):
            return usage_error(texts, "missing", name=name, command=command)
        if choices := parameter.type_descriptor.choices:
            values = ", ".join(str(getattr(choice, "value", choice)) for choice in choices)
            return usage_error(texts, "bad_choice", name=name, values=values)
        return usage_error(texts, "bad_value", name=name, reason=error.message.removeprefix("Value error, "))
    return usage_error(texts, "misunderstood", command=command, reason=error.format_message())
