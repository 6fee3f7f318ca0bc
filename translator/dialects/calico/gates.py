"""Admission: which gates a document passes, and the model it is read into (calico.md 1.1, appendix C)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from translator.dialects.calico.decoding import decode
from translator.dialects.calico.model import (
    CRD_V1,
    MODELS,
    V3,
    CalicoObject,
    GlobalNetworkPolicy,
    NetworkPolicy,
    StagedGlobalNetworkPolicy,
    StagedKubernetesNetworkPolicy,
    StagedNetworkPolicy,
)
from translator.dialects.calico.object_checks import check_metadata, check_object
from translator.dialects.calico.policy_checks import check_policy, check_staged_kubernetes
from translator.dialects.calico.refusals import BOTH, SERVER, VALIDATOR, Refusals
from translator.documents.document import Document
from translator.errors import Finding, Gate
from translator.wire.base import validate
from translator.wire.leftover import checked_leftover


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A document as the gates leave it."""

    model: CalicoObject | None
    """None: it does not decode, so nobody can act on it."""
    findings: tuple[Finding, ...] = ()
    """Every refusal, all of severity error; the caller decides whose refusal counts."""

    @property
    def refusing(self) -> frozenset[Gate]:
        """The gates that refuse."""
        return frozenset(finding.gate for finding in self.findings)


def admit(document: Document) -> Admitted:
    """Ask both gates.

    What one of them reads and the other does not is still read: the model is the API server's where it decodes, else
    that of Calico's more lenient decoding.
    """
    refusals = Refusals(document)
    model_type = MODELS.get(document.kind)
    if model_type is None or document.api_version not in (V3, CRD_V1):
        return _unknown(document, refusals)
    data = document.data
    model, server = validate(model_type, data, document.origin(), Gate.APISERVER)
    if server:
        # JSON has one kind of number: 80.0 is an integer to both gates.
        integral = _with_integers(data)
        if repr(integral) != repr(data):
            model, server = validate(model_type, integral, document.origin(), Gate.APISERVER)
    if model is not None:
        _check(refusals, model)
        return Admitted(model=model, findings=tuple(refusals.findings))
    decoded, calico = decode(model_type, data, document.origin())
    if calico:
        # Nobody acts on it, but what else is wrong is told at once.
        return Admitted(model=None, findings=(*server, *calico, *_besides(document, model_type, data)))
    model, leftover = validate(model_type, decoded, document.origin(), Gate.CALICO)
    if model is None:
        return Admitted(model=None, findings=(*server, *leftover, *_besides(document, model_type, data)))
    _check(refusals, model)
    return Admitted(model=model, findings=(*server, *refusals.of(Gate.CALICO)))


def _besides(document: Document, model_type: type[CalicoObject], data: Mapping[str, Any]) -> list[Finding]:
    """What is wrong beside what does not decode."""

    def check(rest: CalicoObject) -> Iterator[Finding]:
        refusals = Refusals(document)
        _check(refusals, rest)
        yield from refusals.findings

    return checked_leftover(model_type, data, check)


def _unknown(document: Document, refusals: Refusals) -> Admitted:
    refusals.add(
        BOTH,
        ("kind",),
        f"no resource {document.kind or '(no kind)'} in {document.api_version or '(no apiVersion)'}",
        code="no-such-resource",
    )
    return Admitted(model=None, findings=tuple(refusals.findings))


def _check(refusals: Refusals, model: CalicoObject) -> None:
    check_metadata(refusals, model.kind, model.metadata)
    if model.api_version == CRD_V1 and not (model.metadata is not None and model.metadata.uid):
        refusals.add(
            VALIDATOR,
            ("apiVersion",),
            f"calicoctl does not know {CRD_V1}: such objects reach the agent without Calico's own checks",
            code="no-such-resource",
        )
    if model.api_version == V3 and getattr(model, "spec", None) is None:
        refusals.add(SERVER, ("spec",), "required field `spec` is missing", code="missing-field")
    match model:
        case NetworkPolicy() | GlobalNetworkPolicy() | StagedNetworkPolicy() | StagedGlobalNetworkPolicy():
            check_policy(refusals, model)
        case StagedKubernetesNetworkPolicy():
            check_staged_kubernetes(refusals, model)
        case _:
            check_object(refusals, model)


def _with_integers(data: Any) -> Any:
    """The same data with numbers like 80.0 as integers."""
    if isinstance(data, Mapping):
        return {key: _with_integers(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_with_integers(value) for value in data]
    if isinstance(data, float) and data.is_integer() and abs(data) < 2**53:
        return int(data)
    return data
