"""What a running cluster holds, read with ``kubectl get`` and nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

from translator.context import Context
from translator.documents.document import Document
from translator.documents.emitter import dump
from translator.documents.loading import load_text
from translator.documents.server_fields import strip_server_fields
from translator.errors import Finding, NetpolxError
from translator.pipeline.output import MARK
from translator.wire.context import read_context, write_context

VERBS: Final = frozenset({"get", "api-resources"})
"""The only words behind ``kubectl`` that this module runs: neither changes anything."""
_CALICO: Final = (
    "tiers",
    "globalnetworksets",
    "networksets",
    "hostendpoints",
    "profiles",
    "globalnetworkpolicies",
    "networkpolicies",
    "stagedglobalnetworkpolicies",
    "stagednetworkpolicies",
    "stagedkubernetesnetworkpolicies",
)
_V3: Final = "projectcalico.org"
_PROJECTED: Final = "knp.default."
_KUBERNETES_POLICIES: Final = "networkpolicies.networking.k8s.io"
_CRD: Final = "crd.projectcalico.org"
POLICIES: Final = (
    _KUBERNETES_POLICIES,
    "clusternetworkpolicies.policy.networking.k8s.io",
    "adminnetworkpolicies.policy.networking.k8s.io",
    "baselineadminnetworkpolicies.policy.networking.k8s.io",
    *(f"{name}.{_V3}" for name in _CALICO),
    "ciliumcidrgroups.cilium.io",
    "ciliumnetworkpolicies.cilium.io",
    "ciliumclusterwidenetworkpolicies.cilium.io",
)
"""What says who may talk to whom, by the names that ``kubectl api-resources -o name`` gives."""
_STORED: Final = tuple(f"{name}.{_CRD}" for name in _CALICO if name != "profiles")
"""Calico's objects as it stores them, for clusters without its API server."""
CLUSTER: Final = (
    "namespaces",
    "nodes",
    "pods",
    "services",
    "serviceaccounts",
    "endpointslices.discovery.k8s.io",
)
"""What tells whom the policies meet."""


