"""Reading a command line into the commands, redirections and assignments it holds."""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from fazai_tui.policy import marks
from fazai_tui.policy.output import known_output
from fazai_tui.policy.plain_text import spelled
from fazai_tui.policy.script import (
    UNKNOWN_PLACE,
    Assignment,
    Invocation,
    Problem,
    Redirect,
    Scope,
    Script,
    Stdin,
    Word,
    plain_word,
)
from fazai_tui.policy.words import WordReader, source_text

_SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ksh", "ash", "fish"))
_FIRST_WORDS = 4
_MOST_COMBINATIONS = 32
_NO_STATEMENT = frozenset(("comment", "heredoc_start", "heredoc_end", "file_descriptor", "variable_name"))


class ScriptReader:
    """Parses bash text with tree-sitter."""

    def __init__(self) -> None:
        self._parser = Parser(Language(tree_sitter_bash.language()))

    def read(
        self,
        source: str,
        known: Mapping[str, str],
        cwd: str = "",
        inherited: Mapping[str, tuple[str, ...] | None] | None = None,
    ) -> Script:
        """Read a command line.

        Args:
            source: Any bash text.
            known: Variables whose values are known from the start.
            cwd: The directory it begins in; empty for the user's.
            inherited: Variables of the script around it.
        """
        text = marks.without_marks(source)
        tree = self._parser.parse(spelled(text))
        variables = dict(inherited or {})
        variables.update({name: (marks.quoted(value),) for name, value in known.items()})
        script = _Visit(Scope(variables, cwd)).script_of(tree.root_node)
        script.source = text
        script.variables = variables
        return script


