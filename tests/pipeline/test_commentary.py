"""Comments and losses in the output."""

import pytest

import translator
from translator.legalize.target import Target, TargetName
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


VANISHING = """\
# Owner: shop

---
# the tier
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: security}
spec: {order: 100}
---
# who may come
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: partners}
spec:
  nets:
  - 203.0.113.0/24  # Acme
  - 198.51.100.0/24  # Initech
---
# the api
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: security.api, namespace: shop}
spec:
  tier: security
  selector: app == 'api'
  ingress:
  - action: Allow
    protocol: TCP
    source: {selector: app == 'web'}
    destination:
      ports:
      - 80  # plain
      - 443  # encrypted
---
# tells nothing
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: security.log, namespace: shop}
spec:
  tier: security
  selector: app == 'nobody'
  types: [Ingress]
  ingress: [{action: Log}, {action: Pass}]

# last words
"""


@pytest.mark.parametrize("target", ["kubernetes", "cilium", "clusternetworkpolicy", "access"])
def test_comments_of_what_vanishes_stand_above_the_next_document(target: str) -> None:
    """Each once, with the name of what they were written about; the head of the file comes first."""
    policies = translator.parse_text(VANISHING)
    text = translate(policies, Target(name=TargetName(target), allow_widening=True)).text
    lines = text.splitlines()
    assert lines[:2] == ["# Owner: shop", ""]
    assert lines[lines.index("# GlobalNetworkSet partners:") :][:4] == [
        "# GlobalNetworkSet partners:",
        "# who may come",
        "# 203.0.113.0/24: Acme",
        "# 198.51.100.0/24: Initech",
    ]
    for comment in ("# the tier", "# tells nothing", "# last words", "# the api", "plain", "encrypted"):
        assert text.count(comment) == 1


def test_comments_stand_beside_the_item_they_were_written_for() -> None:
    """Items of one list are told apart where the target has them."""
    text = translate(translator.parse_text(VANISHING), Target(name=TargetName.CILIUM)).text
    assert '      - port: "80"  # plain\n' in text
    assert '      - port: "443"  # encrypted\n' in text


def test_the_head_of_a_file_precedes_documents_that_stay_as_they_are() -> None:
    """The order of the output is not that of the file."""
    text = (
        "# Owner\n---\n# b\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: b, namespace: x}\n"
        "spec: {podSelector: {}, policyTypes: [Ingress]}\n---\n# a\napiVersion: networking.k8s.io/v1\n"
        "kind: NetworkPolicy\nmetadata: {name: a, namespace: x}\nspec: {podSelector: {}, policyTypes: [Egress]}\n"
    )
    written = translate(translator.parse_text(text, "calico"), Target(name=TargetName.CILIUM)).text
    assert written.startswith("# Owner\n\n# a\napiVersion")
    assert written.count("# Owner") == 1
    assert "---\n# b\napiVersion" in written


def test_a_file_of_which_nothing_is_left_says_so() -> None:
    """Comments do not vanish without a word."""
    text = VANISHING[VANISHING.index("# tells nothing") :]
    found = translate(translator.parse_text(text), Target(name=TargetName.KUBERNETES))
    assert found.text == ""
    assert "comments-dropped" in {loss.code for loss in found.losses}
