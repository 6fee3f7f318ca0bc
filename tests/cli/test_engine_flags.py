"""Flags named as the engines name their options."""

from dataclasses import fields

import pytest

from translator.cli.engine_flags import ENGINE_FLAGS, flags_as_context, normalize_flags
from translator.context import CalicoOptions, CiliumOptions, KubernetesOptions
from translator.errors import UsageError

SECTIONS = {"calico": CalicoOptions, "cilium": CiliumOptions, "kubernetes": KubernetesOptions}


def test_every_engine_option_has_a_flag() -> None:
    """An option that the context knows can be given on the command line, and no flag sets anything else."""
    expected = {
        (section, field.name.replace("_", "-")) for section, options in SECTIONS.items() for field in fields(options)
    }
    assert {(flag.section, flag.field) for flag in ENGINE_FLAGS} == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--enable-sctp"], ["--enable-sctp=true"]),
        (["--enable-sctp", "false"], ["--enable-sctp=false"]),
        (["--enable-sctp=false"], ["--enable-sctp=false"]),
        (["--no-enable-sctp", "x.yaml"], ["--enable-sctp=false", "x.yaml"]),
        (["--disable-l7-proxy"], ["--enable-l7-proxy=false"]),
        (["--no-dikastes"], ["--dikastes=false"]),
        (["--policy-cidr-match-mode", "pods"], ["--policy-cidr-match-mode", "pods"]),
        (["--", "--enable-sctp"], ["--", "--enable-sctp"]),
    ],
)
def test_switches_take_the_forms_that_the_agents_take(given: list[str], expected: list[str]) -> None:
    """``--x``, ``--x=false``, ``--x false``, ``--no-x`` and ``--disable-x`` all work."""
    assert normalize_flags(given) == expected


def test_flags_become_a_context() -> None:
    """Values arrive typed, lists may be repeated or hold commas."""
    flags = {
        "policy_cidr_match_mode": ["nodes,pods"],
        "enable_sctp": "false",
        "dataplane": "ebpf",
        "ipblock_matches_pods": "null",
        "ip_families": [],
    }
    assert flags_as_context(flags) == {
        "calico": {"dataplane": "ebpf"},
        "cilium": {"policy-cidr-match-mode": ["nodes", "pods"], "enable-sctp": False},
        "kubernetes": {"ipblock-matches-pods": None},
    }


def test_an_unknown_value_is_a_usage_error() -> None:
    """A misspelt value is answered with the right one."""
    with pytest.raises(UsageError, match="did you mean `iptables`"):
        flags_as_context({"dataplane": "iptable"})
