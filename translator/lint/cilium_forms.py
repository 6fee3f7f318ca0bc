"""Forms of Cilium's policies that the agent accepts and that do not mean what they look like (cilium.md 16)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from translator.dialects.cilium.re2 import compile_error
from translator.errors import Finding
from translator.ir.layer7 import HttpMatch
from translator.ir.peers import Endpoints, Kind
from translator.ir.policy import Engine, Rule
from translator.ir.traffic import SCTP, protocol_set
from translator.lint.nothing import items, specs
from translator.lint.subject import Scene, acting, warning, written
from translator.origin import Origin

_DIRECTIONS: Final = {"ingress": ("ingress", "ingressDeny"), "egress": ("egress", "egressDeny")}
_EMPTY_IS_ABSENT: Final = ("fromGroups", "toFQDNs", "toServices", "toGroups")
"""Lists of peers that count as absent where they are empty (cilium.md 3)."""
_RESERVED: Final = "reserved:"
_NEGATIVE: Final = ("NotIn", "DoesNotExist")
_ACTION: Final = re.compile(r'"mismatch":"([A-Z]+)"')
_CLUSTER_POLICIES: Final = (1, 20)
_SCTP: Final = protocol_set(SCTP)


def default_deny(scene: Scene) -> Iterator[Finding]:
    """``enableDefaultDeny`` where it has no effect (cilium.md 4)."""
    options = scene.source.context.cilium
    is_forced = options.enable_policy == "always" or not options.enable_non_default_deny_policies
    option = "enable-policy: always" if options.enable_policy == "always" else "enable-non-default-deny-policies: false"
    for document in scene.documents("cilium"):
        for path, spec in specs(document.data):
            flags = spec.get("enableDefaultDeny")
            if not isinstance(flags, Mapping):
                continue
            for direction, lists in _DIRECTIONS.items():
                origin = document.origin(*path, "enableDefaultDeny", direction)
                if flags.get(direction) is True and not any(spec.get(name) for name in lists):
                    message = f"this isolates nobody: without an item of `{direction}` the direction stays open"
                    yield warning("inert-default-deny", message, origin, f"add `{direction}: [{{}}]`")
                elif flags.get(direction) is False and is_forced:
                    message = f"the agent's option `{option}` isolates all the same"
                    yield warning("inert-default-deny", message, origin)


def absent_peers(scene: Scene) -> Iterator[Finding]:
    """Lists of peers that are null, or empty and count as absent: everyone on these ports (cilium.md 3)."""
    for document in scene.documents("cilium"):
        for path, item in items(document.data):
            if not (item.get("toPorts") or item.get("icmps")):
                continue
            peers = {name: value for name, value in item.items() if name[:2] in ("fr", "to") and name != "toPorts"}
            absent = [
                name for name, value in peers.items() if value is None or (value == [] and name in _EMPTY_IS_ABSENT)
            ]
            if absent and len(absent) == len(peers):
                word = "null" if peers[absent[0]] is None else "empty"
                message = f"`{absent[0]}` is {word} and counts as absent, which means everyone on these ports"
                yield warning("null-peers", message, document.origin(*path, absent[0]))


def icmp_types(scene: Scene) -> Iterator[Finding]:
    """ICMP type 0, which the agent takes for all types (cilium.md 7)."""
    for document in scene.documents("cilium"):
        for path, item in items(document.data):
            for number, rule in enumerate(item.get("icmps") or ()):
                for position, field in enumerate((rule or {}).get("fields") or ()):
                    if isinstance(field, Mapping) and _is_wildcard(field.get("type")):
                        origin = document.origin(*path, "icmps", number, "fields", position)
                        family = field.get("family") or "IPv4"
                        message = f"type {field.get('type')} is all ICMP types of {family} to the agent"
                        yield warning("all-icmp-types", message, origin)


def _is_wildcard(written: Any) -> bool:
    """0, ``EchoReply`` and what is cut to 0; EchoReply of IPv6 is number 129 and has no such name."""
    if isinstance(written, bool):
        return False
    if isinstance(written, int):
        return written <= 0
    return isinstance(written, str) and (written == "EchoReply" or not written.strip("0"))


def reserved_labels(scene: Scene) -> Iterator[Finding]:
    """Requirements on ``reserved:`` labels among peers: no namespace is added beside them (cilium.md 2.3)."""
    both_families = len(scene.source.context.cilium.ip_families) > 1
    for document in scene.documents("cilium"):
        for path, item in items(document.data):
            for name in ("fromEndpoints", "toEndpoints"):
                for number, selector in enumerate(item.get(name) or ()):
                    origin = document.origin(*path, name, number)
                    if isinstance(selector, Mapping):
                        yield from _reserved(selector, origin, both_families=both_families)


def _reserved(selector: Mapping[str, Any], origin: Origin, *, both_families: bool) -> Iterator[Finding]:
    for term in selector.get("matchExpressions") or ():
        key, operator = str(term.get("key")), term.get("operator")
        if key.startswith(_RESERVED) and operator in _NEGATIVE:
            message = f"`{key}` {operator} adds no namespace: this selects everyone else, addresses outside included"
            yield warning("selects-everyone", message, origin)
    if both_families and f"{_RESERVED}world" in (selector.get("matchLabels") or {}):
        message = "with both address families nobody outside has the label `reserved:world`"
        yield warning("matches-nothing", message, origin, "write `fromEntities: [world]` (`toEntities`)")


def beyond_pods(scene: Scene) -> Iterator[Finding]:
    """Negative demands that nodes and addresses outside meet as well, because nothing asks for pods (cilium.md 10)."""
    if scene.engine is not Engine.CILIUM:
        return
    for _, policy in scene.enforced:
        for _, rule in acting(policy):
            reaches_outside = any(isinstance(peer, Endpoints) and Kind.OUTSIDE in peer.kinds for peer in rule.peers)
            if reaches_outside and (policy.dialect != "cilium" or _is_by_labels(rule)):
                message = "the demands are negative only: nodes, health endpoints and addresses outside meet them, too"
                yield warning("beyond-pods", message, rule.origin, "demand a label that every namespace has")


def _is_by_labels(rule: Rule) -> bool:
    """Whether an item names its peers by labels, and by none of ``reserved:``, whose reach is told apart."""
    item = written(rule.origin)
    selectors = [*(item.get("fromEndpoints") or ()), *(item.get("toEndpoints") or ())]
    return bool(selectors) and not any(_RESERVED in str(selector) for selector in selectors)


def http_parts(scene: Scene) -> Iterator[Finding]:
    """Parts of HTTP rules that ask something else than it seems (cilium.md 8.2)."""
    for policy in scene.read:
        if policy.dialect != "cilium":
            continue
        for _, rule in acting(policy):
            for match in (rule.layer7.http if rule.layer7 is not None else None) or ():
                yield from (replace(each, origin=rule.origin) for each in _http_doubts(match))


def _http_doubts(match: HttpMatch) -> Iterator[Finding]:
    for pattern in match.hosts or ():
        problem = compile_error(pattern.text)
        if problem is not None:
            message = f"the host `{pattern.text}` is no expression ({problem}): the proxy may refuse all rules"
            yield warning("bad-host", message, None, "`*.example.com` is written `.*[.]example[.]com`")
    for header in match.headers:
        if ":" in header.name:
            message = f"`{header.name}` without a blank asks for a header of that name, whatever its value"
            yield warning("header-name", message, None, f"write `{header.name.replace(':', ': ', 1)}`")
    for pattern in match.methods or ():
        if pattern.text.isalpha() and not pattern.text.isupper():
            message = f"no request has the method `{pattern.text}`: methods are case-sensitive"
            yield warning("unknown-method", message, None, f"did you mean `{pattern.text.upper()}`?")
    if match.extras and not (match.methods or match.paths or match.hosts or match.headers):
        words = ", ".join(dict.fromkeys(_ACTION.findall(" ".join(match.extras))))
        if words:
            message = f"`mismatch: {words}` refuses nothing: every request passes"
            yield warning("header-action", message, None, "leave `mismatch` out to refuse")


def options_of_the_agent(scene: Scene) -> Iterator[Finding]:
    """Kinds and protocols that the agent's options or version switch off (cilium.md 7, 12, 14)."""
    if scene.engine is not Engine.CILIUM:
        return
    options = scene.source.context.cilium
    off = {
        "kubernetes": None if options.enable_k8s_networkpolicy else "the agent is told not to read NetworkPolicies",
        "clusternetworkpolicy": None
        if options.enable_k8s_cluster_network_policy
        else "the agent is told not to read ClusterNetworkPolicies",
    }
    for policy in scene.read:
        reason = off.get(policy.dialect)
        if reason is not None:
            yield warning("not-read", reason, policy.origin)
        elif policy.dialect == "clusternetworkpolicy" and options.version_numbers < _CLUSTER_POLICIES:
            message = f"Cilium {options.version} does not implement ClusterNetworkPolicy: it has no effect"
            hint = "1.20 does, with enable-k8s-cluster-network-policy; say the version in the context"
            if policy.kind == "ClusterNetworkPolicy":
                yield warning("policy-ignored", message, policy.origin, hint)
        if options.enable_sctp:
            continue
        for _, rule in acting(policy):
            if any(traffic.protocols == _SCTP for traffic in rule.traffic):
                message = "the agent drops SCTP whatever policies say: its option enable-sctp is off"
                yield warning("sctp-off", message, rule.origin)


def wide_excepts(scene: Scene) -> Iterator[Finding]:
    """An ``except`` of length zero: nobody is left, or, while CIDRs match pods, nobody is excluded (cilium.md 6.1)."""
    matches_pods = "pods" in scene.source.context.cilium.policy_cidr_match_mode
    for document in scene.documents("cilium"):
        for path, item in items(document.data):
            for name in ("fromCIDRSet", "toCIDRSet"):
                for number, rule in enumerate(item.get(name) or ()):
                    holes = rule.get("except") or () if isinstance(rule, Mapping) else ()
                    if not any(str(hole).endswith("/0") for hole in holes):
                        continue
                    origin = document.origin(*path, name, number)
                    if matches_pods:
                        message = "an `except` of length zero excludes nobody while CIDRs match pods"
                        yield warning("selects-everyone", message, origin)
                    elif not rule.get("cidrGroupSelector"):
                        yield warning("matches-nothing", "the `except` leaves nobody", origin)
