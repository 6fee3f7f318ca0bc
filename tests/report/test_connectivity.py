"""The picture of connections: who is in it, and what its cells say."""

from pathlib import Path

import pytest

from translator.context import Context
from translator.legalize.target import Target
from translator.pipeline.source import ReadOptions, Source, parse_documents_text, parse_paths
from translator.pipeline.translate import target_named, translate
from translator.report import connectivity
from translator.report.connectivity import Cell, Matrix, State, matrix
from translator.report.parties import cast
from translator.review.diff import review
from translator.review.exhibits import of_translation
from translator.review.sides import Reading
from translator.semantics.compare.outcome import Result
from translator.wire.context import load_context

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: prod}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: api}}}]
    ports: [{port: 5432}, {port: 9000, endPort: 9010}]
  - from: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.8/29]}}]
"""


def read(text: str, context: Context | None = None) -> Source:
    return parse_documents_text(text, ReadOptions(context=context or Context()))


def picture(before: str, after: str, context: Context | None = None) -> Matrix:
    sides = [read(text, context) for text in (before, after)]
    found = matrix(sides[0].policies, sides[1].policies, (sides[0].context, sides[1].context))
    assert found is not None
    return found


def cell(found: Matrix, source: str, destination: str) -> Cell:
    names = [f"{party.group}/{party.name}" for party in found.parties]
    return found.cells[names.index(source), names.index(destination)]


def test_cells_name_ports_and_lines() -> None:
    """A cell holds what both ends allow, as ranges, and the rule that allows it."""
    found = cell(picture(POLICY, POLICY), "prod/app=api", "prod/app=db")
    assert (found.state, found.after) == (State.SAME, "TCP 5432, 9000–9010")
    assert [origin.line for origin in found.decided_after] == [7]


def test_what_no_policy_governs_is_open() -> None:
    """Nobody isolates the api, so it receives everything; the database receives nothing from strangers."""
    found = picture(POLICY, POLICY)
    assert cell(found, "prod/app=db", "prod/app=api").after == "everything"
    assert cell(found, "prod/other pods", "prod/app=db").state is State.NOTHING


def test_the_outside_is_divided_as_the_policies_divide_it() -> None:
    """A block, its hole and the rest of the world are parties of their own."""
    found = picture(POLICY, POLICY)
    outside = {each: cell(found, f"outside/{each}", "prod/app=db").after for each in _outside(found)}
    assert outside == {"198.51.100.0/24": "everything", "198.51.100.8/29": "nothing", "anywhere else": "nothing"}


def _outside(found: Matrix) -> list[str]:
    return [party.name for party in found.parties if party.is_outside]


def test_changes_are_told_apart() -> None:
    """Another port is added and removed at once; a wider range only adds, a narrower one only removes."""
    for change, state in (
        (("5432", "5433"), State.BOTH),
        (("9010", "9020"), State.ADDED),
        (("9010", "9001"), State.REMOVED),
    ):
        assert cell(picture(POLICY, POLICY.replace(*change)), "prod/app=api", "prod/app=db").state is state


def test_what_the_api_leaves_open_is_no_change() -> None:
    """Whether an ipBlock covers pods is up to the plugin; cells between pods that depend on it say so."""
    without = POLICY.replace("  - from: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.8/29]}}]\n", "")
    everywhere = POLICY.replace("198.51.100.0/24, except: [198.51.100.8/29]", "0.0.0.0/0")
    found = cell(picture(without, everywhere), "prod/other pods", "prod/app=db")
    assert found.state is State.OPEN


def test_pods_of_one_workload_are_one_party(tmp_path: Path) -> None:
    """Labels that controllers put on single pods do not count; any other label that differs makes another workload."""
    file = tmp_path / "pods.yaml"
    pods = [("a", "{app: api, pod-template-hash: x}"), ("b", "{app: api, pod-template-hash: z}")]
    pods += [("c", "{app: api, track: canary}"), ("d", "{app: db}")]
    items = "\n".join(
        f"- {{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: prod, labels: {labels}}}}}"
        for name, labels in pods
    )
    file.write_text(f"apiVersion: v1\nkind: List\nitems:\n{items}\n", encoding="utf-8")
    found = picture(POLICY, POLICY, load_context([str(file)]))
    names = [party.name for party in found.parties if not party.is_outside]
    assert names == ["api", "api (track=canary)", "db"]
    assert found.parties[0].detail == "2 pods, app=api"


def test_too_many_parties_have_no_cells() -> None:
    """Beyond what anybody could read, the pairs are not judged at all."""
    texts = [
        POLICY.replace("namespace: prod", f"namespace: prod-{number}") for number in range(connectivity.MOST_PARTIES)
    ]
    sides = read("---\n".join(texts)).policies
    found = matrix(sides, sides, (Context(), Context()))
    assert found is not None
    assert found.cells == {}


def test_of_too_many_the_changed_namespaces_are_shown() -> None:
    """A change of one namespace in a large cluster has a picture of that namespace, which says what it leaves out."""
    texts = [POLICY.replace("namespace: prod", f"namespace: prod-{number}") for number in range(100)]
    before = read("---\n".join(texts))
    after = read("---\n".join([texts[0].replace("9010", "9020"), *texts[1:]]))
    assert len(cast((before.policies,), (Context(), Context())).parties) > connectivity.MOST_PARTIES
    found = matrix(before.policies, after.policies, (Context(), Context()), focus=["prod-0"])
    assert found is not None
    assert {party.group for party in found.parties} == {"prod-0", "outside"}
    assert cell(found, "prod-0/app=api", "prod-0/app=db").state is State.ADDED
    assert found.remarks[0].startswith("Of ")


def test_a_change_for_pods_with_two_labels_is_in_the_picture(tmp_path: Path) -> None:
    """Examples have the labels of one selector; the pods of changed connections stand beside them."""
    rule = "  - from: [{podSelector: {matchExpressions: [{key: bad, operator: DoesNotExist}]}}]\n"
    files = [tmp_path / "before.yaml", tmp_path / "after.yaml"]
    for file, extra in zip(files, ("", ", {key: bad, operator: DoesNotExist}"), strict=True):
        file.write_text(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: db, namespace: prod}\nspec:\n"
            "  podSelector: {}\n  ingress:\n"
            f"  - from: [{{podSelector: {{matchExpressions: [{{key: app, operator: In, values: [api]}}{extra}]}}}}]\n"
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x, namespace: other}\n"
            f"spec:\n  podSelector: {{matchLabels: {{bad: 'true'}}}}\n  ingress:\n{rule}",
            encoding="utf-8",
        )
    exhibit = review([str(each) for each in files], Reading()).report.exhibit()
    assert exhibit.matrix is not None
    states = {each.state for each in exhibit.matrix.cells.values()}
    assert State.REMOVED in states
    changed = [
        exhibit.matrix.parties[row].name
        for (row, _), each in exhibit.matrix.cells.items()
        if each.state is State.REMOVED
    ]
    assert all("bad=" in name and "app=api" in name for name in changed)


@pytest.mark.parametrize("target", ["kubernetes", "calico", "cilium"])
@pytest.mark.parametrize(
    "case", ["access-keywords", "default-deny-of-both-directions", "global-policy-becomes-one-per-namespace"]
)
def test_the_picture_agrees_with_the_proof(case: str, target: str) -> None:
    """What the comparison proves to be equal, or open, shows no pair that changes."""
    folder = GOLDEN / case
    context = load_context([str(folder / "context.yaml")])
    source = next(folder.glob("source.*"))
    read_source = parse_paths([str(source)], ReadOptions(context=context))
    translation = translate(read_source.policies, Target(name=target_named(target)), read_source.context)
    assert translation.proof is not None
    assert translation.proof.result in (Result.EQUAL, Result.OPEN)
    found = of_translation(read_source, translation).matrix
    assert found is not None
    assert {each.state for each in found.cells.values()} <= {State.SAME, State.NOTHING, State.OPEN}
