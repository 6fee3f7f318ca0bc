"""How long reviews of a repository with 500 policies take, the whole process each: ``python tests/bench/review.py``.

``python tests/bench/review.py [POLICIES]``. The goal is seconds for 500.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.generate import network_policies
from translator.documents.emitter import dump

ROOT = Path(__file__).resolve().parents[2]
IN_FILE = 10
CONFIG = "sources: [policies/]\ntargets: [cilium, calico]\noutput: generated/\naccept:\n- {code: inert-rule}\n"


def write(folder: Path, count: int, *, edited: bool) -> None:
    """The policies, ten in a file; edited: one in twenty has another port, one in fifty another name."""
    policies = list(network_policies(count))
    for number, policy in enumerate(policies):
        if edited and number % 20 == 0:
            policy["spec"]["ingress"][0]["ports"][0]["port"] = 81
        if edited and number % 50 == 1:
            policy["metadata"]["name"] += "-renamed"
    folder.mkdir()
    for start in range(0, count, IN_FILE):
        (folder / f"{start:05d}.yaml").write_text(dump(policies[start : start + IN_FILE]), encoding="utf-8")


def timed(folder: Path, *arguments: str) -> None:
    """One command in a process of its own."""
    command = [sys.executable, "-c", "import sys; from translator.cli import main; sys.exit(main())", *arguments]
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    environment = {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    seconds = time.perf_counter() - started
    busy = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    print(f"{seconds:6.2f} s, {busy:5.2f} s of work  exit {run.returncode}  netpolx {' '.join(arguments)}")


def main(arguments: list[str]) -> None:
    """Measure."""
    count = int(arguments[0]) if arguments else 500
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "policies", count, edited=False)
        write(folder / "edited", count, edited=True)
        (folder / "netpolx.yaml").write_text(CONFIG, encoding="utf-8")
        print(f"{count} policies in {count // IN_FILE} files")
        timed(folder, "golden", "update")
        timed(folder, "golden", "check")
        timed(folder, "diff", "policies", "policies")
        timed(folder, "diff", "policies", "edited")
        timed(folder, "diff", "policies", "edited", "-o", "markdown")


if __name__ == "__main__":
    main(sys.argv[1:])
