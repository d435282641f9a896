"""Reading the words of a syntax tree: quotes removed, known variables put in."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from tree_sitter import Node

from fazai_tui.policy import marks
from fazai_tui.policy.plain_text import unspelled
from fazai_tui.policy.script import Scope, Stdin, Word, unknown_word

_ESCAPE = re.compile(r"\\(\n|.)", re.DOTALL)
_STRING_ESCAPE = re.compile(r'\\([$`"\\\n])')
_ANSI = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))", re.DOTALL
)
_ANSI_NAMED = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_EXPANSIONS = frozenset(
    ("simple_expansion", "expansion", "command_substitution", "process_substitution", "arithmetic_expansion")
)
_DEFAULTS = frozenset((":-", "-", ":=", "="))
_GUARDS = frozenset((":?", "?"))


def source_text(node: Node) -> str:
    """Return the source of a node."""
    return unspelled(node.text or b"")


def ansi_decoded(text: str) -> str:
    r"""Return a text with the escapes of `$'…'`, `printf` and `echo -e` resolved."""
    return _ANSI.sub(_ansi_character, text)


def _ansi_character(match: re.Match[str]) -> str:
    for digits, radix in ((match[1] or match[2] or match[3], 16), (match[4], 8)):
        if digits:
            code = int(digits, radix)
            return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "?"
    if match[5]:
        return chr(ord(match[5]) & 0x1F)
    return _ANSI_NAMED.get(match[6], match[6] if match[6] in "\\'\"?" else "\\" + match[6])


class WordReader:
    """Turns word nodes into words.

    Args:
        scope: The variables known at this point; shared with the reader of the statements.
        substitute: Visits the commands of a substitution and tells what they print and who prints it.
    """

    def __init__(self, scope: Scope, substitute: Callable[[Node], Stdin]) -> None:
        self.scope = scope
        self._substitute = substitute
        self._is_literal = True

    def read(self, node: Node) -> list[Word]:
        """Return the words that one word node may expand to, those of all alternatives in one list."""
        return [word for words in self.alternatives(node) for word in words]

    def alternatives(self, node: Node) -> list[list[Word]]:
        """Return the lists of words that one word node may expand to, one for each value its variables may have."""
        raw = source_text(node)
        if node.type == "process_substitution":
            return [[replace(unknown_word(raw), source=self._substitute(node))]]
        self._is_literal = True
        values = self._marked(node, is_quoted=False)
        is_literal = self._is_literal
        empty = [Word("")] if any(quote in raw for quote in "'\"") else []
        return [marks.words(value, is_literal=is_literal) or empty for value in values]

    def value(self, node: Node) -> tuple[tuple[str, ...] | None, tuple[Word, ...]]:
        """Return the marked values of an assignment's right side, None when all is unknown, and them as words."""
        values = self._marked(node, is_quoted=True)
        found = tuple(word for value in values for word in marks.words(value, is_literal=True))
        return self._unless_unknown(values), found

    def loop_values(self, nodes: Iterable[Node]) -> tuple[str, ...] | None:
        """Return the marked values a loop's variable takes; None when all are unknown."""
        values: list[str] = []
        for node in nodes:
            self._is_literal = True
            for value in self._marked(node, is_quoted=False):
                values.extend(marks.split(value, is_literal=self._is_literal))
        return self._unless_unknown(tuple(values))

    @staticmethod
    def _unless_unknown(values: tuple[str, ...]) -> tuple[str, ...] | None:
        return values if any(not marks.is_unknown(value) for value in values) else None

    def _marked(self, node: Node, *, is_quoted: bool) -> tuple[str, ...]:
        text = source_text(node)
        match node.type:
            case "raw_string":
                return (marks.quoted(text[1:-1]),)
            case "ansi_c_string":
                return (marks.quoted(ansi_decoded(text[2:-1])),)
            case "string" | "translated_string":
                return self._string(node)
            case "concatenation" | "command_name":
                return marks.alternatives([self._marked(child, is_quoted=is_quoted) for child in node.children])
            case "string_content":
                return (marks.quoted(_STRING_ESCAPE.sub(lambda m: "" if m[1] == "\n" else m[1], text)),)
            case kind if kind in _EXPANSIONS:
                values = self._expansion(node, text, is_quoted=is_quoted)
                # Set last: a substitution reads words of its own in between.
                self._is_literal = False
                return values
            case _:
                if node.named_child_count:
                    # Commands may stand in an index or a pattern: they are visited, what they print is not followed.
                    self._substitute(node)
                return (_ESCAPE.sub(lambda m: "" if m[1] == "\n" else marks.quoted(m[1]), text),)

    def _string(self, node: Node) -> tuple[str, ...]:
        # Blanks between the children of a string belong to no node: fill the gaps from the source.
        if node.type == "translated_string":
            return self._string(node.children[-1])
        parts: list[tuple[str, ...]] = []
        content, base, at = node.text or b"", node.start_byte, node.start_byte + 1
        for child in node.children[1:-1]:
            parts.append((marks.quoted(unspelled(content[at - base : child.start_byte - base])),))
            parts.append(self._marked(child, is_quoted=True))
            at = child.end_byte
        parts.append((marks.quoted(unspelled(content[at - base : -1])),))
        return marks.alternatives(parts)

    def _expansion(self, node: Node, text: str, *, is_quoted: bool) -> tuple[str, ...]:
        match node.type:
            case "command_substitution":
                output = self._substitute(node).text
                if output is None:
                    return (marks.unknown(text, is_set=True),)
                output = output.rstrip("\n")
                return (marks.quoted(output) if is_quoted else marks.split_active(marks.quoted(output)),)
            case "process_substitution" | "arithmetic_expansion":
                self._substitute(node)
                return (marks.unknown(text, is_set=True),)
            case _:
                return self._variable(node, text, is_quoted=is_quoted)

    def _variable(self, node: Node, text: str, *, is_quoted: bool) -> tuple[str, ...]:
        names = [child for child in node.named_children if child.type in ("variable_name", "special_variable_name")]
        operators = [source_text(child) for child in node.children if not child.is_named][1:]
        operator = next((op for op in operators if op != "}"), "")
        others = [child for child in node.named_children if child not in names]
        extra = [self._marked(child, is_quoted=is_quoted) for child in others]
        name = source_text(names[0]) if names else ""
        if not names and others and others[0].type == "subscript":
            name = source_text(others[0]).replace("[*]", "[@]")
        is_default = operator in _DEFAULTS and bool(names)
        known = self.scope.variables.get(name)
        if known is not None and (not operator or is_default or operator in _GUARDS):
            return known if is_quoted else tuple(marks.split_active(value) for value in known)
        if is_default and name not in self.scope.variables and len(extra) == 1:
            return extra[0]
        is_set = name in self.scope.variables or operator in _GUARDS or not name.isidentifier()
        return (marks.unknown(text, is_set=is_set),)
