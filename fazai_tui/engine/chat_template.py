"""Write messages the way a model was trained to read them."""

from collections.abc import Collection, Sequence
from typing import Any

import jinja2
from llama_cpp.llama_chat_format import Jinja2ChatFormatter


class TemplateFailure(Exception):
    """The model's template cannot write these messages; the text says why."""


class ChatTemplate:
    """A model's own template."""

    def __init__(self, source: str, *, begin: str, end: str, marks: Collection[str]) -> None:
        """Compile a template.

        Args:
            source: Jinja, as it stands in the file; empty for a model without one, whose messages are just joined.
            begin: The text of the token that begins every text.
            end: The text of the token that ends one.
            marks: The texts of all marks; in a message they are broken up, so that data cannot end a turn.

        Raises:
            TemplateFailure: It is no template.
        """
        self._marks = tuple(mark for mark in marks if len(mark) > 1)
        try:
            self._formatter = Jinja2ChatFormatter(source, eos_token=end, bos_token=begin) if source else None
        except jinja2.TemplateError as error:
            raise TemplateFailure(str(error)) from error

    def render(self, messages: Sequence[tuple[str, str]]) -> str:
        """Return (role, content) messages as a prompt that ends where the model's turn begins.

        Raises:
            TemplateFailure: The template refuses the messages.
        """
        safe = [(role, self._without_marks(content)) for role, content in messages]
        if self._formatter is None:
            return "\n\n".join([*(content for _, content in safe), ""])
        if len(safe) < 2 or safe[0][0] != "system":
            return self._write(self._formatter, safe)
        (_, system), (role, content), *rest = safe
        try:
            prompt = self._write(self._formatter, safe)
            if system.strip() in prompt:
                return prompt
        except TemplateFailure:
            pass
        # Some templates refuse a system role and some leave it out; what it says then opens the first message.
        return self._write(self._formatter, [(role, f"{system}\n\n{content}"), *rest])

    def _write(self, formatter: Jinja2ChatFormatter, messages: Sequence[tuple[str, str]]) -> str:
        try:
            # The package types every kind of message an API may send; a template takes any mapping.
            dictionaries: Any = [{"role": role, "content": content} for role, content in messages]
            # Templates of models that think ask for it, some even where nothing is said; a plan is wanted at once.
            return formatter(messages=dictionaries, enable_thinking=False).prompt
        except (jinja2.TemplateError, ValueError, TypeError) as error:
            raise TemplateFailure(str(error)) from error

    def _without_marks(self, content: str) -> str:
        for mark in self._marks:
            if mark in content:
                content = content.replace(mark, f"{mark[0]} {mark[1:]}")
        return content
