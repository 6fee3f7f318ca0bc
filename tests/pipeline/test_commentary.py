"""Comments and losses in the output."""

import pytest

import translator
from translator.legalize import Target, TargetName
from translator.pipeline.translate import translate

SOURCE = """\
# Agreed with the shop team.
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  tier: default
  order: 100
  # the api pods
  selector: app == 'api'
  types: [Ingress]
  ingress:
  # noisy
  - action: Log
    source: {selector: app == 'web'}
  - action: Allow  # ping
    protocol: ICMP
    icmp: {type: 8}
    source: {selector: app == 'web'}
  # the web front end
  - action: Allow
    protocol: TCP
    source: {selector: app == 'web'}
    destination: {ports: [8080]}
# end
"""


def translated(target: str, *, annotate: bool = False) -> str:
    policies = translator.parse_text(SOURCE)
    return translate(policies, Target(name=TargetName(target)), annotate=annotate).text


@pytest.mark.parametrize("target", ["kubernetes", "calico", "cilium"])
@pytest.mark.parametrize("comment", ["# Agreed with the shop team.", "# the api pods", "# the web front end", "# end"])
def test_comments_survive(target: str, comment: str) -> None:
    """What people wrote near a policy stands in the document that replaces it, once."""
    assert translated(target).count(comment) == 1


def test_comments_stand_at_what_they_speak_of() -> None:
    """A comment above the selector stands above the selector, one above a rule above that rule."""
    lines = [line.strip() for line in translated("kubernetes").splitlines()]
    assert lines[0] == "# Agreed with the shop team."
    assert lines[lines.index("# the api pods") + 1] == "podSelector:"
    assert lines[lines.index("# the web front end") + 1] == "- from:"
    assert lines[-1] == "# end"


def test_comments_of_a_rule_that_is_gone_stand_at_the_list() -> None:
    """A comment never slips to another rule."""
    lines = [line.strip() for line in translated("kubernetes").splitlines()]
    assert "ingress:  # ping" in lines


def test_annotations_say_what_was_lost() -> None:
    """With ``annotate`` every loss is a comment beside the line it concerns."""
    assert "icmp narrows:" in translated("kubernetes", annotate=True)
    assert "narrows" not in translated("kubernetes")


def test_a_second_translation_changes_nothing() -> None:
    """The canonical form of an output is itself, comments included."""
    first = translated("calico")
    again = translate(translator.parse_text(first), Target(name=TargetName.CALICO)).text
    assert again == first
