"""DNS names against patterns, and the atoms of patterns."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.semantics.languages.automata import domain_atoms
from translator.semantics.languages.matching import cluster_network_policy_domain, domain_matches


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("x.io", ("x.io", "X.IO.", "x.io."), ("a.x.io", "xxio", "x.iox")),
        ("X.io.", ("x.io",), ()),
        ("*.x.io", ("a.x.io", "a-b_c.x.io"), ("x.io", "a.b.x.io")),
        ("*x.io", ("x.io", "foox.io"), ("a.x.io",)),
        ("**.x.io", ("a.x.io", "a.b.c.x.io"), ("x.io", ".x.io", "ax.io")),
        ("a.**.io", ("a.b.io", "a..io"), ("a.b.c.io",)),
        ("sub*.x.io", ("sub.x.io", "subdomain.x.io"), ("a.sub.x.io",)),
        ("*", ("x", "a.b.c", "."), ()),
        ("**", ("a.b.c",), ()),
        ("**.", ("a.b.c",), ()),
        ("*.*.svc.cluster.local.", ("a.b.svc.cluster.local",), ("b.svc.cluster.local",)),
    ],
)
def test_names_match_as_in_cilium(pattern: str, matching: tuple[str, ...], others: tuple[str, ...]) -> None:
    """One star stays within a label, two in front are whole labels, stars alone are every name."""
    for name in matching:
        assert domain_matches(pattern, name), name
    for name in others:
        assert not domain_matches(pattern, name), name


def test_a_cluster_network_policy_wildcard_is_one_or_more_labels() -> None:
    """``*.x.y`` of a ClusterNetworkPolicy is ``**.x.y`` here; a plain name is itself."""
    assert cluster_network_policy_domain("*.X.y.") == "**.x.y"
    assert cluster_network_policy_domain("x.y") == "x.y"
    assert domain_matches(cluster_network_policy_domain("*.x.y"), "a.b.x.y")
    assert not domain_matches(cluster_network_policy_domain("*.x.y"), "x.y")


def test_atoms_of_nested_patterns() -> None:
    """The algebra of a name, its subdomains and theirs."""
    found = {atom.members for atom in domain_atoms(["x.io", "*.x.io", "**.x.io", "*"])}
    assert found == {frozenset({3}), frozenset({0, 3}), frozenset({1, 2, 3}), frozenset({2, 3})}


_labels = st.sampled_from(["a", "b", "*", "**", "a*", "*a", "x"])
_patterns = st.lists(_labels, min_size=1, max_size=4).map(".".join)
_names = st.lists(st.sampled_from(["a", "b", "x", "ab", "ba", "xa"]), min_size=1, max_size=5).map(".".join)


@given(st.lists(_patterns, max_size=4), st.lists(_names, max_size=8))
@settings(max_examples=200, deadline=None)
def test_atoms_agree_with_matching(patterns: list[str], names: list[str]) -> None:
    """Samples belong to their atoms, and every name belongs to one."""
    found = domain_atoms(patterns)
    members = [atom.members for atom in found]
    assert len(set(members)) == len(members)
    for atom in found:
        assert atom.members == {i for i, each in enumerate(patterns) if domain_matches(each, atom.sample)}
    for name in names:
        assert {i for i, each in enumerate(patterns) if domain_matches(each, name)} in members


def test_many_suffixes_stay_cheap() -> None:
    """Patterns are alike at their ends; two hundred of them make two hundred and one atoms."""
    assert len(domain_atoms([f"**.s{number}.example.com" for number in range(200)])) == 201
