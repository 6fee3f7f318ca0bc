"""How long it takes to see that two sets are the same although they are written differently.

``python tests/bench/compare.py [POLICIES …]`` runs ``netpolx compare`` in a process of its own for each size, open
world, and prints seconds, seconds of processor time, peak memory, and the ratio of processor times to PyYAML's C loader
on the same two files. Goals, whole process: 100 policies in 0.5 s, 1,000 in 3 s and 500 MB; from 100 to 10,000 at most
linear.
"""

from __future__ import annotations

import ipaddress
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.generate import as_text, network_policies

_COMMAND = "import sys; from translator.cli import main; sys.exit(main())"
_CROWD = 1_000
"""This many policies are also put into one single namespace."""


def rewritten(documents: Iterator[dict[str, Any]], seed: int = 2) -> Iterator[dict[str, Any]]:
    """The same policies in other words: expressions for labels, rules split by peer, blocks halved, all shuffled."""
    random = Random(seed)
    shuffled = list(documents)
    random.shuffle(shuffled)
    for document in shuffled:
        spec = document["spec"]
        rules = [
            {"from": [peer], "ports": list(reversed(rule["ports"]))}
            for rule in spec["ingress"]
            for whole in rule["from"]
            for peer in _halves(whole)
        ]
        random.shuffle(rules)
        yield {**document, "spec": {**spec, "podSelector": _as_expressions(spec["podSelector"]), "ingress": rules}}


def _halves(peer: dict[str, Any]) -> list[dict[str, Any]]:
    """A block as its two halves, each without what was excepted of it; other peers in other words."""
    block = peer.get("ipBlock")
    if block is None:
        return [{key: _as_expressions(selector) for key, selector in peer.items()}]
    found = []
    for half in ipaddress.ip_network(block["cidr"]).subnets():
        inside = [each for each in block["except"] if half.supernet_of(ipaddress.ip_network(each))]  # type: ignore[arg-type]
        found.append({"ipBlock": {"cidr": str(half), **({"except": inside} if inside else {})}})
    return found


def _as_expressions(selector: dict[str, Any]) -> dict[str, Any]:
    labels = selector.get("matchLabels", {})
    return {"matchExpressions": [{"key": key, "operator": "In", "values": [value]} for key, value in labels.items()]}


def measure(count: int, *, namespaces: int | None = None) -> tuple[float, float, float, float]:
    """Seconds, processor seconds and megabytes of the command, and processor seconds of PyYAML for the same text."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = as_text(network_policies(count, namespaces=namespaces))
        after = as_text(rewritten(network_policies(count, namespaces=namespaces)))
        (folder / "a.yaml").write_text(before)
        (folder / "b.yaml").write_text(after)
        started = time.perf_counter()
        command = [sys.executable, "-c", _COMMAND, "compare", "a.yaml", "b.yaml"]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        answer = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, answer
        started = time.process_time()
        for text in (before, after):
            list(yaml.load_all(text, Loader=yaml.CSafeLoader))
        loading = time.process_time() - started
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, loading


def main(arguments: list[str]) -> None:
    """One line for each size, with the growth from line to line."""
    sizes = [int(each) for each in arguments] or [100, 1_000, 10_000]
    print(
        "policies  namespaces   seconds  processor   memory  to PyYAML's loading  growth of policies, of processor time"
    )
    last: tuple[int, float] | None = None
    for size, namespaces in [*((size, size // 10) for size in sizes), *(() if arguments else ((_CROWD, 1),))]:
        seconds, used, memory, loading = measure(size, namespaces=namespaces)
        growth = f"× {size / last[0]:.0f}, × {used / last[1]:.1f}" if last and namespaces > 1 else ""
        print(
            f"{size:8}  {namespaces:10}  {seconds:6.2f} s  {used:7.2f} s  {memory:4.0f} MB  "
            f"{used / loading:19.2f}  {growth}",
            flush=True,
        )
        last = (size, used)


if __name__ == "__main__":
    main(sys.argv[1:])
