"""Writing reports where ``--report FORMAT[=PATH]`` sends them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from translator.report.formats import Request

_GITHUB = "github"


def requested(values: Sequence[str] | None, known: Collection[str], *, output: str = "") -> list[Request]:
    """The reports that were asked for; in GitHub Actions annotations too, unless something was asked for.

    ``output``: the format of standard output, which counts as asked for when it is the annotations.
    """
    from translator.report.formats import Request, read_request

    requests = [read_request(each, known) for each in values or ()]
    if not requests and output != _GITHUB and os.environ.get("GITHUB_ACTIONS") == "true":
        requests.append(Request(format=_GITHUB, path=None))
    return requests


def is_text_wanted(requests: Sequence[Request], *, quiet: bool) -> bool:
    """Whether the text belongs on standard error: unless quiet, or another report for people and tools goes there.

    Annotations stand beside the text: they are for GitHub, the text is for who reads the log.
    """
    return not quiet and all(each.path is not None or each.format == _GITHUB for each in requests)


def send(requests: Sequence[Request], render: Callable[[Request], str]) -> None:
    """Each report into its file, or on standard error. Raises UsageError when a file cannot be written."""
    from translator.cli.inputs import save

    for each in requests:
        text = render(each)
        if each.path is None:
            sys.stderr.write(text)
        else:
            save(each.path, text)
