"""Hints for fields that people take from other APIs, from articles and from older versions of Cilium."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from translator.errors import Finding
from translator.origin import FieldPath

_PEERS: Final = (
    "peers are `fromEndpoints`, `fromEntities`, `fromCIDR`, … in ingress and `toEndpoints`, `toEntities`, … in egress"
)
_HEADERS: Final = (
    "did you mean `headers` or `headerMatches`? They belong into the items of `rules.http`: there is no list of allowed"
    " headers, each HTTP rule names headers that a request must have"
)
_IN_PORTS: Final = "move `port` and `protocol` into `ports: [...]`, beside `rules`"

_IN_POLICY: Final = {
    "podSelector": "did you mean `endpointSelector`?",
    "selector": "did you mean `endpointSelector`?",
    "policyTypes": "Cilium isolates the directions that have items; see `enableDefaultDeny`",
    "types": "Cilium isolates the directions that have items; see `enableDefaultDeny`",
    "order": "Cilium policies have no order: deny items come before all allow items",
    "tier": "Cilium policies have no tiers: deny items come before all allow items",
}
_IN_ITEM: Final = {
    "from": _PEERS,
    "to": _PEERS,
    "source": _PEERS,
    "destination": _PEERS,
    "ports": "did you mean `toPorts: [{ports: [...]}]`?",
    "action": "the list decides: `ingress` and `egress` allow, `ingressDeny` and `egressDeny` deny",
    "rules": "`rules` belongs into an entry of `toPorts`",
    "fromFQDNs": "names are for egress only: `toFQDNs`",
}
_IN_DENY_ITEM: Final = {
    "toFQDNs": "deny items take no names: the agent would drop the field and deny everyone",
    "authentication": "deny items take no authentication",
}
_IN_PORT_RULE: Final = {
    "port": _IN_PORTS,
    "protocol": _IN_PORTS,
    "endPort": _IN_PORTS,
    "allowedHeaders": _HEADERS,
    "headers": _HEADERS,
    "headerMatches": _HEADERS,
    "http": "`http` belongs into `rules`",
    "dns": "`dns` belongs into `rules`",
}
_IN_DENY_PORT_RULE: Final = {
    "rules": "deny items take no layer 7 rules: the agent would drop them and deny the whole port",
    "listener": "deny items take no listener",
    "serverNames": "deny items take no server names",
}
_DENY: Final = frozenset({"ingressDeny", "egressDeny"})


def explained(finding: Finding) -> Finding:
    """The same finding, with a better hint where an unknown field is a known mistake."""
    if finding.code != "unknown-field" or finding.origin is None:
        return finding
    hint = _hint(finding.origin.path)
    return replace(finding, hint=hint) if hint else finding


def _hint(path: FieldPath) -> str | None:
    """The hint by where the field stands: in a rule set, an item, or an entry of ``toPorts``."""
    name = str(path[-1])
    inside = path[2:] if path[:1] == ("specs",) else path[1:]
    is_deny = bool(inside) and inside[0] in _DENY
    match inside:
        case (_,):
            return _IN_POLICY.get(name)
        case (_, int(), _):
            return (_IN_DENY_ITEM.get(name) if is_deny else None) or _IN_ITEM.get(name)
        case (_, int(), "toPorts", int(), _):
            return (_IN_DENY_PORT_RULE.get(name) if is_deny else None) or _IN_PORT_RULE.get(name)
        case (*_, "http", int(), _) if "header" in name.lower():
            return 'did you mean `headers` ("Name: value") or `headerMatches`?'
        case _:
            return None
