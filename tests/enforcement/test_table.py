"""The table of plugins."""

from __future__ import annotations

import pytest

from translator.enforcement import PLUGINS, Grade, Outcome, Plugin, Use, plugin_named
from translator.enforcement.profile import COLUMN_USES, Column
from translator.enforcement.rendering import enforcement_markdown, use_words
from translator.errors import UsageError

ALL = pytest.mark.parametrize("plugin", PLUGINS.values(), ids=list(PLUGINS))


@ALL
def test_every_plugin_is_complete(plugin: Plugin) -> None:
    """A grade for each column, a source, and each use at most once."""
    assert set(plugin.grades) == set(Column)
    assert plugin.sources
    uses = [deviation.use for deviation in plugin.deviations]
    assert len(uses) == len(set(uses))
    assert all(deviation.words and not deviation.words.endswith(".") for deviation in plugin.deviations)


def test_flannel_enforces_nothing() -> None:
    """The first thing that everybody has to know, and it is certain."""
    flannel = plugin_named("flannel")
    deviation = flannel.of(Use.POLICY)
    assert deviation is not None
    assert (deviation.outcome, deviation.grade) == (Outcome.NOT_ENFORCED, Grade.HIGH)
    others = [plugin for plugin in PLUGINS.values() if plugin.of(Use.POLICY)]
    assert others == [flannel]


def test_every_column_has_uses_and_every_use_has_words() -> None:
    """The documentation says everything that is known."""
    assert set(COLUMN_USES) == set(Column)
    assert all(use_words(use) for use in Use)
    text = enforcement_markdown()
    assert all(deviation.words in text for plugin in PLUGINS.values() for deviation in plugin.deviations)


def test_unknown_plugins_are_a_usage_error() -> None:
    """With a hint at the nearest name."""
    with pytest.raises(UsageError, match="did you mean `kube-router`"):
        plugin_named("kuberouter")
