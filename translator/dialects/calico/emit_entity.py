"""One side of a Calico rule, ``source`` or ``destination``, on its way from peers to a document (calico.md 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from translator.dialects.calico.emit_selectors import joined
from translator.dialects.calico.views import ORCHESTRATOR

ALL: Final = "all()"
ONLY_PODS: Final = f"{ORCHESTRATOR} == 'k8s'"
"""What keeps network sets of the same namespace out (calico.md 2.5, 11)."""
ONLY_SETS: Final = f"!has({ORCHESTRATOR})"
"""What keeps pods out; host endpoints lack it too, but these are in no namespace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """The fields of one side but its ports; all of them must hold."""

    namespace_selector: str | None = None
    selector: tuple[str, ...] = ()
    """Texts that must all hold."""
    not_selector: str | None = None
    account_names: tuple[str, ...] = ()
    account_selector: str | None = None
    nets: tuple[str, ...] = ()
    not_nets: tuple[str, ...] = ()
    service: tuple[str, str] | None = None
    """Namespace (empty for none at all) and name."""
    family: int | None = None
    """The address family that packets must have."""

    @property
    def implies_family(self) -> bool:
        """Whether its CIDRs keep the rule to their family already (calico.md 4.1)."""
        return self.family is not None and bool(self.nets or self.not_nets)

    def fields(self) -> dict[str, Any]:
        """The document's fields, in the order in which people write them."""
        fields: dict[str, Any] = {}
        if self.namespace_selector is not None:
            fields["namespaceSelector"] = self.namespace_selector
        if self.selector:
            fields["selector"] = joined(self.selector)
        if self.not_selector is not None:
            fields["notSelector"] = self.not_selector
        if self.account_names or self.account_selector is not None:
            accounts: dict[str, Any] = {}
            if self.account_names:
                accounts["names"] = list(self.account_names)
            if self.account_selector is not None:
                accounts["selector"] = self.account_selector
            fields["serviceAccounts"] = accounts
        if self.nets:
            fields["nets"] = list(self.nets)
        if self.not_nets:
            fields["notNets"] = list(self.not_nets)
        if self.service is not None:
            namespace, name = self.service
            fields["services"] = {"name": name, "namespace": namespace} if namespace else {"name": name}
        return fields


ANYBODY: Final = Entity()
"""No field at all: any address, known or not."""
