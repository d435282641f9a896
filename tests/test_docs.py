"""What the documents point at is there, and both languages of the README say the same."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    missing = [link for link in links if not (document.parent / link).exists()]

    assert not missing


def test_the_readmes_are_twins() -> None:
    english, portuguese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.pt-BR.md"))

    assert [link for link in LINK.findall(english) if "README" not in link] == [
        link for link in LINK.findall(portuguese) if "README" not in link
    ]
    for mark in ("\n## ", "\n| ", "\n- ", "\n```"):
        assert english.count(mark) == portuguese.count(mark)


def test_the_readme_shows_three_pictures() -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").count("](screenshots/") == 3
