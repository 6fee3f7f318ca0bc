"""``netpolx/v1alpha1`` Access → IR: one allow-only policy per service, which acts as the Kubernetes API text says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from translator.dialect import Parsed, ParseOptions
from translator.dialects.access.connections import EntryReader, split_port, tls_ports
from translator.dialects.access.lint import doubts
from translator.dialects.access.model import Access, Service
from translator.dialects.access.names import AppName, app_name
from translator.dialects.access.peers import RESOLVER, RESOLVER_PORTS, Directory, label_tests
from translator.dialects.access.ports import traffic_of
from translator.dialects.access.reporting import Reporter
from translator.dialects.access.services import Declared
from translator.documents.document import Document
from translator.errors import Finding, Gate, Severity
from translator.ir.labels import Requirement, Scope
from translator.ir.peers import Peer
from translator.ir.policy import Policy
from translator.ir.traffic import Traffic
from translator.origin import Origin
from translator.wire.base import shown, validate
from translator.wire.kubernetes_types import is_qualified_name
from translator.wire.leftover import Leftover, leftover

__all__ = ["parse", "split_port"]

_STAND_INS: Final = {"defaults": {"deny": ["ingress", "egress"]}, "services": {}}
"""For a spec that lacks them, so that the rest of it can be read."""

Resolver = tuple[tuple[Peer, ...], tuple[Traffic, ...]]


class Spec:
    """One document on its way through the stages, with what is wrong with it."""

    def __init__(self, model: Access, origin: Origin, *, refused: Sequence[Finding] = ()) -> None:
        """``refused``: the spec does not fit the model, and this is what can be read of it."""
        self.model = model
        self.refused = tuple(refused)
        self.origin = origin
        self.report = Reporter()
        self.keys = dict(self._keys())
        self.services: dict[AppName, Declared] = {}

    def _keys(self) -> Iterator[tuple[AppName, str]]:
        at = self.origin.at("services")
        for key in self.model.services:
            name = self.report.read(at.at(key), app_name, key)
            if name is not None:
                yield name, key

    def service(self, key: str) -> Service:
        """What stands behind a key; nothing at all is a service without connections."""
        return self.model.services[key] or Service()

    def place(self, name: AppName) -> Origin:
        """Where a service stands."""
        return self.origin.at("services", self.keys[name])

    def selects(self) -> Iterator[tuple[AppName, tuple[Requirement, ...]]]:
        """Services whose pods have labels of their own."""
        for name, key in self.keys.items():
            select = self.service(key).select
            if select is None:
                continue
            at = self.place(name).at("select")
            if name.app is None:
                self.report.error(at, f"{name} is every pod: `select` is for applications", "give them a name")
            elif not select:
                self.report.error(
                    at, "an empty selection says nothing", f"write `{name.namespace or '*'}/*` for every pod"
                )
            yield name, tuple(label_tests(select, Scope.POD, at, self.report))

    def declare(self, selects: dict[AppName, tuple[Requirement, ...]]) -> None:
        """Read every service."""
        key = self.model.label_key
        if not is_qualified_name(key):
            self.report.error(self.origin.at("labelKey"), f"expected a label key such as app, found {shown(key)}")
        directory = Directory(
            label_key=key,
            selects=selects,
            groups=self.model.groups or {},
            origin=self.origin.at("groups"),
            report=self.report,
        )
        directory.resolver = self._resolver(directory)
        directory.check_groups()
        for name in self.keys:
            self.services[name] = self._declared(name, directory)

    def _resolver(self, directory: Directory) -> Resolver:
        written = self.model.resolver
        if written is None:
            return RESOLVER, RESOLVER_PORTS
        at = self.origin.at("resolver")
        peers = tuple(peer for end in directory.ends(written.to, at.at("to")) for peer in end.peers)
        if written.port is None:
            return peers, RESOLVER_PORTS
        values = [written.port] if isinstance(written.port, int | str) else written.port
        found = [self.report.read(at.at("port"), traffic_of, value) for value in values]
        return peers, tuple(each for each in found if each is not None)

    def _declared(self, name: AppName, directory: Directory) -> Declared:
        model, at = self.service(self.keys[name]), self.place(name)
        tls = tls_ports(model.tls or (), at.at("tls"), self.report)
        reader = EntryReader(directory=directory, namespace=name.namespace, report=self.report, tls=tls)
        allows = [reader.allow(item, at.at("allow", index)) for index, item in enumerate(model.allow or ())]
        calls = [reader.call(item, at.at("call", index)) for index, item in enumerate(model.call or ())]
        return Declared(
            name=name,
            pods=directory.pods(name),
            model=model,
            defaults=self.model.defaults,
            origin=at,
            defaults_origin=self.origin.at("defaults"),
            report=self.report,
            resolver=directory.resolver,
            tls=frozenset(tls),
            allows=tuple(entry for entry in allows if entry is not None),
            calls=tuple(entry for entry in calls if entry is not None),
        )


def parse(documents: Sequence[Document], options: ParseOptions) -> Parsed:
    """Read specs, all of them as one; a spec with errors is left out as a whole."""
    del options  # the spec means the same whoever enforces it
    findings: list[Finding] = []
    specs: list[Spec] = []
    leftovers: dict[int, Leftover[Access]] = {}
    for document in documents:
        origin = document.origin()
        model, refused = validate(Access, document.data, origin, Gate.NETPOLX)
        findings += refused
        rest = leftover(Access, document.data, **_STAND_INS) if model is None else None
        if rest is not None:
            model = rest.model
            leftovers[len(specs)] = rest
        if model is not None:
            specs.append(Spec(model, origin, refused=refused))
    _check_unique(specs)
    selects = {name: tests for spec in specs for name, tests in spec.selects()}
    for spec in specs:
        spec.declare(selects)
    declared = {name: each for spec in specs for name, each in spec.services.items()}
    _grant(declared)
    policies = [(spec, policy) for spec in specs for policy in _policies(spec, declared)]
    for number, spec in enumerate(specs):
        rest = leftovers.get(number)
        if rest is None:
            findings += spec.report.findings
        else:
            errors = [each for each in spec.report.findings if each.severity is Severity.ERROR]
            findings += rest.told(errors)
    return Parsed(
        policies=tuple(policy for spec, policy in policies if not (spec.refused or spec.report.has_errors)),
        findings=tuple(findings),
    )


def _check_unique(specs: Iterable[Spec]) -> None:
    """Two places that speak of the same pods could contradict each other."""
    known: dict[AppName, Origin] = {}
    for spec in specs:
        for name in spec.keys:
            if name in known:
                spec.report.error(
                    spec.place(name), f"{name} is declared twice, first at {known[name]}", code="declared-twice"
                )
            known.setdefault(name, spec.place(name))


def _grant(declared: dict[AppName, Declared]) -> None:
    """Both ends of a connection from one statement: who is let in by its name may send."""
    for server in declared.values():
        for entry in server.allows:
            if entry.grants_clients:
                for name in dict.fromkeys(end.service for end in entry.ends if end.service is not None):
                    if name in declared:
                        declared[name].grant(server, entry)


def _policies(spec: Spec, declared: dict[AppName, Declared]) -> Iterator[Policy]:
    for each in spec.services.values():
        policy = each.policy()
        doubts(each, declared)
        if policy is not None:
            yield policy
