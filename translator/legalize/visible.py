"""Which selectors each target can say: the keys it sees and the operators it has."""

from __future__ import annotations

from functools import lru_cache

from translator.ir.labels import (
    SERVICE_ACCOUNT_NAME,
    And,
    Everything,
    Label,
    Operator,
    Requirement,
    Scope,
    Selector,
)
from translator.ir.peers import PODS, Anyone, Endpoints, Peer
from translator.legalize.cubes import Cube
from translator.legalize.names import CILIUM_NAMESPACE_KEY_LIMIT
from translator.legalize.target import TargetName
from translator.wire.cilium_labels import is_filtered

_PLAIN = frozenset({Operator.IN, Operator.NOT_IN, Operator.HAS, Operator.LACKS})
_COMMON = frozenset({Scope.POD, Scope.NAMESPACE})

_CILIUM_OWN = "io.cilium.k8s"
"""Keys that Cilium strips from pods and uses for namespaces, service accounts and clusters (cilium.md 2.2)."""
_CALICO_PREFIXES = ("pcns.", "pcsa.")
_CALICO_OWN = frozenset(
    {"projectcalico.org/namespace", "projectcalico.org/orchestrator", "projectcalico.org/serviceaccount"}
)
"""Keys that Calico discards from pods or overwrites (calico.md 2.3)."""


def is_calico_own(key: str) -> bool:
    """Whether a pod label with this key is not what Calico matches under it."""
    return key.startswith(_CALICO_PREFIXES) or key in _CALICO_OWN


def is_sayable(peer: Peer, target: TargetName) -> bool:
    """Whether the target says a peer as it stands: anyone, or pods by a plain conjunction of labels it sees."""
    match peer:
        case Anyone():
            return True
        case Endpoints(selector=selector, kinds=kinds):
            return kinds == PODS and _sees_all(selector, target)
        case _:
            return False


@lru_cache(maxsize=32768)
def _sees_all(selector: Selector, target: TargetName) -> bool:
    """Selectors repeat in every cluster."""
    return all(_sees(term, target) for term in conjuncts(selector))


def _sees(term: Selector, target: TargetName) -> bool:
    return (
        isinstance(term, Requirement)
        and term.operator in _PLAIN
        and term.label.scope in _COMMON
        and unseen(term.label, target) is None
    )


def unselectable(cube: Cube, target: TargetName) -> tuple[str, str] | None:
    """The loss code and message for the first label that the target cannot select by; None when it can."""
    for label, values in cube.labels:
        if values.demands and target is not TargetName.CALICO:
            return "substring-operator", f"the label {label.key} cannot be matched by a part of its value"
        if label == SERVICE_ACCOUNT_NAME and target is TargetName.CILIUM and any(map(_is_long, values.values)):
            return "service-account", "a service account with a name of more than 63 characters cannot be selected"
        problem = unseen(label, target)
        if problem is not None:
            return problem
    return None


def _is_long(value: str) -> bool:
    """Whether a name is no value of a label, which Cilium selects it by (cilium.md 2.1)."""
    return len(value) > 63


def unseen(label: Label, target: TargetName) -> tuple[str, str] | None:
    """The loss code and message for a label that the target does not see; None when it does."""
    match label.scope:
        case Scope.SERVICE_ACCOUNT if target not in (TargetName.CALICO, TargetName.CILIUM):
            return "service-account", "service accounts cannot be selected"
        case Scope.SERVICE_ACCOUNT if target is TargetName.CILIUM and label != SERVICE_ACCOUNT_NAME:
            return "service-account-labels", f"the service account label {label.key} cannot be selected"
        case Scope.CLUSTER if target is not TargetName.CILIUM:
            return "cluster-mesh", "pods of other clusters cannot be selected"
        case Scope.POD if target is TargetName.CALICO and is_calico_own(label.key):
            return "reserved-label", f"Calico gives the label key {label.key} a meaning of its own"
        case Scope.POD if target is TargetName.CILIUM and label.key.startswith(_CILIUM_OWN):
            return "reserved-label", f"Cilium gives the label key {label.key} a meaning of its own"
        case Scope.POD if target is TargetName.CILIUM and is_filtered(label.key):
            return "identity-label", f"Cilium does not see the pod label {label.key}"
        case Scope.NAMESPACE if (
            target is TargetName.CILIUM and len(label.key.rpartition("/")[2]) > CILIUM_NAMESPACE_KEY_LIMIT
        ):
            return "long-namespace-label", f"the namespace label {label.key} is too long for a Cilium policy"
        case _:
            return None


def conjuncts(selector: Selector) -> tuple[Selector, ...]:
    """The terms of a conjunction; of anything else, itself."""
    match selector:
        case And(terms):
            return terms
        case Everything():
            return ()
        case _:
            return (selector,)
