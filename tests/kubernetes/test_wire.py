"""The checks and models that all dialects share: CIDRs, selectors, metadata, findings out of pydantic's errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.documents.document import Document
from translator.errors import Finding, Gate, Severity
from translator.ir.labels import EVERYTHING, Label, Scope, conjunction, disjunction, has, lacks, none_of, one_of
from translator.wire.base import Wire, validate
from translator.wire.cidrs import CidrDoubt, read_cidr
from translator.wire.kubernetes_types import (
    LabelSelector,
    Metadata,
    is_dns_label,
    is_dns_subdomain,
    is_label_value,
    is_port_name,
    is_qualified_name,
)
from translator.wire.metadata import ANNOTATIONS_LIMIT, metadata_findings
from translator.wire.port_text import agent_port
from translator.wire.selectors import Nulls, requirements_by_scope, selector_document, selector_findings, selector_terms

NOWHERE = Document(data={}).origin()


class Inner(Wire):
    """A mapping within."""

    port: int | str | None = None
    names: list[str] | None = None


class Outer(Wire):
    """A mapping with a list."""

    first_name: str
    inners: list[Inner] | None = None
    note: str | None = None


def errors(data: dict[str, object]) -> list[tuple[str, str, str | None]]:
    model, findings = validate(Outer, data, NOWHERE, Gate.APISERVER)
    assert model is None
    return [
        (finding.origin.field_path if finding.origin else "", finding.message, finding.hint) for finding in findings
    ]


def test_findings_name_place_expectation_and_remedy() -> None:
    """One finding per field, in words of the input and not of pydantic."""
    assert errors({}) == [("firstName", "required field `firstName` is missing", None)]
    assert errors({"inners": [{"port": True}, {"name": 1}, None, {"note": "x"}], "firstname": "a"}) == [
        ("inners[0].port", "expected an integer or a string, found the boolean true", None),
        ("inners[1].name", "unknown field `name`", "did you mean `names`?"),
        ("inners[2]", "expected a mapping, found null", None),
        ("inners[3].note", "unknown field `note`", "`note` is a field of the object; check the indentation"),
        ("firstname", "unknown field `firstname`", "did you mean `firstName`?"),
    ]


def test_numbers_where_text_is_expected_get_advice() -> None:
    """Unquoted numbers are the commonest type error in labels."""
    assert errors({"firstName": 1}) == [("firstName", "expected a string, found the number 1", "write it in quotes")]


def test_python_names_are_no_field_names() -> None:
    """Only the vendor's spelling is accepted."""
    assert [path for path, _, _ in errors({"first_name": "a"})] == ["first_name"]


def test_unknown_fields_may_be_left_out_aloud() -> None:
    """As a decoder does that ignores them; any other error still counts."""
    data = {"firstName": "a", "inners": [{"extra": {"deep": 1}, "port": 1}]}
    model, findings = validate(Outer, data, NOWHERE, Gate.CILIUM, unknown_fields=Severity.WARNING)
    assert model == Outer.model_validate({"firstName": "a", "inners": [{"port": 1}]})
    assert [(finding.severity, finding.gate) for finding in findings] == [(Severity.WARNING, Gate.CILIUM)]
    assert data["inners"] == [{"extra": {"deep": 1}, "port": 1}]
    model, findings = validate(Outer, {"extra": 1}, NOWHERE, Gate.CILIUM, unknown_fields=Severity.WARNING)
    assert model is None
    assert {finding.severity for finding in findings} == {Severity.WARNING, Severity.ERROR}


@pytest.mark.parametrize(
    ("text", "canonical", "doubts"),
    [
        ("10.0.0.0/8", "10.0.0.0/8", ()),
        ("10.1.2.3/8", "10.0.0.0/8", (CidrDoubt.HOST_BITS,)),
        ("010.0.0.0/08", "10.0.0.0/8", (CidrDoubt.LEADING_ZEROS,)),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8", (CidrDoubt.MAPPED,)),
        ("FD00:0::/8", "fd00::/8", ()),
        ("::/0", "::/0", ()),
    ],
)
def test_cidrs_are_read_as_go_reads_them(text: str, canonical: str, doubts: tuple[CidrDoubt, ...]) -> None:
    """Canonical text, and what a strict reader would hold against the written one."""
    cidr = read_cidr(text)
    assert cidr is not None
    assert (cidr.text, cidr.doubts) == (canonical, doubts)


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0.0", "10.0.0.0/33", " 10.0.0.0/8", "10.0.0.0/8 ", "10.0/8", "10.0.0.0/255.0.0.0", "fe80::%e/64", "a/8"],
)
def test_what_is_no_cidr_is_none(text: str) -> None:
    """Blanks, zones, netmasks and missing lengths are refused."""
    assert read_cidr(text) is None


