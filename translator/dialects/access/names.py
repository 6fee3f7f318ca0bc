"""Names: keys of services, names of groups, and the names of the policies that services become."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from translator.dialects.access.model import KEYWORDS
from translator.dialects.access.texts import TextError
from translator.wire.kubernetes_types import is_dns_label, is_label_value

EVERY: Final = "*"
ALL_PODS: Final = "all-pods"
"""The name of the policy for every pod of a namespace."""
_GROUP: Final = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?\Z")
_UNFIT: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class AppName:
    """``namespace/app``; None stands for the star: every namespace, or every pod."""

    namespace: str | None
    app: str | None

    def __str__(self) -> str:
        return f"{self.namespace or EVERY}/{self.app or EVERY}"


def app_name(text: str) -> AppName:
    """name := (namespace | "*") "/" (app | "*"). Raises TextError."""
    namespace, slash, app = text.partition("/")
    if not slash:
        raise TextError(f"expected namespace/app, found `{text}`", f"write `default/{text}`, or another namespace")
    if namespace != EVERY and not is_dns_label(namespace):
        lower = namespace.lower().replace("_", "-")
        hint = f"did you mean `{lower}/{app}`?" if is_dns_label(lower) else None
        raise TextError(f"expected a namespace before the slash, found `{namespace}`", hint)
    if app != EVERY and (not app or not is_label_value(app)):
        raise TextError(
            f"expected an application behind the slash (a label value), found `{app}`",
            f"write `{namespace}/*` for every pod of the namespace" if not app else None,
        )
    return AppName(None if namespace == EVERY else namespace, None if app == EVERY else app)


def check_group_name(name: str) -> None:
    """group := lower-case letters, digits and hyphens, but no keyword. Raises TextError."""
    if name in KEYWORDS:
        raise TextError(f"`{name}` is a keyword and cannot name a group")
    if not _GROUP.match(name):
        lower = _UNFIT.sub("-", name.lower()).strip("-")
        hint = f"did you mean `{lower}`?" if _GROUP.match(lower) else None
        raise TextError(f"expected lower-case letters, digits and hyphens as the name of a group, found `{name}`", hint)


def policy_name(name: AppName) -> str:
    """The name of a service's policy: the application's, with a digest where that is no name of an object."""
    if name.app is None:
        return ALL_PODS
    fit = _UNFIT.sub("-", name.app.lower()).strip("-")
    if fit == name.app and fit != ALL_PODS:
        return fit
    return f"{fit}-{hashlib.sha256(name.app.encode()).hexdigest()[:6]}"
