"""What the two gates ask of metadata and of every kind but its rules (calico.md 1, appendix C)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from translator.dialects.calico.model import (
    CLUSTER_SCOPED,
    CalicoObject,
    GlobalNetworkSet,
    HostEndpoint,
    HostEndpointSpec,
    NetworkSet,
    Profile,
    Tier,
)
from translator.dialects.calico.refusals import BOTH, SERVER, VALIDATOR, Refusals
from translator.dialects.calico.rule_checks import check_rule, check_unique
from translator.dialects.calico.values import protocol_problem, read_network_or_address, read_protocol
from translator.dialects.calico.views import NAMESPACE
from translator.errors import Finding, Gate
from translator.ir.policy import Direction
from translator.origin import FieldPath
from translator.wire.base import shown
from translator.wire.kubernetes_types import Metadata, is_dns_subdomain, is_port_name
from translator.wire.metadata import ANNOTATIONS_LIMIT, label_findings, metadata_findings

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN: Final = rf"{_LABEL}(?:\.{_LABEL})*"
_NAMES: Final = {
    "NetworkPolicy": re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})?|(?:knp|ossg)\.default\.{_SUBDOMAIN})\Z"),
    "GlobalNetworkPolicy": re.compile(rf"(?:{_LABEL}\.)?{_LABEL}\Z"),
    "Tier": re.compile(rf"{_LABEL}\Z"),
}
_NAMES_LIKE: Final = {"StagedNetworkPolicy": "NetworkPolicy", "StagedGlobalNetworkPolicy": "GlobalNetworkPolicy"}
_NAME_WORDS: Final = {
    "NetworkPolicy": "a name of lower-case letters, digits and `-` with at most one dot",
    "GlobalNetworkPolicy": "a name of lower-case letters, digits and `-` with at most one dot",
    "Tier": "a name of lower-case letters, digits and `-` without a dot",
}
_INTERFACE: Final = re.compile(r"[a-zA-Z0-9_.-]{1,15}\Z")
_ANNOTATION_KEY: Final = re.compile(rf"(?:(?P<prefix>{_SUBDOMAIN})/)?[a-z0-9](?:[-a-z0-9_.]{{0,61}}[a-z0-9])?\Z")
NOT_WRITTEN: Final = "calicoctl-does-not-write"
"""The validator accepts it and calicoctl's client does not (calico.md 1.9)."""
PINNED_TIERS: Final = {
    "default": (1_000_000.0, "Deny"),
    "kube-admin": (1000.0, "Pass"),
    "kube-baseline": (10_000_000.0, "Pass"),
}
"""Order and default action that the built-in tiers must have (calico.md 1.5)."""


def check_metadata(refusals: Refusals, kind: str, metadata: Metadata | None) -> None:
    """Name, namespace, labels and annotations."""
    origin = refusals.document.origin("metadata")
    is_cluster_scoped = kind in CLUSTER_SCOPED
    refusals.findings.extend(metadata_findings(metadata, origin, gate=Gate.APISERVER, namespaced=True))
    _check_name(refusals, kind, (metadata.name or "") if metadata is not None else "")
    if metadata is None:
        return
    if is_cluster_scoped and metadata.namespace:
        refusals.add(BOTH, ("metadata", "namespace"), f"{kind} is cluster-scoped: it has no namespace")
    if metadata.resource_version and not metadata.uid:
        refusals.add(BOTH, ("metadata", "resourceVersion"), "`resourceVersion` must not be set on new objects")
    if metadata.labels:
        refusals.findings += [
            replace(finding, gate=Gate.CALICO) for finding in refusals.findings if _is_of_labels(finding)
        ]
    if metadata.annotations:
        _check_annotations(refusals, metadata.annotations)


def _is_of_labels(finding: Finding) -> bool:
    """Both gates ask the same of labels."""
    return finding.origin is not None and finding.origin.path[:2] == ("metadata", "labels")


def _check_name(refusals: Refusals, kind: str, name: str) -> None:
    """The shapes of calico.md 1.9; all names are DNS subdomains besides."""
    shape = _NAMES_LIKE.get(kind, kind)
    path = ("metadata", "name")
    limit = 63 if kind == "Tier" else 253
    if len(name) > limit:
        refusals.add(VALIDATOR, path, f"expected a name of at most {limit} characters, found {len(name)}")
    elif shape in _NAMES and not _NAMES[shape].match(name):
        refusals.add(VALIDATOR, path, f"expected {_NAME_WORDS[shape]}, found {shown(name)}")
    elif shape not in _NAMES and not is_dns_subdomain(name):
        refusals.add(VALIDATOR, path, f"expected a DNS subdomain, found {shown(name)}")
    elif name.startswith("knp.default.") and kind == "NetworkPolicy":
        words = "names that begin with `knp.default.` are of Kubernetes policies: calicoctl does not write them"
        refusals.add(VALIDATOR, path, words, code=NOT_WRITTEN)


def _check_annotations(refusals: Refusals, annotations: dict[str, str | None]) -> None:
    size = 0
    for key, value in annotations.items():
        found = _ANNOTATION_KEY.match(key.lower())
        if found is None or len(found["prefix"] or "") > 253:
            refusals.add(
                VALIDATOR, ("metadata", "annotations", key), f"expected a qualified name as the key, found {shown(key)}"
            )
        size += len(key.encode()) + len((value or "").encode())
    if size > ANNOTATIONS_LIMIT:
        words = f"expected at most {ANNOTATIONS_LIMIT} bytes of annotations, found {size}"
        refusals.add(VALIDATOR, ("metadata", "annotations"), words)


