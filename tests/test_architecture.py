"""The rules of the house, as tables: which room may import which, where a heavy library lives, what importing costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "insights"

SHARED = {"types", "errors", "config", "models"}
ROOMS = {"sources", "transcripts", "utterances", "signals", "themes", "backlog", "outputs", "store"}

# Which parts of insights each part may import besides itself.
ALLOWED = {
    "types": set(),
    "errors": set(),
    "config": {"errors"},
    "models": {"types", "errors"},
    **dict.fromkeys(ROOMS, SHARED),
    "pipeline": SHARED | ROOMS,
    "evaluate": SHARED | ROOMS | {"pipeline"},
    "cli": SHARED | ROOMS | {"pipeline", "evaluate"},
    "__init__": SHARED | ROOMS | {"pipeline", "evaluate"},
    "__main__": {"cli"},
}

# Where each heavy library is imported; nowhere else.
HOMES = {
    "av": {"transcripts"},
    "faster_whisper": {"transcripts"},
    "ctranslate2": {"transcripts"},
    "onnxruntime": {"models"},
    "kaldi_native_fbank": {"transcripts"},
    "jellyfish": {"transcripts"},
    "rapidfuzz": {"transcripts"},
    "tokenizers": {"models"},
    "bertopic": {"themes"},
    "altair": {"outputs"},
    "vl_convert": {"outputs"},
    "xlsxwriter": {"outputs"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "jiwer": {"evaluate"},
    "typer": {"cli"},
    "rich": {"cli"},
}

# What `import insights` must not load.
HEAVY = sorted(HOMES) + ["numpy", "pandas", "spacy", "sklearn", "scipy", "pydantic", "jinja2"]


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def imported_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""
            if node.module == "insights":
                yield from (f"insights.{alias.name}" for alias in node.names)


def test_every_part_has_a_line_in_the_table():
    assert {part_of(path) for path in modules()} <= set(ALLOWED)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_only_down(path: Path):
    part = part_of(path)
    inner = {name.split(".")[1] for name in imported_names(path) if name.startswith("insights.")}
    assert inner - {part} <= ALLOWED[part]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_heavy_libraries_stay_at_home(path: Path):
    outer = {name.split(".")[0] for name in imported_names(path)}
    astray = {name for name in outer & set(HOMES) if part_of(path) not in HOMES[name]}
    assert not astray


def test_types_and_errors_rest_on_the_standard_library_alone():
    for name in ("types", "errors"):
        outer = {imported.split(".")[0] for imported in imported_names(PACKAGE / f"{name}.py")}
        assert outer <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("statement", ["import insights", "import insights; insights.run, insights.open"])
def test_importing_insights_loads_nothing_heavy(statement: str):
    code = f"{statement}\nimport sys\nprint(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
