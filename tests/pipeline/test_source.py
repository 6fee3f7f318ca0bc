"""Input into policy sets."""

import pytest

from translator.errors import InputError, Severity, UsageError
from translator.ir.policy import Engine
from translator.pipeline.source import ReadOptions, parse_documents_text

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}}
"""
CALICO = """\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: closed}
spec: {tier: default, order: 10, namespaceSelector: all(), types: [Ingress]}
"""
CILIUM = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec: {endpointSelector: {}, ingress: [{}]}
"""


@pytest.mark.parametrize(
    ("text", "engine"),
    [(POLICY, Engine.KUBERNETES), (POLICY + "---\n" + CALICO, Engine.CALICO), (CILIUM, Engine.CILIUM)],
)
def test_the_engine_is_the_one_whose_own_kinds_occur(text: str, engine: Engine) -> None:
    """NetworkPolicies alone are Kubernetes; one Calico or Cilium object makes the set Calico's or Cilium's."""
    assert parse_documents_text(text).engine is engine


def test_two_engines_are_a_usage_error() -> None:
    """Nobody guesses which of two engines enforces a set."""
    with pytest.raises(UsageError, match="several engines"):
        parse_documents_text(f"{CALICO}---\n{CILIUM}")


def test_a_chosen_engine_passes_the_others_kinds_over_with_a_warning() -> None:
    """A cluster in the middle of a migration can be read as either."""
    source = parse_documents_text(f"{CALICO}---\n{CILIUM}", ReadOptions(engine=Engine.CILIUM))
    assert source.passed_over == {"GlobalNetworkPolicy.projectcalico.org": 1}
    assert [finding.code for finding in source.findings] == ["foreign-engine"]


def test_the_same_network_policy_means_something_else_under_another_engine() -> None:
    """Under Calico a NetworkPolicy stands at order 1000 among Calico's."""
    policies = parse_documents_text(f"{POLICY}---\n{CALICO}").policies
    assert [policy.order for policy in policies.policies()] == [10, 1000]


def test_an_object_defined_twice_is_an_error() -> None:
    """Of two objects of one name a cluster would keep the last; which was meant is not guessed."""
    other = POLICY.replace("app: web", "app: db")
    with pytest.raises(InputError, match="stands at -:1:1 already, and says something else"):
        parse_documents_text(f"{POLICY}---\n{other}")


def test_the_same_object_again_is_read_once() -> None:
    """A repetition changes nothing, but is worth a warning."""
    source = parse_documents_text(f"{POLICY}---\n{POLICY}")
    assert len(source.policies.policies()) == 1
    assert [finding.severity for finding in source.findings] == [Severity.WARNING]


def test_a_template_is_named_as_one() -> None:
    """What Helm has not rendered yet is not judged field by field."""
    with pytest.raises(InputError) as raised:
        parse_documents_text(POLICY.replace("name: web,", "name: '{{ .Release.Name }}',"))
    assert [finding.code for finding in raised.value.findings] == ["template"]


def test_the_cluster_in_the_input_feeds_the_context() -> None:
    """Namespaces and Context documents beside the policies count as context."""
    more = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: red}}\n"
    context = parse_documents_text(f"{POLICY}---\n{more}").context
    assert context.namespaces["shop"]["team"] == "red"


def test_staged_policies_are_read_and_not_enforced() -> None:
    """A staged policy is part of what was read, and of no tier."""
    staged = CALICO.replace("kind: GlobalNetworkPolicy", "kind: StagedGlobalNetworkPolicy")
    policies = parse_documents_text(staged).policies
    assert [policy.staged for policy in policies.as_read()] == [True]
    assert [policy for policy in policies.policies() if not policy.staged] == []