def check_object(refusals: Refusals, document: CalicoObject) -> None:
    """The spec of a kind that is no policy."""
    match document:
        case Tier():
            _check_tier(refusals, document)
        case NetworkSet() | GlobalNetworkSet():
            _check_set(refusals, document)
        case HostEndpoint():
            _check_host_endpoint(refusals, document)
        case Profile():
            _check_profile(refusals, document)


def _check_tier(refusals: Refusals, tier: Tier) -> None:
    spec = tier.spec
    name = (tier.metadata.name or "") if tier.metadata is not None else ""
    action = spec.default_action if spec is not None else None
    order = spec.order if spec is not None else None
    if action is not None and action not in ("Deny", "Pass"):
        refusals.add(BOTH, ("spec", "defaultAction"), f"expected `Deny` or `Pass`, found {shown(action)}")
    if name not in PINNED_TIERS:
        return
    pinned_order, pinned_action = PINNED_TIERS[name]
    if (action or "Deny") != pinned_action:
        words = f"the tier `{name}` must have defaultAction {pinned_action}, found {action}"
        refusals.add(BOTH, ("spec", "defaultAction"), words)
    if order != pinned_order:
        # calicoctl fills in the order of `default` alone before it checks (calico.md 1.5).
        gates = SERVER if order is None and name == "default" else BOTH
        refusals.add(gates, ("spec", "order"), f"the tier `{name}` must have order {pinned_order:.0f}, found {order}")


def _check_set(refusals: Refusals, group: NetworkSet | GlobalNetworkSet) -> None:
    nets = (group.spec.nets or []) if group.spec is not None else []
    check_unique(refusals, ("spec", "nets"), nets)
    for position, text in enumerate(nets):
        if text and read_network_or_address(text) is None:
            refusals.add(VALIDATOR, ("spec", "nets", position), f"expected a CIDR or an address, found {shown(text)}")
    if group.metadata is not None and NAMESPACE in (group.metadata.labels or ()):
        refusals.add(VALIDATOR, ("metadata", "labels", NAMESPACE), f"the label `{NAMESPACE}` is Calico's own")


def _check_host_endpoint(refusals: Refusals, endpoint: HostEndpoint) -> None:
    spec = endpoint.spec if endpoint.spec is not None else HostEndpointSpec()
    if not spec.node:
        refusals.add(BOTH, ("spec", "node"), "required field `node` is missing", code="missing-field")
    elif not is_dns_subdomain(spec.node):
        refusals.add(VALIDATOR, ("spec", "node"), f"expected a DNS subdomain, found {shown(spec.node)}")
    interface = spec.interface_name or ""
    if not interface and not spec.expected_ips:
        refusals.add(BOTH, ("spec",), "expected `interfaceName` or `expectedIPs`, found neither", code="missing-field")
    if len(interface) > 15:
        refusals.add(BOTH, ("spec", "interfaceName"), f"expected at most 15 characters, found {len(interface)}")
    elif interface not in ("", "*") and not _INTERFACE.match(interface):
        refusals.add(
            VALIDATOR,
            ("spec", "interfaceName"),
            f"expected `*` or a name of letters, digits, `_`, `.` and `-`, found {shown(interface)}",
        )
    for position, text in enumerate(spec.expected_ips or ()):
        if "/" in text or read_network_or_address(text) is None:
            refusals.add(VALIDATOR, ("spec", "expectedIPs", position), f"expected an address, found {shown(text)}")
    for position, profile in enumerate(spec.profiles or ()):
        if not is_dns_subdomain(profile):
            refusals.add(VALIDATOR, ("spec", "profiles", position), f"expected a DNS subdomain, found {shown(profile)}")
    check_unique(refusals, ("spec", "expectedIPs"), spec.expected_ips or ())
    check_unique(refusals, ("spec", "profiles"), spec.profiles or ())
    _check_endpoint_ports(refusals, spec)


def _check_endpoint_ports(refusals: Refusals, spec: HostEndpointSpec) -> None:
    for position, port in enumerate(spec.ports or ()):
        path: FieldPath = ("spec", "ports", position)
        for field, value in (("name", port.name), ("protocol", port.protocol), ("port", port.port)):
            if value is None:
                refusals.add(BOTH, path, f"required field `{field}` is missing", code="missing-field")
        if port.name is not None and not is_port_name(port.name):
            refusals.add(VALIDATOR, (*path, "name"), f"expected a port name, found {shown(port.name)}")
        if port.port is not None and not 1 <= port.port <= 65535:
            refusals.add(BOTH, (*path, "port"), f"expected a port between 1 and 65535, found {port.port}")
        if port.protocol is None:
            continue
        problem = protocol_problem(port.protocol)
        if problem is not None or not read_protocol(port.protocol).carries_ports:
            refusals.add(VALIDATOR, (*path, "protocol"), problem or f"expected TCP, UDP or SCTP, found {port.protocol}")


def _check_profile(refusals: Refusals, profile: Profile) -> None:
    """There is no custom resource for profiles, so the API server has no place for one (calico.md 1.8)."""
    refusals.add(
        SERVER,
        (),
        "the API server has no resource Profile: Calico makes profiles of namespaces and service accounts",
        code="no-such-resource",
    )
    spec = profile.spec
    if spec is None:
        return
    for direction, rules in ((Direction.INGRESS, spec.ingress), (Direction.EGRESS, spec.egress)):
        for position, rule in enumerate(rules or ()):
            check_rule(refusals, ("spec", str(direction), position), rule, direction, is_global=True, has_schema=False)
    if spec.labels_to_apply:
        origin = refusals.document.origin("spec", "labelsToApply")
        refusals.findings.extend(label_findings(spec.labels_to_apply, origin, gate=Gate.CALICO))
