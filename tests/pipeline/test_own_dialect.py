"""Translations to the engine of the source itself keep references as references."""

from __future__ import annotations

import pytest

import translator

GLOBAL = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: db}
spec:
  order: 10
  selector: app == 'db'
  types: [Ingress]
  ingress:
  - {action: Allow, protocol: TCP, source: %s, destination: {ports: [5432]}}
"""


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("{notSelector: role == 'gateway'}", {"notSelector": "role == 'gateway'"}),
        ("{notSelector: \"projectcalico.org/orchestrator == 'k8s' && role == 'gateway'\"}", None),
        ("{selector: all()}", {"selector": "all()"}),
        ("{namespaceSelector: all()}", {"namespaceSelector": "all()"}),
        (
            '{selector: \'a in {"y","x"} || !(b=="1"&&has(c))\'}',
            {"selector": "a in {'x', 'y'} || !(b == '1' && has(c))"},
        ),
        ("{selector: \"!has(a) && !(b contains 'c')\"}", {"selector": "!has(a) && !(b contains 'c')"}),
        ("{nets: [10.0.0.0/8], notNets: [10.1.0.0/16]}", {"nets": ["10.0.0.0/8"], "notNets": ["10.1.0.0/16"]}),
        ("{serviceAccounts: {names: [b, a]}}", {"serviceAccounts": {"names": ["a", "b"]}}),
    ],
)
def test_sides_of_rules_are_what_was_written(written: str, canonical: dict[str, object] | None) -> None:
    """A selector reaches what is not in the input, too, and guards that were there stay."""
    policies = translator.parse_text(GLOBAL % written, "calico")
    (document,) = translator.translate(policies, "calico").documents
    source = document["spec"]["ingress"][0]["source"]  # type: ignore[index]
    if canonical is None:
        canonical = {"notSelector": "projectcalico.org/orchestrator == 'k8s' && role == 'gateway'"}
    assert source == canonical


HOST = """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: node-1, labels: {role: gateway}}
spec: {node: node-1, interfaceName: eth0, expectedIPs: [192.168.10.11], profiles: [gateways]}
---
"""
PROFILE = """
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: gateways, uid: 7c5b}
spec: {labelsToApply: {zone: a}}
---
"""


def test_host_endpoints_travel_with_the_policies_that_find_them() -> None:
    """Otherwise the selector would find nobody in the output."""
    policies = translator.parse_text(HOST + GLOBAL % "{selector: role == 'gateway'}", "calico")
    translation = translator.translate(policies, "calico")
    assert [each["kind"] for each in translation.documents] == ["HostEndpoint", "GlobalNetworkPolicy"]
    assert not translation.losses


def test_host_endpoints_with_labels_of_profiles_are_written_as_addresses() -> None:
    """No API server takes a profile, so that the output cannot hold what gives a host endpoint its label."""
    policies = translator.parse_text(PROFILE + HOST + GLOBAL % "{selector: zone == 'a'}", "calico")
    translation = translator.translate(policies, "calico")
    (policy,) = translation.documents
    assert {"nets": ["192.168.10.11/32"]} in [rule["source"] for rule in policy["spec"]["ingress"]]  # type: ignore[index]


def test_what_calico_reads_otherwise_stays_as_it_was_read() -> None:
    """An object of a server whose list has an entry that is no CIDR is not written with it."""
    text = GLOBAL.replace("{name: db}", "{name: db, uid: 7c5a}") % "{nets: [10.0.0.0/8, nonsense]}"
    (document,) = translator.translate(translator.parse_text(text, "calico"), "calico").documents
    assert document["spec"]["ingress"][0]["source"] == {"nets": ["10.0.0.0/8"]}  # type: ignore[index]
