"""Run everything that CI runs: lint, format, types, import contracts, tests.

``python tools/check.py`` runs all and says at the end what failed; arguments go to pytest.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def steps(arguments: list[str]) -> list[tuple[str, list[str]]]:
    """Each step and its command."""
    return [
        ("lint", [str(BIN / "ruff"), "check", "."]),
        ("format", [str(BIN / "ruff"), "format", "--check", "."]),
        ("types", [str(BIN / "mypy")]),
        ("imports", [str(BIN / "lint-imports"), "--no-cache"]),
        ("generated files", [sys.executable, "tools/generate.py", "--check"]),
        ("tests", [sys.executable, "-m", "pytest", "-n", "2", *arguments]),
    ]


def main(arguments: list[str]) -> int:
    """Run the steps; the exit code is 1 when one of them failed."""
    failed = []
    for name, command in steps(arguments):
        print(f"== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        print(f"== {name}: {'failed' if code else 'ok'} in {time.monotonic() - started:.1f} s", flush=True)
        if code:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
