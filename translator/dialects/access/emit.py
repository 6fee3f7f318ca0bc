"""IR → one Access document that says what policies of the legal form say.

The legal form: policies that isolate in every direction they enforce, for pods of one namespace or of all, by a
conjunction over labels of pods; rules that only allow; peers that are anyone, pods by labels of pods and namespaces,
all nodes or those of the API server, the outside, address ranges outside, DNS names (egress); TCP, UDP and SCTP by
ports, or all traffic; HTTP by expressions and exact methods, DNS by names towards the cluster's DNS.

Policies for the same pods become one service. Reading what was written gives the same policies, where they were read
from a spec; else the same meaning.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from translator.dialects.access import API_VERSION, KIND
from translator.dialects.access.emit_ends import NotLegalError, Terms, Vocabulary, label_fields, terms_of
from translator.dialects.access.emit_services import Spoken, allowed, called, tls_fields
from translator.dialects.access.model import LABEL_KEY, Access
from translator.dialects.access.names import AppName, policy_name
from translator.ir.labels import NAMESPACE_NAME, Operator, Requirement, Scope
from translator.ir.peers import PODS, Endpoints
from translator.ir.policy import Direction, Policy, Rule

_PREFERRED: Final = (LABEL_KEY, "app", "k8s-app", "name")
_LONGEST: Final = 63
"""Of a label value, which the name of an application is."""
_SHORT: Final = 56


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A policy that reading a spec gives, and one of those that it stands for."""

    namespace: str | None
    name: str
    policy: Policy
    service: str
    """The key of the service that gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSpec:
    """An Access document, and which policies it stands for."""

    document: dict[str, Any]
    members: tuple[Member, ...]


def emit_specs(parts: Sequence[Sequence[Policy]]) -> tuple[WrittenSpec, ...]:
    """One spec for each part, to be read together. Raises InternalError for what is not in the legal form.

    Policies of several parts for the same pods become one service, in the first of these parts.
    """
    subjects = [[(policy, _subject(policy)) for policy in policies] for policies in parts]
    vocabulary = Vocabulary(label_key=_label_key(terms for part in subjects for _, terms in part))
    services: dict[Terms, Spoken] = {}
    members: dict[Terms, list[Policy]] = {}
    homes: list[list[Terms]] = []
    taken: set[AppName] = set()
    for part in subjects:
        homes.append([])
        for policy, terms in part:
            key = frozenset(terms)
            if key not in services:
                services[key] = _service(policy, terms, vocabulary, taken)
                taken.add(services[key].name)
                homes[-1].append(key)
            _add(services[key], policy)
            members.setdefault(key, []).append(policy)
    vocabulary.names = {key: each.name for key, each in services.items()}
    vocabulary.own = frozenset(each.name for each in services.values() if each.select)
    by_name = {each.name: each for each in services.values()}
    together = [{services[key].name for key in keys} for keys in homes]
    allows = {
        name: allowed(by_name[name], vocabulary, by_name, near=near)
        for near in together
        for name in sorted(near, key=str)
    }
    return tuple(
        WrittenSpec(
            document=_document([services[key] for key in keys], vocabulary, allows),
            members=tuple(
                Member(
                    namespace=services[key].name.namespace,
                    name=policy_name(services[key].name),
                    policy=policy,
                    service=str(services[key].name),
                )
                for key in keys
                for policy in members[key]
            ),
        )
        for keys in homes
        if keys
    )


def _subject(policy: Policy) -> tuple[Requirement, ...]:
    match policy.subject:
        case (Endpoints(selector=selector, kinds=kinds),) if kinds == PODS:
            terms = terms_of(selector)
        case _:
            raise NotLegalError(f"{policy.reference}: a subject that is not pods by their labels")
    if policy.directions != policy.isolates or policy.staged:
        raise NotLegalError(f"{policy.reference}: a direction that does not isolate")
    return terms


def _label_key(subjects: Iterable[Sequence[Requirement]]) -> str:
    """The label by which most subjects are chosen alone."""
    found: Counter[str] = Counter()
    for terms in subjects:
        match [term for term in terms if term.label.scope is Scope.POD]:
            case [Requirement(label=label, operator=Operator.IN, values=(value,))] if value:
                found[label.key] += 1
    if not found:
        return LABEL_KEY
    most = max(found.values())
    candidates = sorted(key for key, count in found.items() if count == most)
    return next((key for key in _PREFERRED if key in candidates), candidates[0])


def _service(policy: Policy, terms: tuple[Requirement, ...], vocabulary: Vocabulary, taken: set[AppName]) -> Spoken:
    """A service named by its application, else by its policy, with the labels of its pods."""
    pods = policy.subject[0]
    assert isinstance(pods, Endpoints), "checked before"
    name = vocabulary.app_of(terms)
    if name is not None and name not in taken:
        return Spoken(name=name, pods=pods)
    spaces = [term for term in terms if term.label.scope is Scope.NAMESPACE]
    namespace = None
    match spaces:
        case []:
            pass
        case [Requirement(label=label, operator=Operator.IN, values=(value,))] if label == NAMESPACE_NAME:
            namespace = value
        case _:
            raise NotLegalError(f"{policy.reference}: subjects in namespaces by labels")
    chosen = [term for term in terms if term.label.scope is Scope.POD]
    if len(chosen) + len(spaces) != len(terms):
        raise NotLegalError(f"{policy.reference}: subjects by other labels than those of pods")
    fit = policy.name if len(policy.name) <= _LONGEST else f"{policy.name[:_SHORT].rstrip('-.')}-{_digest(policy.name)}"
    own = AppName(namespace, fit)
    if own in taken:
        own = AppName(namespace, f"{policy.name[:_SHORT].rstrip('-.')}-{_digest(repr(sorted(map(repr, terms))))}")
    return Spoken(name=own, pods=pods, select=label_fields(chosen))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _add(service: Spoken, policy: Policy) -> None:
    """One more policy for the same pods."""
    service.denies |= policy.isolates
    service.ingress += policy.ingress
    service.egress += policy.egress
    service.description = service.description or policy.description


def _document(services: list[Spoken], vocabulary: Vocabulary, allows: Mapping[AppName, list[Any]]) -> dict[str, Any]:
    calls = {each.name: called(each, vocabulary) for each in services}
    denies = _most_common([_directions(each.denies) for each in services])
    switches = {
        key: _most_common([found[key] for found, _ in calls.values() if key in found])
        for key in ("dns", "metadata-service")
    }
    defaults = {"deny": list(denies or ()), **{key: value for key, value in switches.items() if value is not None}}
    document = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "labelKey": vocabulary.label_key,
        "defaults": defaults,
        "services": {str(each.name): _body(each, defaults, allows[each.name], *calls[each.name]) for each in services},
    }
    Access.model_validate(document)
    return document


def _most_common(values: list[Any]) -> Any:
    """The value that most have, the earlier one of equals; None where there is none."""
    return Counter(values).most_common(1)[0][0] if values else None


def _directions(denies: frozenset[Direction]) -> tuple[str, ...]:
    return tuple(each.value for each in Direction if each in denies)


def _body(
    service: Spoken, defaults: dict[str, Any], allows: list[Any], switches: dict[str, Any], calls: list[Any]
) -> dict[str, Any]:
    body: dict[str, Any] = {"description": service.description} if service.description else {}
    if service.select:
        body["select"] = service.select
    denies = list(_directions(service.denies))
    if denies != defaults["deny"]:
        body["deny"] = denies
    if Direction.EGRESS in service.denies:
        if switches["dns"] != defaults.get("dns", switches["dns"]):
            body["dns"] = switches["dns"]
        if "metadata-service" in defaults and "metadata-service" not in switches:
            body |= {"metadata-service": "allow"} if _is_broad(service.egress) else {}
    tls = tls_fields((*service.ingress, *service.egress))
    if tls:
        body["tls"] = tls
    if allows:
        body["allow"] = allows
    if calls:
        body["call"] = calls
    return body


def _is_broad(rules: Iterable[Rule]) -> bool:
    """Whether denying the metadata service would take something away."""
    return any(not isinstance(peer, Endpoints) or peer.kinds != PODS for rule in rules for peer in rule.peers)
