"""Names of ports that no end declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from translator.errors import Finding
from translator.ir.peers import Domain, Endpoints, Kind, Network, Peer
from translator.ir.policy import Engine, Rule
from translator.ir.traffic import Ports
from translator.legalize.knowledge import Knowledge
from translator.lint.subject import Scene, warning

_NAME: Final = re.compile(r"(?=[a-z0-9-]{1,15}\Z)(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*\Z")
"""Names that a container's port may have (kubernetes.md A.2)."""
_OUTSIDE: Final = frozenset({Kind.OUTSIDE})


def names_towards_addresses(scene: Scene) -> Iterator[Finding]:
    """Rules for receivers by address or name, none of which declares port names (calico.md 4.3, cilium.md 7)."""
    knowledge = Knowledge(context=scene.source.context)
    for _, policy in scene.enforced:
        if policy.dialect == "clusternetworkpolicy":
            continue  # told while reading
        for rule in policy.egress:
            names = _only_names(rule)
            if names and rule.peers and all(_is_address(peer, knowledge, scene.engine) for peer in rule.peers):
                message = f"addresses declare no port names: {', '.join(names)} matches nothing there"
                yield warning("undefined-named-port", message, rule.origin, "write the number")


def _only_names(rule: Rule) -> tuple[str, ...]:
    """The port names of a rule that has no other traffic."""
    found = {traffic.ports for traffic in rule.traffic}
    if any(ports.numbers or ports == Ports() for ports in found):
        return ()
    return tuple(dict.fromkeys(name for traffic in rule.traffic for name in traffic.ports.names))


def _is_address(peer: Peer, knowledge: Knowledge, engine: Engine) -> bool:
    match peer:
        case Domain():
            return True
        case Endpoints(kinds=kinds):
            return kinds == _OUTSIDE
        case Network(reach=reach):
            if engine is Engine.CILIUM and reach is not None and Kind.POD not in reach:
                return True
            return bool(peer.addresses) and not peer.addresses - knowledge.outside
        case _:
            return False


def impossible_names(scene: Scene) -> Iterator[Finding]:
    """``destinationNamedPort`` that no container can declare; no gate checks it (cilium.md 11)."""
    for document in scene.documents("clusternetworkpolicy"):
        spec = document.data.get("spec")
        for direction in ("ingress", "egress"):
            for number, rule in enumerate((spec.get(direction) if isinstance(spec, Mapping) else None) or ()):
                for position, protocol in enumerate(rule.get("protocols") or ()):
                    name = protocol.get("destinationNamedPort") if isinstance(protocol, Mapping) else None
                    if isinstance(name, str) and not _NAME.match(name):
                        message = f"no port can be called `{name}`{_in_cilium(name, scene.engine)}"
                        path = ("spec", direction, number, "protocols", position, "destinationNamedPort")
                        yield warning("impossible-port-name", message, document.origin(*path))


def _in_cilium(name: str, engine: Engine) -> str:
    """What Cilium takes such a name for."""
    if engine is not Engine.CILIUM:
        return ": this matches nothing"
    if name.isdigit():
        return f": the agent takes it for port {name}"
    return ": this matches nothing" if _NAME.match(name.lower()) else ": the agent takes it for all ports"
