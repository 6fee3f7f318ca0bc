"""Flags that choose how an engine reads policies, named as the engine names them (design 10, cilium.md 12)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer

_TRUE: Final = "true"
_FALSE: Final = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFlag:
    """One option of an engine: its flag, and the field of the context that it sets."""

    section: str
    """``calico``, ``cilium`` or ``kubernetes``."""
    field: str
    """The key in that section of the context."""
    values: tuple[str, ...] = ()
    """What it may be; empty: any text."""
    many: bool = False
    """A list: may be repeated or hold commas."""
    name: str = ""
    """The flag without dashes where it is not the field."""

    @property
    def flag(self) -> str:
        """The flag without dashes."""
        return self.name or self.field

    @property
    def is_switch(self) -> bool:
        """Whether it is true or false."""
        return self.values[:2] == (_TRUE, _FALSE)

    @property
    def parameter(self) -> str:
        """The name of the Python parameter."""
        return self.flag.replace("-", "_")


_SWITCH: Final = (_TRUE, _FALSE)
ENGINE_FLAGS: Final = (
    EngineFlag(section="calico", field="version", name="calico-version"),
    EngineFlag(section="calico", field="dataplane", values=("iptables", "nftables", "ebpf")),
    EngineFlag(section="calico", field="admission", values=("calico", "none")),
    EngineFlag(section="calico", field="dikastes", values=_SWITCH),
    EngineFlag(section="cilium", field="version", name="cilium-version"),
    EngineFlag(section="cilium", field="enable-policy", values=("default", "always", "never")),
    EngineFlag(section="cilium", field="allow-localhost", values=("always", "policy", "auto")),
    EngineFlag(section="cilium", field="policy-default-local-cluster", values=_SWITCH),
    EngineFlag(section="cilium", field="policy-cidr-match-mode", values=("nodes", "pods"), many=True),
    EngineFlag(section="cilium", field="enable-non-default-deny-policies", values=_SWITCH),
    EngineFlag(section="cilium", field="enable-host-firewall", values=_SWITCH),
    EngineFlag(section="cilium", field="enable-node-selector-labels", values=_SWITCH),
    EngineFlag(section="cilium", field="enable-l7-proxy", values=_SWITCH),
    EngineFlag(section="cilium", field="enable-icmp-rules", values=_SWITCH),
    EngineFlag(section="cilium", field="enable-sctp", values=_SWITCH),
    EngineFlag(section="cilium", field="enable-extended-ip-protocols", values=_SWITCH),
    EngineFlag(section="cilium", field="enable-k8s-networkpolicy", values=_SWITCH),
    EngineFlag(section="cilium", field="enable-k8s-cluster-network-policy", values=_SWITCH),
    EngineFlag(section="cilium", field="enable-cilium-network-policy", values=_SWITCH),
    EngineFlag(section="cilium", field="enable-cilium-clusterwide-network-policy", values=_SWITCH),
    EngineFlag(section="cilium", field="ip-families", values=("IPv4", "IPv6"), many=True),
    EngineFlag(section="cilium", field="policy-types-gating", values=_SWITCH),
    EngineFlag(section="cilium", field="baseline-overrides-isolation", values=_SWITCH),
    EngineFlag(section="kubernetes", field="version", name="kubernetes-version"),
    EngineFlag(section="kubernetes", field="ipblock-matches-pods", values=(*_SWITCH, "null")),
)
_SWITCHES: Final = {f"--{flag.flag}" for flag in ENGINE_FLAGS if flag.is_switch}


def normalize_flags(arguments: Sequence[str]) -> list[str]:
    """Give every switch a value, as the engines' own flag parsers do: ``--x`` is ``--x=true``.

    ``--no-x``, and ``--disable-x`` for ``--enable-x``, are ``=false``; ``--x false`` is joined.
    """
    found: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            return [*found, argument, *rest]
        positive = argument.replace("--no-", "--", 1).replace("--disable-", "--enable-", 1)
        if argument in _SWITCHES:
            has_value = bool(rest) and rest[0] in (_TRUE, _FALSE, "null")
            found.append(f"{argument}={rest.pop(0) if has_value else _TRUE}")
        elif argument.startswith(("--no-", "--disable-")) and positive in _SWITCHES:
            found.append(f"{positive}={_FALSE}")
        else:
            found.append(argument)
    return found


def with_engine_flags(command: Callable[..., int]) -> Callable[..., int]:
    """Let a command take every engine flag; it receives them in its ``**flags``, by parameter name."""
    signature = inspect.signature(command, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    parameters = [*own, *(_parameter(flag) for flag in ENGINE_FLAGS)]

    def run(**given: Any) -> int:
        return command(**given)

    run.__doc__ = command.__doc__
    run.__name__ = command.__name__
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _parameter(flag: EngineFlag) -> inspect.Parameter:
    kind = list[str] | None if flag.many else str | None
    metavar = "|".join(flag.values) if flag.values else "VERSION"
    panel = f"Options of {flag.section.capitalize()}"
    option = typer.Option(
        f"--{flag.flag}",
        metavar=metavar,
        help=f"`{flag.section}: {{{flag.field}: …}}` of the context.",
        rich_help_panel=panel,
    )
    return inspect.Parameter(
        flag.parameter, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )


def flags_as_context(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The flags as the mapping that a Context document would hold; raises UsageError for an unknown value."""
    from translator.errors import UsageError, suggestion

    found: dict[str, dict[str, Any]] = {}
    for flag in ENGINE_FLAGS:
        given = flags.get(flag.parameter)
        if given is None or given == []:
            continue
        values = [part.strip() for item in given for part in item.split(",") if part.strip()] if flag.many else [given]
        for value in values:
            if flag.values and value not in flag.values:
                hint = suggestion(value, flag.values)
                expected = f"expected {', '.join(flag.values)}"
                raise UsageError(f"--{flag.flag}: {expected}, found `{value}`{f'; {hint}' if hint else ''}")
        found.setdefault(flag.section, {})[flag.field] = values if flag.many else _value(flag, values[0])
    return found


def _value(flag: EngineFlag, text: str) -> Any:
    if flag.is_switch:
        return {_TRUE: True, _FALSE: False}.get(text)
    return text
