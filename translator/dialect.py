"""What a dialect is: a record of the kinds it reads and the functions that map them to and from the IR."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from translator.context import NO_CONTEXT, Context
from translator.documents.document import Document
from translator.errors import Finding, Gate
from translator.ir.policy import AddressGroup, Engine, HostEndpoint, Policy, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseOptions:
    """How documents are to be read."""

    engine: Engine
    """The engine that enforces them; the same kind may be read differently by two engines."""
    context: Context = NO_CONTEXT
    gates: frozenset[Gate] = frozenset({Gate.APISERVER, Gate.CALICO, Gate.CILIUM})
    """The gates whose refusal is an error; what only another gate refuses is a warning."""
    default_namespace: str = "default"
    """Where a namespaced object without a namespace lives (kubectl would ask its own configuration)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What one dialect read. ``findings`` of severity error belong to documents that are not in the rest."""

    policies: tuple[Policy, ...] = ()
    tiers: tuple[Tier, ...] = ()
    """Tier objects (without policies); policies refer to them by name."""
    groups: tuple[AddressGroup, ...] = ()
    hosts: tuple[HostEndpoint, ...] = ()
    findings: tuple[Finding, ...] = ()


Parse = Callable[[Sequence[Document], ParseOptions], Parsed]


def deferred(load: Callable[[], Parse]) -> Parse:
    """A parser that is loaded with the first document: few inputs need every dialect, and models take long to load."""

    def parse(documents: Sequence[Document], options: ParseOptions) -> Parsed:
        return load()(documents, options) if documents else Parsed()

    return parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A policy language."""

    name: str
    kinds: frozenset[tuple[str, str]]
    """(apiVersion, kind) of every object it reads."""
    parse: Parse
    extras: dict[str, Any] = field(default_factory=dict)
