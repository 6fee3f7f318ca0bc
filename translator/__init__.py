"""Translate network policies between Kubernetes, Calico and Cilium, and prove what each translation changed.

>>> import translator
>>> policies = translator.parse_text('''
... apiVersion: networking.k8s.io/v1
... kind: NetworkPolicy
... metadata: {name: web, namespace: shop}
... spec:
...   podSelector: {matchLabels: {app: web}}
...   ingress:
...   - from: [{podSelector: {matchLabels: {app: proxy}}}]
...     ports: [{port: 8080}]
... ''')
>>> asked = {"from": "shop/{app=proxy}", "to": "shop/{app=web}", "port": 8080}
>>> translator.verdict(policies, asked).ingress
'allow'
>>> translator.verdict(policies, asked | {"port": 22}).ingress
'deny'
>>> translator.compare(policies, policies).result.value
'equal'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

    from translator.context import Context
    from translator.errors import Finding, InputError, InternalError, NetpolxError, UsageError
    from translator.ir.policy import Engine, PolicySet
    from translator.legalize.target import Target
    from translator.loss.effect import Effect
    from translator.loss.loss import Loss
    from translator.pipeline.api import Verdict
    from translator.pipeline.translate import Translation, TranslationRefused
    from translator.semantics.compare.outcome import Comparison, Result
    from translator.semantics.flow import Flow

    Path = str | PathLike[str]

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "translator.semantics.compare.outcome",
    "Context": "translator.context",
    "Effect": "translator.loss.effect",
    "Engine": "translator.ir.policy",
    "Finding": "translator.errors",
    "Flow": "translator.semantics.flow",
    "InputError": "translator.errors",
    "InternalError": "translator.errors",
    "Loss": "translator.loss.loss",
    "NetpolxError": "translator.errors",
    "PolicySet": "translator.ir.policy",
    "Result": "translator.semantics.compare.outcome",
    "Target": "translator.legalize.target",
    "Translation": "translator.pipeline.translate",
    "TranslationRefused": "translator.pipeline.translate",
    "UsageError": "translator.errors",
    "Verdict": "translator.pipeline.api",
}

__all__ = [
    "Comparison",
    "Context",
    "Effect",
    "Engine",
    "Finding",
    "Flow",
    "InputError",
    "InternalError",
    "Loss",
    "NetpolxError",
    "PolicySet",
    "Result",
    "Target",
    "Translation",
    "TranslationRefused",
    "UsageError",
    "Verdict",
    "__version__",
    "compare",
    "parse",
    "parse_text",
    "translate",
    "verdict",
]


def __getattr__(name: str) -> Any:
    """Types are loaded when they are asked for, so that the command line starts fast."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def parse(
    paths: Path | Iterable[Path],
    engine: Engine | str | None = None,
    context: Context | Path | Iterable[Path] | None = None,
    *,
    namespace: str = "default",
    own_gate_only: bool = False,
) -> PolicySet:
    """The policies of files and directories, as their engine combines them.

    ``engine``: kubernetes, calico or cilium; None is the one whose own kinds occur. ``context``: what is known about
    the cluster, as a value or as files. ``own_gate_only``: refuse only what the engine itself refuses, not what the
    API server would. Raises InputError with all findings, UsageError where the engine is not plain.
    """
    from translator.pipeline import api

    return api.parse(paths, engine, context, namespace=namespace, own_gate_only=own_gate_only)


def parse_text(
    text: str | bytes,
    engine: Engine | str | None = None,
    context: Context | Path | Iterable[Path] | None = None,
    *,
    namespace: str = "default",
    own_gate_only: bool = False,
) -> PolicySet:
    """The policies of one YAML or JSON text; otherwise as ``parse``."""
    from translator.pipeline import api

    return api.parse_text(text, engine, context, namespace=namespace, own_gate_only=own_gate_only)


def translate(
    policies: PolicySet,
    target: Target | str,
    context: Context | Path | Iterable[Path] | None = None,
    *,
    allow_widening: bool = False,
    partial: bool = False,
    self_check: bool = True,
) -> Translation:
    """The policies for a target: ``documents``, ``text`` (YAML), ``losses`` and ``proof``.

    Raises TranslationRefused, with the translation attached, when it widens (unless ``allow_widening``), when policies
    cannot be translated, or when the self-check is undecided; ``partial`` returns it all the same.
    """
    from translator.pipeline import api

    return api.translate(
        policies, target, context, allow_widening=allow_widening, partial=partial, self_check=self_check
    )


def verdict(
    policies: PolicySet,
    flow: Flow | Mapping[str, Any],
    context: Context | Path | Iterable[Path] | None = None,
) -> Verdict:
    """What both ends do with a flow, and which rules decide.

    The flow is a value, or an object as in a line of ``netpolx query --flows``. For many flows, a
    ``translator.semantics.verdict.core.Evaluator`` remembers which policies select which pod.
    """
    from translator.pipeline import api

    return api.verdict(policies, flow, context)


def compare(
    a: PolicySet,
    b: PolicySet,
    context: Context | Path | Iterable[Path] | None = None,
    *,
    closed_world: bool = False,
) -> Comparison:
    """Whether two sets permit the same over all flows; if not, where, with confirmed flows.

    ``closed_world``: only the pods of the context exist.
    """
    from translator.pipeline import api

    return api.compare(a, b, context, closed_world=closed_world)
