"""How long a translation takes, YAML in to YAML out, against PyYAML's C loader and dumper on the same bytes.

``python tests/bench/translation.py [POLICIES [SOURCE [TARGET]]]`` prints processor times, ratios and peak memory, each
measured in a process of its own; ``all`` as the source goes through the usual pairs. Goals for 10,000 policies: 1.0
without the self-check, 1.5 with it. The input of another source than Kubernetes is what we write for it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.generate import as_text, network_policies
from translator.legalize.target import Target, TargetName
from translator.pipeline.source import parse_documents_text
from translator.pipeline.translate import translate

_PAIRS = (
    ("kubernetes", "cilium"),
    ("kubernetes", "calico"),
    ("calico", "cilium"),
    ("calico", "kubernetes"),
    ("cilium", "calico"),
)


def policies(count: int, source: str) -> str:
    """The generated policies in the words of a dialect."""
    text = as_text(network_policies(count))
    if source == "kubernetes":
        return text
    read = parse_documents_text(text)
    return translate(read.policies, Target(name=TargetName(source), rewrite_all=True), read.context, check=False).text


def pyyaml(text: str) -> None:
    """What everybody pays: load and dump with libyaml."""
    documents = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    yaml.dump_all(documents, Dumper=yaml.CSafeDumper)


def netpolx(text: str, target: str, *, check: bool) -> None:
    """Parse, legalize, write and, if so, check."""
    source = parse_documents_text(text)
    translate(source.policies, Target(name=TargetName(target), rewrite_all=True), source.context, check=check)


def timed(run: Callable[[], None]) -> float:
    """Seconds of processor time: other work on the machine does not count."""
    started = time.process_time()
    run()
    return time.process_time() - started


def child(kind: str, file: str, target: str) -> None:
    """One measurement in a process of its own, so that memory is its own too."""
    text = Path(file).read_text(encoding="utf-8")
    if kind == "pyyaml":
        seconds = timed(lambda: pyyaml(text))
    else:
        seconds = timed(lambda: netpolx(text, target, check=kind == "checked"))
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, len(text))


def measure(count: int, source: str, target: str) -> None:
    """Measure each in turn."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "policies.yaml"
        file.write_text(policies(count, source), encoding="utf-8")
        _print(file, source, target)


def _print(file: Path, source: str, target: str) -> None:
    base = (0.0, 0)
    for kind in ("pyyaml", "plain", "checked"):
        command = [sys.executable, __file__, "--child", kind, str(file), target]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds, peak, size = map(float, run.stdout.split())
        base = base if base[1] else (seconds, int(peak))
        print(
            f"{source:10} → {target:10} {kind:8} {seconds:7.2f} s  ×{seconds / base[0]:5.2f}  "
            f"{peak / 1024:7.0f} MB  ×{peak / base[1]:5.2f}  ({size / 1e6:.1f} MB of YAML)",
            flush=True,
        )


def main(arguments: list[str]) -> None:
    """Measure one pair or all."""
    count = int(arguments[0]) if arguments else 10_000
    source = arguments[1] if len(arguments) > 1 else "kubernetes"
    target = arguments[2] if len(arguments) > 2 else "cilium"
    for pair in _PAIRS if source == "all" else ((source, target),):
        measure(count, *pair)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main(sys.argv[1:])
