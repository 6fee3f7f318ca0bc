"""Items that pass both gates at a glance."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from translator.context import CiliumOptions
from translator.dialects.cilium import sanitize, schema
from translator.dialects.cilium.model import EgressRule, IngressRule
from translator.dialects.cilium.plain import is_plain
from translator.dialects.cilium.sanitize_ports import Subject

_KEYS = st.sampled_from(
    ["app", "k8s:app", "k8s:k8s:app", "any:app", "a b", "", "x" * 64, "k8s:io.kubernetes.pod.namespace"]
)
_VALUES = st.sampled_from(["web", "", "a b", "x" * 64, None])
_CIDRS = st.none() | st.sampled_from(
    ["10.0.0.0/8", "10.1.0.0/16", "10.0.0.1/8", "010.0.0.0/8", "fd00::/8", "fd00:1::/32", "::ffff:10.0.0.0/104", "x"]
)
_PORTS = st.fixed_dictionaries(
    {"port": st.sampled_from(["80", "0", "080", "65536", "http", "", "-1", None])},
    optional={
        "protocol": st.sampled_from(["TCP", "UDP", "ANY", "ICMP", "tcp", None]),
        "endPort": st.sampled_from([90, 0, -1, 70000, None]),
    },
)
_LABELS = st.dictionaries(_KEYS, _VALUES, max_size=2)
_SELECTORS = st.none() | st.fixed_dictionaries({}, optional={"matchLabels": _LABELS})
_BLOCKS = st.fixed_dictionaries({}, optional={"cidr": _CIDRS, "except": st.lists(_CIDRS, max_size=2)})
_PORT_RULES = st.none() | st.fixed_dictionaries({}, optional={"ports": st.lists(st.none() | _PORTS, max_size=2)})


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "Endpoints": st.lists(_SELECTORS, max_size=2),
            "CIDRSet": st.lists(st.none() | _BLOCKS, max_size=2),
            "ports": st.lists(_PORT_RULES, max_size=2),
        },
    ),
    st.sampled_from(["from", "to"]),
)
def test_neither_gate_has_anything_against_a_plain_item(fields: dict[str, Any], side: str) -> None:
    """What is waved through would have passed every check of the schema and of the agent."""
    data = {"toPorts" if name == "ports" else f"{side}{name}": value for name, value in fields.items()}
    item = (IngressRule if side == "from" else EgressRule).model_validate(data)
    for version in ((1, 13), (1, 19), (1, 20)):
        ranges = version >= (1, 19)
        if is_plain(item, ranges=ranges):
            gates = _checks(version)
            assert [fault.message for gate in gates for fault in gate(item)] == []


def _checks(version: tuple[int, int]) -> list[Any]:
    """The long way of both gates."""
    checked = schema.Schema(version)
    agent = sanitize.Sanitize(CiliumOptions(), string_labels=True)
    return [checked.every_fault, lambda item: agent.every_fault(item, Subject.ENDPOINTS)]
