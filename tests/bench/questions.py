"""How long 10,000 questions against 1,000 policies take, the whole process: ``python tests/bench/questions.py``.

The goal is 3 s.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.generate import as_text, network_policies


def write(folder: Path, policies: int, flows: int) -> None:
    """Policies, a cluster of 500 pods and the flows."""
    random = Random(7)
    namespaces = policies // 10
    (folder / "policies.yaml").write_text(as_text(network_policies(policies)))
    names = [f"team-{number:04d}" for number in range(namespaces)]
    pods = [
        {
            "namespace": random.choice(names),
            "name": f"pod-{number}",
            "labels": {"app": f"app-{random.randint(0, 39)}"},
            "addresses": [f"10.0.{number // 250}.{number % 250 + 1}"],
        }
        for number in range(500)
    ]
    context = {
        "apiVersion": "netpolx/v1alpha1",
        "kind": "Context",
        "namespaces": {name: {"team": random.choice(["red", "blue", "green"])} for name in names},
        "pods": pods,
    }
    (folder / "context.json").write_text(json.dumps(context))
    ends = [f"{pod['namespace']}/{pod['name']}" for pod in pods]
    lines = [
        json.dumps(
            {
                "from": random.choice(ends) if random.random() < 0.9 else f"203.{random.randint(0, 255)}.1.1",
                "to": random.choice(ends),
                "protocol": "TCP",
                "port": random.randint(1, 60000),
            }
        )
        for _ in range(flows)
    ]
    (folder / "flows.jsonl").write_text("\n".join(lines) + "\n")


def main(arguments: list[str]) -> None:
    """Measure."""
    policies = int(arguments[0]) if arguments else 1_000
    flows = int(arguments[1]) if len(arguments) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, policies, flows)
        command = [sys.executable, "-c", "import sys; from translator.cli import main; sys.exit(main())", "query"]
        command += ["policies.yaml", "--context", "context.json", "--flows", "flows.jsonl", "-o", "json"]
        started = time.perf_counter()
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - started
        denied = sum(1 for line in run.stdout.splitlines() if '"deny"' in line)
        print(f"{policies} policies, {flows} flows: {seconds:.2f} s ({denied} denied)")


if __name__ == "__main__":
    main(sys.argv[1:])
