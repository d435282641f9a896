"""The house rules that a program can hold: sizes, docstrings, words."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ("fazai_tui", "config", "themes", "widgets", "screenshots", "training")
TESTS = ("tests",)

MODULE_LINES = 400
CLASS_LINES = 300
CLASS_METHODS = 25
FUNCTION_LINES = 50

# Put together here, so that this file does not hold them.
BANNED = ("st" + "ub",)
LEFT_FOR_LATER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
INDEX_HOST = re.compile(r"https?://[a-z.]+/simple|files\.[a-z]+hosted|registry\.[a-z]+\.org/")
GRAB_BAGS = {"utils", "helpers", "manager", "handler", "handlers", "common", "base", "misc"}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def modules(*tops: str) -> list[Path]:
    """Return the modules below the given folders, each once: links are not followed."""
    return sorted(
        path
        for top in tops
        for path in (ROOT / top).rglob("*.py")
        if not any(place.is_symlink() for place in path.parents) and "work" not in path.relative_to(ROOT).parts
    )


def definitions(path: Path) -> Iterator[tuple[str, Definition]]:
    """Return every class and function of a module with its dotted name."""
    pending: list[tuple[str, ast.AST]] = [("", ast.parse(path.read_text(encoding="utf-8")))]
    while pending:
        prefix, parent = pending.pop()
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, Definition):
                name = f"{prefix}{node.name}"
                yield name, node
                pending.append((f"{name}.", node))
            else:
                pending.append((prefix, node))


def lines(node: Definition) -> int:
    """Return how many lines a definition has."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def texts() -> Iterator[tuple[str, str]]:
    """Return every text file of the repository with its text."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_symlink() or not path.is_file() or path.suffix in (".gguf", ".npz", ".png"):
            continue
        yield name, path.read_text(encoding="utf-8", errors="replace")


def test_modules_are_found() -> None:
    assert len(modules(*SOURCES)) > 20


@pytest.mark.parametrize("folder", [*SOURCES, *TESTS])
def test_modules_classes_and_functions_are_small(folder: str) -> None:
    too_long = [str(path) for path in modules(folder) if len(path.read_text().splitlines()) > MODULE_LINES]
    for path in modules(folder):
        for name, node in definitions(path):
            limit = CLASS_LINES if isinstance(node, ast.ClassDef) else FUNCTION_LINES
            if lines(node) > limit:
                too_long.append(f"{path}: {name} has {lines(node)} lines")
            if isinstance(node, ast.ClassDef) and len(methods(node)) > CLASS_METHODS:
                too_long.append(f"{path}: {name} has {len(methods(node))} methods")

    assert not too_long


def methods(node: ast.ClassDef) -> list[str]:
    """Return the names of a class's methods."""
    return [member.name for member in node.body if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("folder", SOURCES)
def test_what_is_public_has_a_docstring(folder: str) -> None:
    silent = [str(path) for path in modules(folder) if not ast.get_docstring(ast.parse(path.read_text()))]
    for path in modules(folder):
        for name, node in definitions(path):
            is_private = any(part.startswith("_") for part in name.split("."))
            if not is_private and not nested_in_function(path, node) and not ast.get_docstring(node):
                silent.append(f"{path}: {name}")

    assert not silent


def nested_in_function(path: Path, wanted: Definition) -> bool:
    """Return whether a definition is local to a function."""
    for _, node in definitions(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno < wanted.lineno:
            if wanted.lineno <= (node.end_lineno or 0):
                return True
    return False


def test_files_are_named_for_what_they_hold() -> None:
    assert not [str(path) for path in modules(*SOURCES) if path.stem in GRAB_BAGS]


def test_tests_are_no_packages() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_words_and_places_that_do_not_belong_here() -> None:
    machine = re.compile(r"(?:^|[^\w/.-])/(?:wo" + r"rk|fa" + r"rm)/[a-z.]")
    found: list[str] = []
    for name, text in texts():
        found += [f"{name}: {word}" for word in BANNED if word in text.lower()]
        found += [f"{name}: {match[0]}" for match in (INDEX_HOST.search(text), machine.search(text)) if match]
        if name.endswith(".py") and (match := LEFT_FOR_LATER.search(text)):
            found.append(f"{name}: {match[0]}")

    assert not found
