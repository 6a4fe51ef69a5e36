"""What documents and comments refer to is there: links, their headings, and files of the repository by name."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "insights", "models", "notebooks", "sample_calls", "tests")
DOCUMENTS = sorted(
    path for folder in (".", "docs", "models", "models/*", "sample_calls") for path in ROOT.glob(f"{folder}/*.md")
)
SOURCES = sorted(path for folder in ("insights", "tests", "models") for path in (ROOT / folder).rglob("*.py"))

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# A path from the root; not the end of a longer one like ~/models/turbo.
NAMED = re.compile(rf"(?<![\w./~*-])(?:{'|'.join(FOLDERS)})/[\w./*-]*[\w/*]")
FETCHED = re.compile(r"models/(whisper-|en_core_web_sm)")  # weights, which a checkout does not have
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def named_in(text: str) -> list[str]:
    return [found for found in NAMED.findall(text) if not FETCHED.match(found)]


def is_there(name: str) -> bool:
    """Whether a path from the root leads to something; `*` stands for anything."""
    return any(True for _ in ROOT.glob(name.rstrip("/")))


def remarks_of(path: Path) -> Iterator[str]:
    """The comments and docstrings of a module."""
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def anchors_of(path: Path) -> set[str]:
    """The headings of a document as links name them."""
    headings = HEADING.findall(path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_of_a_document_lead_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = document.parent / file if file else document
        assert target.exists(), f"{name_of(document)} links to {link}"
        assert not anchor or anchor in anchors_of(target), f"{name_of(document)}: {name_of(target)} has no #{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_files_that_a_document_names_are_there(document: Path) -> None:
    assert [name for name in named_in(document.read_text(encoding="utf-8")) if not is_there(name)] == []


@pytest.mark.parametrize("folder", ["insights", "tests", "models"])
def test_files_that_comments_name_are_there(folder: str) -> None:
    named = [
        (name_of(path), name)
        for path in SOURCES
        if path.is_relative_to(ROOT / folder)
        for remark in remarks_of(path)
        for name in named_in(remark)
    ]
    assert named, "some do"
    assert [pair for pair in named if not is_there(pair[1])] == []


def test_a_name_is_read_without_the_marks_around_it() -> None:
    text = "see docs/a.md, `tests/b.py`; (models/x_*.json). ~/models/turbo ../shared/tests/c models/whisper-base"
    assert named_in(text) == ["docs/a.md", "tests/b.py", "models/x_*.json"]
