"""The catalogue holds every code that something is found under, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import translator
from tests.lint.cases.case import admin_policy, cluster_policy, kubernetes
from translator.enforcement import PLUGINS, judge
from translator.lint import LINTS
from translator.lint.kind import LintKind, table
from translator.loss.catalogue import LOSSES

PACKAGE = Path(__file__).resolve().parents[2] / "translator"
OF_LOSSES = ("legalize", "loss", "semantics/languages", "report", "lint/kinds")
"""Where ``code`` is the code of a loss."""
ELSEWHERE = {"bad-flow", "toml", "collision", "expectation-failed", "invalid"}
"""What is found in flows and configurations, answers, and the default that no finding keeps."""


def modules() -> Iterator[ast.Module]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if not path.relative_to(PACKAGE).as_posix().startswith(OF_LOSSES):
            yield ast.parse(path.read_text(encoding="utf-8"))


def constants(trees: list[ast.Module]) -> dict[str, str]:
    """The named texts of all modules."""
    return {
        node.target.id: node.value.value
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def texts(node: ast.expr, named: dict[str, str]) -> Iterator[str]:
    """The texts that an expression may be."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) if name in named:
            yield named[name]
        case ast.IfExp(body=body, orelse=other):
            yield from texts(body, named)
            yield from texts(other, named)


def takes_code(function: ast.FunctionDef) -> int | None:
    """The position of a parameter called ``code`` among the arguments of a call."""
    names = [argument.arg for argument in function.args.args if argument.arg != "self"]
    return names.index("code") if "code" in names else None


def fields(node: ast.ClassDef) -> list[str]:
    """The names of a dataclass's fields."""
    return [
        each.target.id for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]


def emitted() -> set[str]:
    """Every code that stands somewhere as an argument, or as the default of one."""
    trees = list(modules())
    named = constants(trees)
    positions: dict[str, set[int]] = {}
    found: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef(name=name):
                    position = takes_code(node)
                    if position is not None:
                        positions.setdefault(name, set()).add(position)
                    pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                    found |= {
                        text for each, value in pairs if each.arg == "code" and value for text in texts(value, named)
                    }
                case ast.ClassDef(name=name) if "code" in fields(node):
                    positions.setdefault(name, set()).add(fields(node).index("code"))
                case ast.AnnAssign(target=ast.Name(id="code"), value=ast.expr() as value):
                    found |= set(texts(value, named))
                case ast.Tuple(elts=[_, ast.Constant(value=str(text)), _, ast.Tuple()]) if "-" in text:
                    found.add(text)  # message, code, hint and path of what is no object
    for tree in trees:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [word.value for word in node.keywords if word.arg == "code"]
            given += [node.args[at] for at in positions.get(name, ()) if at < len(node.args)]
            found |= {text for value in given for text in texts(value, named) if re.fullmatch(r"[a-z0-9-]+", text)}
    return found


def test_every_code_is_in_the_catalogue() -> None:
    """Whatever is found can be explained."""
    assert sorted(emitted() - set(LINTS) - ELSEWHERE) == []


def test_every_finding_names_its_code() -> None:
    """None keeps the default."""
    calls = [
        node
        for tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
    ]
    assert len(calls) > 50
    assert [ast.unparse(call) for call in calls if not any(word.arg == "code" for word in call.keywords)] == []


def test_every_entry_is_found_by_something() -> None:
    """No entry stands for nothing."""
    of_plugins = {code for code in LINTS if code.startswith("cni-")}
    assert sorted(set(LINTS) - emitted() - of_plugins) == []
    assert of_plugins == {f"cni-{each.use.value}" for plugin in PLUGINS.values() for each in plugin.deviations}


def test_codes_of_losses_and_warnings_differ() -> None:
    """``netpolx explain CODE`` has one answer."""
    assert set(LINTS) & set(LOSSES) == set()


@pytest.mark.parametrize("code", [code for code in LINTS if code.startswith("cni-")])
def test_examples_of_plugins_have_what_they_show(code: str) -> None:
    """Some plugin does not enforce the example as it is written."""
    example = LINTS[code].example
    whole = "tier: Admin\npriority: 1\nsubject: {namespaces: {}}"
    match example.partition(": ")[2]:
        case "ClusterNetworkPolicy":
            text = cluster_policy(whole)
        case "AdminNetworkPolicy":
            text = admin_policy(whole.removeprefix("tier: Admin\n"))
        case _:
            has_subject = example.startswith("podSelector")
            text = kubernetes(example if has_subject else f"podSelector: {{}}\n{example}")
    policies = translator.parse_text(text, engine="kubernetes").as_read()
    assert code in {each.code for plugin in PLUGINS.values() for each in judge(policies, plugin)}


@pytest.mark.parametrize("kind", LINTS.values(), ids=list(LINTS))
def test_entries_are_whole(kind: LintKind) -> None:
    """A code of small words, sentences, something to do, an example."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind.code)
    assert not kind.title.endswith(".")
    assert kind.meaning.endswith((".", "`"))
    assert kind.remedy.endswith((".", "`"))
    assert kind.example.strip()


def test_codes_are_unique() -> None:
    """Two entries of one code are a mistake of ours."""
    kind = next(iter(LINTS.values()))
    with pytest.raises(ValueError, match=kind.code):
        table([kind, kind])