class _Visit:
    """One walk over one syntax tree."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._script = Script()
        self._words = WordReader(scope, self._substitution)

    def script_of(self, root: Node) -> Script:
        """Walk the whole tree."""
        if root.has_error:
            self._script.problems.append(Problem("parse_error"))
        self._statements(root.children, None)
        return self._script

    def _statements(self, nodes: Iterable[Node], stdin: Stdin | None) -> None:
        for node in nodes:
            self._statement(node, stdin)

    def _statement(self, node: Node, stdin: Stdin | None) -> None:
        match node.type:
            case "command":
                self._command(node, stdin)
            case "redirected_statement":
                self._redirected(node, stdin)
            case "pipeline":
                self._pipeline(node.children, stdin)
            case "subshell":
                cwd = self._scope.cwd
                self._statements(node.children, stdin)
                self._scope.cwd = cwd
            case "function_definition":
                self._function(node)
            case "for_statement":
                self._loop(node, stdin)
            case "c_style_for_statement":
                self._statements(node.children[:-1], stdin)
                for start in node.children_by_field_name("initializer"):
                    self._scope.variables[source_text(start.child_by_field_name("name") or start)] = None
                self._statements(node.children[-1:], stdin)
            case "variable_assignment":
                self._script.assignments.append(self._assignment(node))
            case "declaration_command" | "unset_command":
                self._declaration(node)
            case "file_redirect" | "herestring_redirect" | "heredoc_redirect":
                self._redirect(node, is_bare=True)
            case "command_substitution" | "process_substitution":
                self._substitution(node)
            case kind:
                self._statements(() if kind in _NO_STATEMENT else node.children, stdin)

    def _command(self, node: Node, stdin: Stdin | None, more: Iterable[Node] = ()) -> None:
        assignments: list[Assignment] = []
        parts: list[list[list[Word]]] = []
        names = 0
        redirects: list[Node] = []
        for child in (*node.children, *more):
            if child.type == "variable_assignment":
                assignments.append(self._assignment(child, is_kept=False))
            elif child.type.endswith("_redirect"):
                redirects.append(child)
            elif child.type == "command_name":
                parts.append(self._words.alternatives(child.children[0] if child.child_count == 1 else child))
                names = max(len(words) for words in parts[0])
            elif child.type != "$":
                parts.append(self._words.alternatives(child))
        for redirect in redirects:
            stdin = self._redirect(redirect, name=self._name_of(node)) or stdin
        for words in _combined(parts):
            # A name that comes from an expansion may hide the program behind any of its words.
            for start in range(max(1, names)):
                found = Invocation(tuple(words[start:]), tuple(assignments), self._scope.cwd, stdin)
                self._script.invocations.append(found)
            self._follow_state(words, stdin)

    def _follow_state(self, words: list[Word], stdin: Stdin | None) -> None:
        name = words[0].text if words else ""
        if name in ("cd", "pushd"):
            operands = [word for word in words[1:] if not word.text.startswith("-") or word.text == "-"]
            self._scope.cwd = self._directory(operands[0] if operands else None)
        elif name in ("read", "mapfile", "readarray", "getopts"):
            text = stdin.text if stdin is not None and name == "read" else None
            for word in words[1:]:
                if word.text.isidentifier():
                    known = None if text is None else (marks.quoted(text.partition("\n")[0]),)
                    self._scope.variables[word.text] = known
        elif name == "printf" and len(words) > 3 and words[1].text == "-v":
            output = known_output([Invocation((words[0], *words[3:]))])
            self._keep(words[2].text, None if output is None else (marks.quoted(output),), is_kept=True)
        elif name == "set" and "--" in (texts := [word.text for word in words]):
            given = words[texts.index("--") + 1 :]
            self._keep_list("@", given)
            for index, word in enumerate(given, 1):
                self._keep(str(index), (marks.quoted(word.text),) if word.is_known else None, is_kept=True)

    def _directory(self, target: Word | None) -> str:
        home = (self._scope.variables.get("HOME") or ("",))[0]
        if target is None:
            return home
        if not target.is_known or target.text == "-":
            return UNKNOWN_PLACE
        text = home + target.text[1:] if target.has_tilde and target.text[1:2] in ("", "/") else target.text
        return posixpath.normpath(posixpath.join(self._scope.cwd, text))

    def _redirected(self, node: Node, stdin: Stdin | None) -> None:
        body = node.child_by_field_name("body")
        redirects = [child for child in node.children if child.type.endswith("_redirect")]
        first = len(self._script.invocations)
        name = self._name_of(body)
        is_bare = body is None or name in (":", "true")
        noted = len(self._script.redirects)
        for redirect in redirects:
            stdin = self._redirect(redirect, name=name, is_bare=is_bare) or stdin
        if body is not None and body.type == "command":
            # `cat <<E -n` puts the arguments after the mark inside the here-document's node.
            more = [word for redirect in redirects for word in redirect.children_by_field_name("argument")]
            self._command(body, stdin, more)
        elif body is not None:
            own = slice(noted, len(self._script.redirects))
            self._statement(body, stdin)
            if body.type == "list":
                # The parser hangs the redirection of the last command on the whole list, `cd` included.
                moved = [replace(redirect, cwd=self._scope.cwd) for redirect in self._script.redirects[own]]
                self._script.redirects[own] = moved
        stage = self._script.invocations[first:]
        for redirect in redirects:
            self._remember_contents(redirect, stage)
            if redirect.type == "heredoc_redirect":
                self._rest_of_line(redirect, stage)

    def _name_of(self, body: Node | None) -> str:
        if body is None or body.type != "command":
            return ""
        words = [source_text(child).rpartition("/")[2] for child in body.named_children[:_FIRST_WORDS]]
        return next((word for word in words if word in _SHELLS), words[0] if words else "")

    def _rest_of_line(self, heredoc: Node, stage: list[Invocation]) -> None:
        # `cat <<E | next` puts the rest of the pipeline inside the here-document's node.
        for child in heredoc.named_children:
            if child.type == "pipeline":
                self._pipeline(child.children, Stdin(tuple(stage), known_output(stage)))
            elif child.type in ("command", "list", "redirected_statement", "subshell", "compound_statement"):
                self._statement(child, None)

    def _pipeline(self, nodes: list[Node], stdin: Stdin | None) -> None:
        for node in nodes:
            if node.is_named and node.type != "comment":
                first = len(self._script.invocations)
                self._statement(node, stdin)
                stage = self._script.invocations[first:]
                earlier = stdin.producers if stdin is not None else ()
                stdin = Stdin((*earlier, *stage), known_output(stage))

    def _redirect(self, node: Node, *, name: str = "", is_bare: bool = False) -> Stdin | None:
        if node.type == "herestring_redirect":
            words = self._words.read(node.named_children[-1])
            is_known = all(word.is_known for word in words)
            return Stdin(text="\n".join(word.text for word in words) + "\n" if is_known else None)
        if node.type == "heredoc_redirect":
            for child in node.children_by_field_name("redirect"):
                self._redirect(child, name=name)
            return self._here_document(node)
        operator = next((child.type for child in node.children if not child.is_named), ">")
        stdin = None
        for target in node.children_by_field_name("destination"):
            for word in self._words.read(target):
                if operator.endswith("&") and (word.text == "-" or word.text.isdigit()):
                    continue
                self._script.redirects.append(Redirect(operator, word, self._scope.cwd, is_bare, name in _SHELLS))
                if operator == "<":
                    stdin = word.source or Stdin(file=word)
        return stdin

    def _here_document(self, node: Node) -> Stdin:
        start = source_text(next(child for child in node.children if child.type == "heredoc_start"))
        body = next((child for child in node.children if child.type == "heredoc_body"), None)
        if body is None:
            return Stdin(text="")
        is_quoted = any(char in start for char in "'\"\\")
        if not is_quoted:
            self._statements(body.children, None)
        has_expansion = not is_quoted and any(child.type != "heredoc_content" for child in body.named_children)
        return Stdin(text=None if has_expansion else source_text(body))

    def _remember_contents(self, node: Node, stage: list[Invocation]) -> None:
        redirects = [node] if node.type == "file_redirect" else node.children_by_field_name("redirect")
        output = known_output(stage)
        for redirect in redirects if output is not None else ():
            for target in redirect.children_by_field_name("destination") if redirect.type == "file_redirect" else ():
                self._script.files.setdefault(source_text(target).strip("'\""), []).append(output or "")

    def _function(self, node: Node) -> None:
        name_node, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        name = source_text(name_node) if name_node is not None else ""
        self._script.functions[name] = source_text(body) if body is not None else ""
        first = len(self._script.invocations)
        if body is not None:
            self._statement(body, None)
        if any(invocation.program == name for invocation in self._script.invocations[first:]):
            spreads = body is not None and any(mark in source_text(body) for mark in ("|", "&"))
            self._script.problems.append(Problem("fork_bomb" if spreads else "endless_function", name))

    def _loop(self, node: Node, stdin: Stdin | None) -> None:
        variable = node.child_by_field_name("variable")
        if variable is not None:
            values = self._words.loop_values(node.children_by_field_name("value"))
            self._scope.variables[source_text(variable)] = values
        body = node.child_by_field_name("body")
        if body is not None:
            self._statement(body, stdin)

    def _declaration(self, node: Node) -> None:
        words: list[Word] = []
        for child in node.children:
            if child.type == "variable_assignment":
                self._script.assignments.append(self._assignment(child))
                words.append(plain_word(source_text(child)))
            else:
                words.extend(self._words.read(child))
        self._script.invocations.append(Invocation(tuple(words), (), self._scope.cwd))

    def _assignment(self, node: Node, *, is_kept: bool = True) -> Assignment:
        name_node, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        name = source_text(name_node) if name_node is not None else ""
        if name_node is not None and name_node.named_child_count:
            self._statements(name_node.children, None)
        if value is None:
            self._keep(name, ("",), is_kept=is_kept)
            return Assignment(name, ())
        if value.type == "array":
            words = [word for child in value.named_children for word in self._words.read(child)]
            self._keep(name, None, is_kept=is_kept)
            self._keep_list(f"{name}[@]", words)
            return Assignment(name, tuple(words))
        values, found = self._words.value(value)
        self._keep(name, values, is_kept=is_kept)
        return Assignment(name, found)

    def _keep(self, name: str, values: tuple[str, ...] | None, *, is_kept: bool) -> None:
        if not is_kept:
            return
        known = self._scope.variables.get(name)
        both = (*(known or ()), *(values or ()))
        # Which of several assignments counts depends on the run: all of their values are looked at.
        self._scope.variables[name] = tuple(dict.fromkeys(both)) or None

    def _keep_list(self, name: str, words: list[Word]) -> None:
        # Several values at once: joined by a blank that acts even in quotes, as "${name[@]}" makes several words.
        is_known = all(word.is_known for word in words)
        self._scope.variables[name] = (" ".join(marks.quoted(word.text) for word in words),) if is_known else None

    def _substitution(self, node: Node) -> Stdin:
        first, cwd = len(self._script.invocations), self._scope.cwd
        if node.type == "process_substitution" and source_text(node).startswith(">"):
            self._statements(node.children, Stdin())
        else:
            self._statements(node.children, None)
        self._scope.cwd = cwd
        stage = self._script.invocations[first:]
        return Stdin(tuple(stage), known_output(stage))


def _combined(parts: list[list[list[Word]]]) -> list[list[Word]]:
    """Return the argument lists that parts with several alternatives make: one a combination, or one for all."""
    count = 1
    for alternatives in parts:
        count *= max(1, len(alternatives))
    if count > _MOST_COMBINATIONS:
        return [[word for alternatives in parts for words in alternatives for word in words]]
    return [[word for words in chosen for word in words] for chosen in product(*parts)]