def test_an_except_must_be_strictly_inside() -> None:
    """Its first address inside and its prefix longer; the written lengths count for mapped addresses."""
    whole, part, mapped = read_cidr("10.0.0.0/8"), read_cidr("10.1.0.0/16"), read_cidr("::ffff:10.1.0.0/112")
    assert whole is not None
    assert part is not None
    assert mapped is not None
    assert whole.contains_strictly(part)
    assert whole.contains_strictly(mapped)
    assert not mapped.contains_strictly(part)
    assert not part.contains_strictly(whole)
    assert not whole.contains_strictly(whole)


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_canonical_cidrs_are_fixed_points(address: int, length: int) -> None:
    """Reading canonical text again changes nothing."""
    cidr = read_cidr(f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}/{length}")
    assert cidr is not None
    again = read_cidr(cidr.text)
    assert again is not None
    assert (again.text, again.doubts, again.low, again.high) == (cidr.text, (), cidr.low, cidr.high)


@pytest.mark.parametrize(
    ("predicate", "good", "bad"),
    [
        (
            is_qualified_name,
            ["a", "A.b_c-1", "a.b/C", "x" * 63],
            ["", "-a", "A/b", "a/b/c", "a/", "/a", "x" * 64, "a\n"],
        ),
        (is_label_value, ["", "a", "A_b.c-1"], ["-", "a-", "x" * 64, "a b", "a\n"]),
        (is_dns_label, ["a", "1", "a-b"], ["", "a.b", "A", "-a", "x" * 64]),
        (is_dns_subdomain, ["a.b-c.1", "1"], ["", "a..b", "A", "a.", "x" * 254]),
        (is_port_name, ["http", "1a", "a-b"], ["", "80", "a--b", "-a", "a-", "HTTP", "x" * 16, "a_b"]),
    ],
)
def test_names(predicate: object, good: list[str], bad: list[str]) -> None:
    """The shapes of names, as apimachinery checks them."""
    assert callable(predicate)
    assert [text for text in good if not predicate(text)] == []
    assert [text for text in bad if predicate(text)] == []


def selector(data: dict[str, object]) -> LabelSelector:
    return LabelSelector.model_validate(data)


def test_nulls_of_labels_differ_between_built_in_and_custom_kinds() -> None:
    """Go's zero value is the empty string; a custom resource loses the entry before anyone looks."""
    given_null = selector({"matchLabels": {"a": None, "b": "x"}})
    a, b = Label(Scope.POD, "a"), Label(Scope.POD, "b")
    assert selector_terms(given_null, Scope.POD) == (one_of(a, ""), one_of(b, "x"))
    assert selector_terms(given_null, Scope.POD, nulls=Nulls.PRUNED) == (one_of(b, "x"),)
    in_list = selector({"matchExpressions": [{"key": "a", "operator": "In", "values": [None]}]})
    assert not list(selector_findings(in_list, NOWHERE))
    assert [finding.code for finding in selector_findings(in_list, NOWHERE, nulls=Nulls.PRUNED)] == ["wrong-type"]


def test_selectors_come_back_as_written() -> None:
    """Terms in their order; single values as labels, a second value of the same key as an expression."""
    a, b = Label(Scope.POD, "a"), Label(Scope.POD, "b")
    terms = (one_of(b, "1"), one_of(a, "2"), one_of(a, "3"), none_of(b, "x", "y"), has(a), lacks(b))
    document = selector_document(terms)
    assert list(document["matchLabels"].items()) == [("b", "1"), ("a", "2")]
    assert selector_terms(selector(document), Scope.POD) == terms
    assert selector_document(()) == {}


def test_a_conjunction_is_split_by_scope() -> None:
    """Anything that Kubernetes cannot say is None."""
    a, b = one_of(Label(Scope.POD, "a"), "1"), has(Label(Scope.NAMESPACE, "b"))
    assert requirements_by_scope(conjunction(a, b)) == {Scope.POD: [a], Scope.NAMESPACE: [b]}
    assert requirements_by_scope(EVERYTHING) == {}
    assert requirements_by_scope(disjunction(a, b)) is None


def about(metadata: dict[str, object], *, namespaced: bool = True) -> list[Finding]:
    return list(metadata_findings(Metadata.model_validate(metadata), NOWHERE, "metadata", namespaced=namespaced))


def test_annotations_have_a_total_size() -> None:
    """256 KiB of keys and values."""
    assert not about({"name": "a", "annotations": {"k": "x" * (ANNOTATIONS_LIMIT - 1)}})
    (finding,) = about({"name": "a", "annotations": {"k": "x" * ANNOTATIONS_LIMIT}})
    assert finding.origin
    assert finding.origin.field_path == "metadata.annotations"


def test_a_namespace_of_a_cluster_scoped_kind_is_a_warning() -> None:
    """The server clears it, so it scopes nothing."""
    (finding,) = about({"name": "a", "namespace": "b"}, namespaced=False)
    assert (finding.severity, finding.code) == (Severity.WARNING, "namespace-ignored")


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("80", 80),
        ("0", None),
        ("010", 8),
        ("08", None),
        ("65536", 65535),
        ("-1", None),
        ("a--b", None),
        ("0x50", "0x50"),
    ],
)
def test_port_text_as_the_cilium_agent_reads_it(text: str, port: int | str | None) -> None:
    """A service name, else a number as Go's ParseUint clamps it, else all ports."""
    assert agent_port(text) == port
