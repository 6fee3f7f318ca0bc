"""How long a translation takes, YAML in to YAML out, against PyYAML's C loader and dumper on the same bytes.

``python tests/bench/translation.py [POLICIES] [TARGET]`` prints times, ratios and peak memory. Goals for 10,000
policies: 1.0 without the self-check, 1.5 with it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.generate import as_text, network_policies
from translator.legalize import Target, TargetName
from translator.pipeline.source import parse_documents_text
from translator.pipeline.translate import translate


def pyyaml(text: str) -> None:
    """What everybody pays: load and dump with libyaml."""
    documents = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    yaml.dump_all(documents, Dumper=yaml.CSafeDumper)


def netpolx(text: str, target: str, *, check: bool) -> None:
    """Parse, legalize, write and, if so, check."""
    source = parse_documents_text(text)
    translate(source.policies, Target(name=TargetName(target)), source.context, check=check)


def timed(run: Callable[[], None]) -> float:
    """Seconds."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def child(kind: str, count: int, target: str) -> None:
    """One measurement in a process of its own, so that memory is its own too."""
    text = as_text(network_policies(count))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if kind == "pyyaml":
        seconds = timed(lambda: pyyaml(text))
    else:
        seconds = timed(lambda: netpolx(text, target, check=kind == "checked"))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{seconds} {after} {before} {len(text)}")


def main(arguments: list[str]) -> None:
    """Measure each in turn."""
    count = int(arguments[0]) if arguments else 10_000
    target = arguments[1] if len(arguments) > 1 else "cilium"
    measured: dict[str, tuple[float, int]] = {}
    for kind in ("pyyaml", "plain", "checked"):
        run = subprocess.run(
            [sys.executable, __file__, "--child", kind, str(count), target], capture_output=True, text=True, check=True
        )
        seconds, peak, _, size = run.stdout.split()
        measured[kind] = (float(seconds), int(peak))
        base_seconds, base_peak = measured["pyyaml"]
        print(
            f"{kind:8} {float(seconds):7.2f} s  ×{float(seconds) / base_seconds:5.2f}  "
            f"{int(peak) / 1024:7.0f} MB  ×{int(peak) / base_peak:5.2f}  ({int(size) / 1e6:.1f} MB of YAML)"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        main(sys.argv[1:])
