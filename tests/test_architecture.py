"""Rules about the code itself: size, cycles, freshness of what is generated."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "translator"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 400


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_name(path): path for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=[module_name(path) for path in MODULES])
def test_no_file_is_too_long(path: Path) -> None:
    """A file beyond 400 lines asks for a better cut."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", MODULES, ids=[module_name(path) for path in MODULES])
def test_every_module_says_what_it_is(path: Path) -> None:
    """A module opens with a sentence."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def imports(path: Path) -> Iterator[str]:
    """Modules of this package that a module imports when it is loaded."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in NAMES)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found = inner if inner in NAMES else node.module
                if found in NAMES:
                    yield found


def test_no_import_cycles() -> None:
    """No module needs itself to be loaded, by whatever detour."""
    graph = {name: sorted(set(imports(path)) - {name}) for name, path in NAMES.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            pytest.fail(" → ".join((*trail[trail.index(name) :], name)))
        if name not in done:
            for needed in graph[name]:
                visit(needed, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_generated_files_are_fresh() -> None:
    """docs, schemas and the matrix of the README are what the code says; ``python tools/generate.py`` rewrites them."""
    run = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
