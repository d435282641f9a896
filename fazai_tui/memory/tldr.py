"""Reading tldr pages: each example of a page is one document."""

import re
from collections.abc import Iterator, Mapping

from fazai_tui.core.cookbook import Language
from fazai_tui.memory.documents import Document, command_document
from fazai_tui.memory.placeholders import chosen_forms

ARCHIVE_URL = "https://github.com/tldr-pages/tldr/releases/latest/download/tldr.zip"
"""The archive that the tldr project publishes for clients."""

_PAGE = re.compile(r"(?:^|/)pages(?:\.(?P<locale>\w+))?/(?:common|linux)/(?P<name>[^/]+)\.md$")
_LANGUAGES: Mapping[str, Language] = {"": "en", "en": "en", "pt_BR": "pt"}
_MNEMONIC = re.compile(r"`|\[(\w+)\]")


def page_of(file: str, language: Language) -> tuple[str, Language] | None:
    """Return a page's name and language by its place in the archive; None for what is not wanted.

    Args:
        file: The path.
        language: The user's; English pages are always wanted.
    """
    match = _PAGE.search(file)
    spoken = _LANGUAGES.get(match["locale"] or "") if match else None
    return (match["name"], spoken) if match and spoken in ("en", language) else None


def page_documents(text: str, name: str, language: Language) -> Iterator[Document | None]:
    """Yield the examples of a page; None for one that cannot be shown."""
    summary = description = ""
    for line in text.splitlines():
        if line.startswith("> ") and not summary:
            summary = line[2:]
        elif line.startswith("- "):
            description = _MNEMONIC.sub(r"\1", line[2:])
        elif description and len(line) > 2 and line.startswith("`") and line.rstrip().endswith("`"):
            if "tldr " not in line:
                command = chosen_forms(line.strip()[1:-1])
                yield command_document("tldr", name, (description,), (command,), language, explain=summary)
            description = ""
