"""Lists, dumps of a server, and positions in them."""

from __future__ import annotations

import json

from translator.documents.loading import load_text
from translator.documents.server_fields import is_dump, strip_server_fields

LIST = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: A
  spec: {x: 1}
- apiVersion: v1
  kind: List
  items:
  - kind: B
    spec:
      z: [1,
        2]
---
kind: C
"""


def test_lists_are_flattened_with_their_positions() -> None:
    """Each item is a document; its field paths begin at the item, its lines are those of the file."""
    documents = load_text(LIST).documents
    assert [document.kind for document in documents] == ["A", "B", "C"]
    assert [document.index for document in documents] == [0, 1, 2]
    assert documents[0].locate(("spec", "x")) == (6, 10)
    assert documents[1].locate(("spec", "z", 1)) == (13, 9)
    assert documents[1].locate(()) == (10, 5)
    assert documents[1].origin("spec", "z").field_path == "spec.z"


def test_json_lists_have_positions_too() -> None:
    """`kubectl get -o json` writes one List."""
    text = json.dumps({"kind": "List", "items": [{"kind": "A"}, {"kind": "B", "spec": {"a": 1}}]}, indent=1)
    assert load_text(text).documents[1].locate(("spec", "a")) == (10, 5)


def test_typed_lists_give_their_items_a_kind() -> None:
    """The API server's own answers say the kind once."""
    text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nitems: [{metadata: {name: a}}]\n"
    (document,) = load_text(text).documents
    assert (document.api_version, document.kind) == ("networking.k8s.io/v1", "NetworkPolicy")
    assert document.locate(("metadata",)) == (3, 10)


def test_an_empty_list_is_no_document() -> None:
    """Nor is it an error."""
    for items in ("[]", "null"):
        loaded = load_text(f"kind: List\nitems: {items}\n")
        assert (loaded.documents, loaded.findings) == ((), ())


def test_an_item_that_is_no_object_is_an_error() -> None:
    """The others are read."""
    loaded = load_text("kind: List\nitems:\n- kind: A\n- text\n- kind: B\n")
    assert [document.kind for document in loaded.documents] == ["A", "B"]
    assert [str(finding.origin) for finding in loaded.findings] == ["-:4:3"]


def test_a_kind_that_ends_in_list_may_be_an_object() -> None:
    """Only `items` makes a list of it."""
    assert load_text("kind: AllowList\nspec: {}\n").documents[0].kind == "AllowList"


METADATA = {
    "name": "a",
    "uid": "1",
    "resourceVersion": "2",
    "generation": 3,
    "creationTimestamp": "2024-01-01T00:00:00Z",
    "selfLink": "/a",
    "managedFields": [{"manager": "kubectl"}],
    "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "mine": "x"},
    "labels": {"app": "a"},
}


def test_what_the_server_adds_is_stripped() -> None:
    """People's own labels and annotations stay; the input is not changed."""
    data = {"kind": "A", "metadata": METADATA, "spec": {}, "status": {"x": 1}}
    kept = {"name": "a", "annotations": {"mine": "x"}, "labels": {"app": "a"}}
    assert strip_server_fields(data) == {"kind": "A", "metadata": kept, "spec": {}}
    assert "status" in data
    assert "uid" in METADATA


def test_an_annotation_of_kubectl_alone_leaves_none() -> None:
    """No empty `annotations` stays behind."""
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    assert strip_server_fields({"metadata": {"name": "a", "annotations": annotations}}) == {"metadata": {"name": "a"}}
    assert strip_server_fields({"metadata": None}) == {"metadata": None}


def test_a_dump_is_known_by_what_only_a_server_writes() -> None:
    """`creationTimestamp: null` is what kubectl create --dry-run writes."""
    assert is_dump({"metadata": {"uid": "x"}})
    assert is_dump({"metadata": {"managedFields": [{}]}})
    assert not is_dump({"metadata": {"creationTimestamp": None}})
    assert not is_dump({"metadata": None})
    (document,) = load_text("metadata: {resourceVersion: '1'}\n").documents
    assert document.from_server


def test_positions_of_absent_fields_are_those_of_their_parents() -> None:
    """A missing field is reported where it should stand."""
    (document,) = load_text("# head\nmetadata:\n  name: a\nspec:\n- x: 1\n").documents
    assert document.locate(()) == (2, 1)
    assert document.locate(("metadata", "namespace", "x")) == (2, 1)
    assert document.locate(("spec", 0, "y")) == (5, 3)
    assert document.locate(("spec", 7)) == (4, 1)
    assert document.locate(("absent",)) == (2, 1)