class ClusterError(NetpolxError):
    """kubectl is there but does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach the cluster."""

    kubectl: str = "kubectl"
    context: str | None = None
    """The kubectl context; None: the current one."""
    namespace: str | None = None
    """None: every namespace."""

    def command(self, *words: str) -> list[str]:
        """A whole command line."""
        return [self.kubectl, *(("--context", self.context) if self.context else ()), *words]

    def listing(self) -> list[str]:
        """The command that tells which kinds the cluster has and lets one read."""
        return self.command("api-resources", "--verbs=get,list", "-o", "name")

    def reading(self, resource: str) -> list[str]:
        """The command that reads every object of a kind; kubectl passes the namespace over where there is none."""
        scope = ("-n", self.namespace) if self.namespace else ("--all-namespaces",)
        return self.command("get", resource, *scope, "-o", "yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a command said."""

    code: int
    out: str
    err: str


Runner = Callable[[Sequence[str]], Answered]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What was read."""

    files: Mapping[PurePosixPath, str]
    """Path below the directory → text."""
    counts: Mapping[str, int]
    """Kind → how many objects."""
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Kinds of policies that could not be read though the cluster has them: the files are not the whole."""
    findings: tuple[Finding, ...] = field(default=())


def commands(access: Access) -> list[list[str]]:
    """Every command, for people who run them themselves."""
    return [access.reading(resource) for resource in (*POLICIES, *CLUSTER)]


def run_command(command: Sequence[str]) -> Answered:
    """Run a command of this module. Raises FileNotFoundError where there is no such program."""
    verb = next((word for word in command[1:] if word in VERBS), None)
    assert verb is not None, command
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    return Answered(code=done.returncode, out=done.stdout.decode("utf-8", "replace"), err=_first(done.stderr))


def fetch(access: Access, run: Runner = run_command) -> Fetched:
    """Read the cluster. Raises FileNotFoundError without kubectl, ClusterError when the cluster does not answer."""
    listed = run(access.listing())
    known = frozenset(listed.out.split())
    if not known:
        raise ClusterError(f"the cluster does not answer: {listed.err or 'no kinds'}")
    # An aggregated API that is down fails the listing of all; what was listed is still there.
    notes = [f"not every kind is known: {listed.err}"] if listed.code else []
    wanted = POLICIES
    if not any(name.endswith(f".{_V3}") and not name.endswith(f".{_CRD}") for name in known):
        wanted = (*POLICIES, *(name for name in _STORED if name in known))
    files: dict[PurePosixPath, str] = {}
    counts: dict[str, int] = {}
    missing: list[str] = []
    cluster: list[Document] = []
    native: set[tuple[Any, Any]] = set()
    for resource in (*wanted, *CLUSTER):
        if resource not in known:
            notes.append(f"{resource}: the cluster has no such kind")
            continue
        answered = run(access.reading(resource))
        if answered.code:
            notes.append(f"{resource}: not read: {answered.err}")
            missing += [resource] if resource in wanted else []
            continue
        found = load_text(answered.out, file=resource)
        if found.findings:
            raise ClusterError(f"{resource}: kubectl's answer cannot be read: {found.findings[0].message}")
        is_policy = resource in wanted
        documents = found.documents
        if resource == _KUBERNETES_POLICIES:
            native = {(each.metadata.get("namespace"), each.metadata.get("name")) for each in documents}
        elif resource == f"networkpolicies.{_V3}" and (shown := _projections(documents, native)):
            notes.append(f"{resource}: {len(shown)} left out: Kubernetes policies as Calico shows them")
            documents = tuple(each for each in documents if id(each) not in shown)
        counts[resource] = len(documents)
        cluster += () if is_policy else documents
        written = [strip_server_fields(each.data) if is_policy else reduced(each.data) for each in documents]
        folder = "policies" if is_policy else "cluster"
        files[PurePosixPath(folder, f"{resource}.yaml")] = _text(written, resource, access)
    context, findings = read_context(cluster)
    files[PurePosixPath("context.yaml")] = f"{MARK} fetch: what is known about the cluster.\n{_context_text(context)}"
    return Fetched(files=files, counts=counts, notes=tuple(notes), missing=tuple(missing), findings=findings)


def _projections(documents: Sequence[Document], native: Collection[tuple[Any, Any]]) -> frozenset[int]:
    """Which of Calico's policies are Kubernetes policies under Calico's name for them (calico.md 1.9)."""
    return frozenset(
        id(each)
        for each in documents
        if str(each.metadata.get("name")).startswith(_PROJECTED)
        and (each.metadata.get("namespace"), str(each.metadata["name"]).removeprefix(_PROJECTED)) in native
    )


def reduced(data: Mapping[str, Any]) -> dict[str, Any]:
    """An object of the cluster with nothing but what policies ask about: no environment, no images, no annotations."""
    metadata = data.get("metadata") or {}
    kept = {name: metadata[name] for name in ("name", "namespace", "labels") if metadata.get(name)}
    found: dict[str, Any] = {"apiVersion": data.get("apiVersion"), "kind": data.get("kind"), "metadata": kept}
    for part, names in _KEPT.get(str(data.get("kind")), {}).items():
        source = data.get(part) or {}
        chosen = {name: source[name] for name in names if source.get(name)}
        if chosen:
            found[part] = chosen
    if data.get("kind") == "Pod" and "spec" in found:
        found["spec"] |= {key: _ports(found["spec"][key]) for key in _CONTAINERS if key in found["spec"]}
    if data.get("kind") == "EndpointSlice":
        addresses = [{"addresses": each.get("addresses") or []} for each in data.get("endpoints") or ()]
        found |= {"addressType": data.get("addressType"), "endpoints": addresses, "ports": data.get("ports") or []}
    return found


_CONTAINERS: Final = ("containers", "initContainers")
_KEPT: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "Pod": {"spec": ("serviceAccountName", "hostNetwork", *_CONTAINERS), "status": ("phase", "podIP", "podIPs")},
    "Service": {"spec": ("clusterIP", "clusterIPs", "externalIPs", "selector", "ports"), "status": ("loadBalancer",)},
    "Node": {"spec": ("podCIDR", "podCIDRs"), "status": ("addresses",)},
}
"""Kind → part of the object → its fields that the context is made of."""


def _ports(containers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": each.get("name"), "ports": each["ports"]} for each in containers if each.get("ports")]


def _text(items: Sequence[Mapping[str, Any]], resource: str, access: Access) -> str:
    where = f" in {access.namespace}" if access.namespace else ""
    return f"{MARK} fetch: {len(items)} {resource}{where}.\n{dump(items) if items else ''}"


def _context_text(context: Context) -> str:
    return dump([write_context(context)])


def _first(err: bytes) -> str:
    """The last line, where kubectl says what it was."""
    lines: Iterator[str] = (line.strip() for line in reversed(err.decode("utf-8", "replace").splitlines()))
    return next((line for line in lines if line), "")
