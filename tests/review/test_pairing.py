"""Pairing documents of two sets, and the fields that differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.review.conftest import network_policy
from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.loss.effect import Effect
from translator.report.change import Became, DocumentChange
from translator.review.pairing import frozen, key_of, pairs
from translator.review.structure import changed


def documents(*texts: str) -> list[Document]:
    return list(load_text("---\n".join(texts)).documents)


def changes(before: list[Document], after: list[Document]) -> list[DocumentChange]:
    return list(changed(pairs(before, after), lambda _pair: Effect.NONE))


def test_the_same_content_under_another_name_is_renamed() -> None:
    """Each removed document stands for at most one added document."""
    found = changes(
        documents(network_policy("a"), network_policy("b")),
        documents(network_policy("c"), network_policy("d"), network_policy("e")),
    )
    assert [(each.became, each.former_name, each.name) for each in found] == [
        (Became.RENAMED, "prod/a", "prod/c"),
        (Became.RENAMED, "prod/b", "prod/d"),
        (Became.ADDED, None, "prod/e"),
    ]


def test_another_namespace_is_a_rename_too() -> None:
    """What moves keeps its content."""
    (found,) = changes(documents(network_policy("a")), documents(network_policy("a", namespace="dev")))
    assert (found.became, found.former_name, found.name) == (Became.RENAMED, "prod/a", "dev/a")


def test_what_is_much_alike_was_renamed_and_edited() -> None:
    """The most alike are paired first; what has little in common was removed and added."""
    found = changes(
        documents(network_policy("a"), network_policy("b", app="x", peer="y", port=1)),
        documents(network_policy("c", port=5433)),
    )
    assert [(each.became, each.name, each.former_name) for each in found] == [
        (Became.REMOVED, "prod/b", None),
        (Became.RENAMED, "prod/c", "prod/a"),
    ]
    assert [each.path for each in found[1].fields] == ["metadata.name", "spec.ingress[0].ports[0].port"]


def test_what_a_server_adds_is_no_change() -> None:
    """A dump of the cluster equals the file that was applied."""
    dump = network_policy("a").replace("  name: a\n", "  name: a\n  uid: x\n  resourceVersion: '1'\n") + "status: {}\n"
    assert changes(documents(network_policy("a")), documents(dump)) == []


def test_the_version_of_an_api_does_not_part_documents() -> None:
    """``cilium.io/v2alpha1`` and ``cilium.io/v2`` of one name are one object that changed."""
    spec = "metadata: {{name: a}}\nspec: {{externalCIDRs: [192.0.2.0/24]}}\n"
    text = f"apiVersion: cilium.io/{{}}\nkind: CiliumCIDRGroup\n{spec}"
    (found,) = changes(documents(text.format("v2alpha1")), documents(text.format("v2")))
    assert [(each.path, each.before, each.after) for each in found.fields] == [
        ("apiVersion", '"cilium.io/v2alpha1"', '"cilium.io/v2"')
    ]


def test_added_and_removed_items_have_a_side_only() -> None:
    """A field that is not there is None, not a word."""
    more = network_policy("a") + "    - port: 80\n"
    (found,) = changes(documents(network_policy("a")), documents(more))
    assert [(each.path, each.before, each.after) for each in found.fields] == [
        ("spec.ingress[0].ports[1]", None, '{"port": 80}')
    ]
    assert "+    - port: 80\n" in found.yaml


def test_odd_keys_are_written_as_kubectl_writes_them() -> None:
    """Paths of label keys with dots and slashes are readable."""
    labelled = network_policy("a").replace("      app: db\n", "      app.kubernetes.io/name: db\n")
    (found,) = changes(documents(network_policy("a")), documents(labelled))
    assert {each.path for each in found.fields} == {
        "spec.podSelector.matchLabels.app",
        'spec.podSelector.matchLabels["app.kubernetes.io/name"]',
    }


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from("ab")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


def shuffled(value: object) -> object:
    if isinstance(value, dict):
        return {key: shuffled(each) for key, each in reversed(value.items())}
    return [shuffled(each) for each in reversed(value)] if isinstance(value, list) else value


@given(VALUES)
def test_frozen_ignores_order_only(value: object) -> None:
    """A value and its mirror image are frozen alike; booleans and numbers are not."""
    assert frozen(value) == frozen(shuffled(value))
    assert frozen([value, True]) != frozen([value, 1])
    assert frozen([value, value]) != frozen([value])


@given(st.permutations(["a", "b", "c", "d"]), st.permutations(["a", "b", "e", "f"]))
def test_pairs_do_not_depend_on_order(before: list[str], after: list[str]) -> None:
    """The same documents in another order are paired alike, and each occurs once."""
    old = [document for name in before for document in documents(network_policy(name, port=ord(name)))]
    new = [document for name in after for document in documents(network_policy(name, port=ord(name)))]
    found = [tuple(key_of(each) if each else None for each in (pair.before, pair.after)) for pair in pairs(old, new)]
    assert found == [
        tuple(key_of(each) if each else None for each in (pair.before, pair.after))
        for pair in pairs(sorted(old, key=key_of), sorted(new, key=key_of))
    ]
    assert sorted(each for pair in found for each in pair if each) == sorted(map(key_of, (*old, *new)))


@pytest.mark.parametrize("number", [1, 400])
def test_many_documents_are_paired_in_time(number: int) -> None:
    """Hundreds of renamed and edited documents are no reason to wait."""
    old = documents(*(network_policy(f"old-{each}", port=each + 1) for each in range(number)))
    new = documents(*(network_policy(f"new-{each}", port=each + 1000) for each in range(number)))
    assert len(pairs(old, new)) in (number, 2 * number)
