"""The verdicts of the real engines (``../shared/vectors``) as contexts and flows; nothing in the project needs them.

The README beside the vectors says what each field means.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from translator.context import CalicoOptions, CiliumOptions, Context, KubernetesOptions, NamedPort, Pod
from translator.ir.traffic import PROTOCOL_NUMBERS
from translator.semantics.ends import Ends
from translator.semantics.flow import Flow

SHARED: Final = Path(__file__).resolve().parents[2] / "shared"
VECTORS: Final = SHARED / "vectors"
OWN: Final = Path(__file__).resolve().parent / "data"

needs_shared = pytest.mark.skipif(not VECTORS.exists(), reason="../shared is not here")

Case = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One flow of a case with the engine's answers: ``allow``, ``deny``, or None where an end was not asked."""

    flow: Flow
    egress: str | None
    ingress: str | None

    def __str__(self) -> str:
        flow = self.flow
        return (
            f"{flow.source.name} > {flow.destination.name} {flow.protocol}/{flow.port}: {self.egress}, {self.ingress}"
        )


def load(name: str) -> list[Case]:
    """The cases of a ``.jsonl`` or ``.jsonl.gz`` file: ours if we hold a copy, else of ``../shared``."""
    content = (OWN / name if (OWN / name).exists() else VECTORS / name).read_bytes()
    text = gzip.decompress(content) if name.endswith(".gz") else content
    return [json.loads(line) for line in text.splitlines() if line]


def context_of(case: Case) -> Context:
    """The small cluster of a case, with the engine's settings."""
    settings = case["settings"]
    return Context(
        namespaces=case["namespaces"],
        service_accounts=case.get("serviceAccounts") or {},
        pods=tuple(_pod(pod) for pod in case["pods"]),
        calico=CalicoOptions(dataplane="ebpf", admission=settings.get("admission", "calico")),
        cilium=_cilium(settings),
        kubernetes=KubernetesOptions(ipblock_matches_pods=settings.get("ipblock-matches-pods")),
    )


def flows_of(case: Case, context: Context | None = None, *, field: str = "flows") -> Iterator[Row]:
    """The flows of a case (or its ``reserved_flows``) with the expected answers, the ends made once each."""
    ends = Ends(context or context_of(case))
    source_port = case["settings"].get("source-port")
    for source, destination, protocol, port, egress, ingress, *rest in case.get(field) or ():
        extra = rest[0] if rest else {}
        yield Row(
            flow=Flow(
                source=ends.find(case["externals"].get(source, source)),
                destination=ends.find(case["externals"].get(destination, destination)),
                protocol=int(protocol) if str(protocol).isdigit() else PROTOCOL_NUMBERS[protocol],
                port=port,
                source_port=extra.get("sourcePort", source_port),
                code=extra.get("code"),
            ),
            egress=egress,
            ingress=ingress,
        )


def _pod(pod: dict[str, Any]) -> Pod:
    return Pod(
        namespace=pod["namespace"],
        name=pod["name"],
        labels=pod["labels"],
        service_account=pod.get("serviceAccount", "default"),
        addresses=tuple(pod[key] for key in ("ip", "ip6") if pod.get(key)),
        ports=tuple(
            NamedPort(name=port["name"], protocol=PROTOCOL_NUMBERS[port["protocol"]], port=port["port"])
            for port in pod["ports"]
        ),
        cluster=pod.get("cluster", "default"),
    )


def _cilium(settings: dict[str, Any]) -> CiliumOptions:
    """The agent's options: ``enable-x`` and ``disable-x`` as the vectors write them."""
    known = CiliumOptions.__dataclass_fields__
    options: dict[str, Any] = {}
    for key, value in settings.items():
        name, chosen = key, value
        if key.startswith("disable-"):
            name, chosen = key.replace("disable-", "enable-", 1), not value
        field = name.replace("-", "_")
        if field in known:
            options[field] = tuple(chosen) if isinstance(chosen, list) else chosen
    return replace(CiliumOptions(), **options)
