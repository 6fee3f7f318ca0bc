"""``netpolx.yaml`` and ``[tool.netpolx]``."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.review.conftest import Netpolx, write
from translator.cli.schemas import schema_text
from translator.errors import InputError, UsageError
from translator.review.config import find_config, read_config

PLAIN = "sources: [policies/]\ntargets: [cilium]\noutput: generated/\n"
FULL = (
    PLAIN
    + "from: calico\ncontext: cluster.yaml\naccept:\n"
    + '- {code: order-flattened, path: policies/api.yaml, reason: "reviewed in #12", until: 2027-01-31}\n'
)
TOML = """\
[project]
name = "x"

[tool.netpolx]
sources = ["policies/"]
targets = ["cilium"]
output = "generated/"
from = "calico"
context = "cluster.yaml"

[[tool.netpolx.accept]]
code = "order-flattened"
path = "policies/api.yaml"
reason = "reviewed in #12"
until = 2027-01-31
"""


def found(text: str, name: str = "netpolx.yaml") -> list[str]:
    write({name: text})
    with pytest.raises(InputError) as caught:
        read_config(Path(name))
    return [str(each) for each in caught.value.findings]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_field_of_the_design_is_read() -> None:
    """Paths are normal, days are dates, and the file follows its published schema."""
    write({"netpolx.yaml": FULL})
    config = read_config(Path("netpolx.yaml"))
    assert (config.sources, config.engine, config.targets) == (("policies",), "calico", ("cilium",))
    assert (config.output, config.context) == ("generated", ("cluster.yaml",))
    (entry,) = config.accept
    assert (entry.code, entry.path, entry.until) == ("order-flattened", "policies/api.yaml", date(2027, 1, 31))
    data = yaml.load(FULL, Loader=yaml.BaseLoader)
    jsonschema.validate(data, json.loads(schema_text("netpolx")))


def test_toml_says_the_same() -> None:
    """A table of ``pyproject.toml`` is read as the file is, dates included."""
    write({"netpolx.yaml": FULL, "pyproject.toml": TOML})
    one, other = (read_config(Path(name)) for name in ("netpolx.yaml", "pyproject.toml"))
    assert (one.sources, one.engine, one.targets, one.output, one.context) == (
        other.sources,
        other.engine,
        other.targets,
        other.output,
        other.context,
    )
    assert [(each.code, each.path, each.reason, each.until) for each in one.accept] == [
        (each.code, each.path, each.reason, each.until) for each in other.accept
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PLAIN + "acept: []\n", "netpolx.yaml:4:1: error: acept: unknown field `acept`; did you mean `accept`?"),
        (
            PLAIN + "accept:\n- {code: log-droped}\n",
            "netpolx.yaml:5:4: error: accept[0].code: there is no loss `log-droped`; did you mean `log-dropped`?",
        ),
        (
            PLAIN + "accept:\n- {code: log-dropped, untill: 2027-01-31}\n",
            "netpolx.yaml:5:23: error: accept[0].untill: unknown field `untill`; did you mean `until`?",
        ),
        (
            PLAIN + "accept:\n- {code: log-dropped, until: 31.1.2027}\n",
            "netpolx.yaml:5:23: error: accept[0].until: expected a date like 2027-01-31, found `31.1.2027`",
        ),
        (
            PLAIN.replace("cilium", "celium"),
            "netpolx.yaml:2:11: error: targets[0]: there is no target `celium`",
        ),
        (PLAIN + "from: kalico\n", "netpolx.yaml:4:1: error: from: there is no engine `kalico`"),
        (
            PLAIN.replace("generated/", "../generated"),
            "netpolx.yaml:3:1: error: output: expected a path below the directory of this file, found `../generated`",
        ),
        (PLAIN.replace("generated/", "."), "expected a directory of its own for what is generated"),
        (PLAIN.replace("policies/", "generated/x"), "`generated/x` lies in the output `generated`, which is generated"),
        (PLAIN.replace("sources: [policies/]\n", ""), "required field `sources` is missing"),
        (
            PLAIN.replace("[cilium]", "[]"),
            "netpolx.yaml:2:1: error: targets: expected at least one, found an empty list",
        ),
        ("- a\n", "netpolx.yaml:1:1: error"),
        ("a: [\n", "netpolx.yaml:"),
    ],
)
def test_mistakes_have_a_place_and_a_suggestion(text: str, expected: str) -> None:
    """Nothing is ignored: a misspelt key would mean that nobody looks at a loss."""
    assert any(expected in each for each in found(text)), found(text)


def test_mistakes_in_toml_have_a_line_too() -> None:
    """The line of the key, or of the entry's table."""
    (unknown,) = found(TOML + 'untill = "x"\n', "pyproject.toml")
    assert unknown.startswith("pyproject.toml:16:1: error: accept[0].untill: unknown field")
    (wrong,) = found(TOML.replace('output = "generated/"', "output = 1"), "pyproject.toml")
    assert wrong.startswith("pyproject.toml:7:1: error: output: ")
    (broken,) = found(TOML + "= 1\n", "pyproject.toml")
    assert broken.startswith("pyproject.toml:16:1: error: ")


def test_the_nearest_configuration_is_found_upward() -> None:
    """A ``netpolx.yaml`` goes before a ``pyproject.toml`` beside it; one without our table is passed over."""
    write({"pyproject.toml": "[project]\nname = 'x'\n", "a/pyproject.toml": TOML, "a/b/c/x": "", "netpolx.yaml": PLAIN})
    assert find_config(Path("a/b/c")) == Path("a/pyproject.toml").resolve()
    write({"a/netpolx.yaml": PLAIN, "a/b/pyproject.toml": "not toml"})
    assert find_config(Path("a/b/c")) == Path("a/netpolx.yaml").resolve()


def test_the_search_ends_at_the_top_of_the_repository() -> None:
    """A file above it belongs to something else."""
    write({"netpolx.yaml": PLAIN, "repository/.git/HEAD": "", "repository/x/y": ""})
    with pytest.raises(UsageError, match=r"no netpolx\.yaml from"):
        find_config(Path("repository/x"))


def test_without_a_configuration_it_is_two(netpolx: Netpolx) -> None:
    """And the message says what to write."""
    write({".git/HEAD": ""})
    run = netpolx("golden", "check")
    assert run.code == 2
    assert "sources: [policies/]" in run.err


def test_a_source_that_is_not_there_is_two(netpolx: Netpolx) -> None:
    """At its place in the configuration."""
    write({"netpolx.yaml": PLAIN})
    run = netpolx("golden", "check")
    assert run.code == 2
    assert run.err.startswith("netpolx.yaml:1:11: error: sources[0]: there is no `policies`")


def test_a_context_that_is_not_there_is_two(netpolx: Netpolx) -> None:
    """With the place of the line that names it."""
    write({"netpolx.yaml": PLAIN + "context: [a.yaml, b.yaml]\n", "policies/a.yaml": "", "a.yaml": ""})
    run = netpolx("golden", "check")
    assert (run.code, run.err) == (2, "netpolx.yaml:4:1: error: context: there is no `b.yaml`\n")
