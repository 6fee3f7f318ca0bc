"""An OpenAPI description → an Access document that lets its operations through, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from translator.dialects.access import API_VERSION, KIND
from translator.dialects.access.model import KEYWORDS, LABEL_KEY, Access
from translator.dialects.access.names import AppName, app_name, check_group_name
from translator.dialects.access.openapi import Imported, read_openapi
from translator.dialects.access.texts import TextError
from translator.errors import UsageError

USUAL_PORT: Final = 8080


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedSpec:
    """A spec made from a description, and what people have to look at."""

    document: dict[str, Any]
    review: tuple[str, ...]


def spec_of_description(
    file: str,
    *,
    service: str,
    clients: Sequence[str],
    port: int | None = None,
    base: str | None = None,
    label_key: str = LABEL_KEY,
) -> DescribedSpec:
    """The spec of one service. Raises UsageError.

    A client without a namespace is a group of its name, for the application in the service's namespace.
    """
    try:
        name = app_name(service)
        if name.namespace is None or name.app is None:
            raise TextError(f"expected namespace/app, found `{service}`")
        groups = dict(_groups(clients, name))
        found = read_openapi(Path(file), base)
    except TextError as error:
        raise UsageError(f"{error}{f'; {error.hint}' if error.hint else ''}") from None
    chosen, remarks = _port(port, found)
    entry = {
        "from": clients[0] if len(clients) == 1 else list(clients),
        "port": chosen,
        "http": list(found.requests),
    }
    document: dict[str, Any] = {"apiVersion": API_VERSION, "kind": KIND, "labelKey": label_key}
    document["defaults"] = {"deny": ["ingress"]}
    if groups:
        document["groups"] = groups
    document["services"] = {service: {"allow": [entry]}}
    Access.model_validate(document)
    return DescribedSpec(document=document, review=(*remarks, *(f"{file}{remark}" for remark in found.review)))


def _groups(clients: Sequence[str], service: AppName) -> Iterator[tuple[str, str]]:
    for client in clients:
        if "/" not in client and client not in KEYWORDS:
            check_group_name(client)
            yield client, f"{service.namespace}/{client}"


def _port(port: int | None, found: Imported) -> tuple[int, tuple[str, ...]]:
    """The port that was given, else the one that the servers name, else a guess that has to be looked at."""
    if port is not None:
        return port, ()
    if len(set(found.ports)) == 1:
        return found.ports[0], ()
    what = "its servers name several ports" if found.ports else "its servers name no port"
    chosen = found.ports[0] if found.ports else USUAL_PORT
    return chosen, (f"{what}: {chosen} is taken (`--port` says otherwise)",)
