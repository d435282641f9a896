"""Reading Markdown runbooks: each fenced block of shell commands under a heading is one document."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import tree_sitter_bash
from tree_sitter import Language as Grammar
from tree_sitter import Parser

from fazai_tui.core.cookbook import Language
from fazai_tui.memory.documents import MOST_STEPS, Document, command_document
from fazai_tui.memory.tongue import language_of

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})\s*$")
_FENCE = re.compile(r"( *(?:[-*+]|\d+[.)])?\s*)(`{3,}|~{3,})\s*(?:\{?\.?)([\w+-]*)[^`]*$")
_SHELLS = frozenset(("sh", "bash", "shell", "zsh"))
_CONSOLES = frozenset(("console", "shell-session", "shellsession", "sh-session", "bash-session", "terminal"))
_USER = re.compile(r"\s*(?:[\w.-]+@\S+\s?\S*)?\$\s+(.*)")
_ROOT = re.compile(r"\s*(?:[\w.-]+@\S+\s?\S*)?#\s+(.*)")
_DOLLAR = re.compile(r"\s*\$\s+(.*)")
_MORE = re.compile(r"\s*>\s")
_MARKUP = re.compile(r"\{\{|\}\}|!?\[([^\]]*)\]\([^)]*\)|<!--.*?-->|[`*]{1,3}|(?<!\w)_{1,2}|_{1,2}(?!\w)")
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+")


@dataclass(slots=True)
class _Block:
    """A fenced block, the headings it stands under, and the prose right above it."""

    headings: tuple[str, ...]
    prose: str
    info: str
    lines: list[str] = field(default_factory=list[str])


def runbook_documents(text: str, page: str, fallback: Language) -> Iterator[Document | None]:
    """Yield a document for each block of shell commands; None for a block that cannot be one.

    Args:
        text: Markdown.
        page: What the runbook is called.
        fallback: The language when the words do not tell.
    """
    parser = Parser(Grammar(tree_sitter_bash.language()))
    blocks = [block for block in _blocks(text) if block.info in _SHELLS | _CONSOLES]
    language = language_of(" ".join(f"{' '.join(block.headings)} {block.prose}" for block in blocks)) or fallback
    for block in blocks:
        source = _without_prompts(block.lines, is_console=block.info in _CONSOLES)
        commands = split_commands(source, parser)
        if not commands:
            continue
        heading = block.headings[-1] if block.headings else ""
        is_alone = sum(other.headings == block.headings for other in blocks) == 1
        first = _SENTENCE_END.split(block.prose, maxsplit=1)[0]
        if is_alone or not first:
            purposes = [heading, first, page.rpartition("/")[2].partition(".")[0] if not heading and not first else ""]
        else:
            purposes = [f"{heading}: {first}" if heading else first, first]
        yield command_document(
            "runbook",
            page,
            [purpose for purpose in purposes if purpose],
            commands,
            language,
            explain=block.prose,
            has_angles=True,
        )


def split_commands(source: str, parser: Parser) -> tuple[str, ...]:
    """Return the commands of a script, comments left out; what bash may read otherwise stays one piece."""
    data = source.strip().encode()
    root = parser.parse(data).root_node
    kept = [node for node in root.children if node.type != "comment" and node.is_named]
    if not kept:
        return ()
    if root.has_error or len(kept) > MOST_STEPS:
        return (source.strip(),)
    # A piece reaches to the line that begins the next one: `a; b` and `a &` are one piece.
    starts = [node.start_byte for node in kept if not data[: node.start_byte].rpartition(b"\n")[2].strip()]
    if not starts or starts[0] != kept[0].start_byte:
        return (source.strip(),)
    comments = [(node.start_byte, node.end_byte) for node in root.children if node.type == "comment"]
    ends = [*starts[1:], len(data)]
    return tuple(_cut(data, start, end, comments).strip() for start, end in zip(starts, ends, strict=True))


def _cut(data: bytes, start: int, end: int, left_out: Sequence[tuple[int, int]]) -> str:
    """Return a part of a script without some ranges."""
    pieces: list[bytes] = []
    for first, last in left_out:
        if start <= first < end:
            pieces.append(data[start:first].rstrip(b" \t"))
            start = last
    return b"".join((*pieces, data[start:end])).decode()


def _without_prompts(lines: Sequence[str], *, is_console: bool) -> str:
    """Return the commands of a block without prompts; where there are prompts, the rest is output."""
    filled = [line for line in lines if line.strip()]
    prompt = _USER if is_console and any(map(_USER.match, filled)) else _ROOT if is_console else _DOLLAR
    if not any(map(prompt.match, filled if is_console else filled[:1])):
        return "\n".join(lines)
    commands: list[str] = []
    is_command = is_going_on = False
    for line in lines:
        if match := prompt.match(line):
            commands.append(match[1])
            is_command = True
        elif is_command and (is_going_on or _MORE.match(line)):
            commands[-1] += "\n" + _MORE.sub("", line)
        else:
            is_command = False
        is_going_on = line.endswith("\\")
    return "\n".join(commands)


def _blocks(text: str) -> Iterator[_Block]:
    headings: list[tuple[int, str]] = []
    prose: list[str] = []
    block: _Block | None = None
    fence = indent = ""
    for line in text.splitlines():
        if block is not None:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                yield block
                block, prose = None, []
            else:
                block.lines.append(line[len(indent) :] if not line[: len(indent)].strip() else line.lstrip())
        elif match := _FENCE.match(line):
            indent, fence = " " * len(match[1]), match[2]
            block = _Block(tuple(title for _, title in headings), _plain(prose), match[3].lower())
        elif match := _HEADING.match(line):
            level = len(match[1])
            headings = [(depth, title) for depth, title in headings if depth < level] + [(level, _plain([match[2]]))]
            prose = []
        elif (match := _UNDERLINE.match(line)) and prose and prose[-1]:
            level = 1 if "=" in match[1] else 2
            headings = [(depth, title) for depth, title in headings if depth < level] + [(level, _plain(prose[-1:]))]
            prose = []
        elif line.strip():
            prose.append(line.strip())
        elif prose and prose[-1]:
            prose.append("")
    if block is not None:
        yield block


def _plain(lines: Sequence[str]) -> str:
    """Return the last paragraph of prose without its markup."""
    paragraph: list[str] = []
    for line in reversed(lines):
        if not line and paragraph:
            break
        paragraph.insert(0, re.sub(r"^(?:[-*+>]|\d+[.)])\s+", "", line))
    return " ".join(_MARKUP.sub(lambda match: match[1] or "", " ".join(paragraph)).split())
