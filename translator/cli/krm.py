"""``netpolx-fn``: translation as a KRM function, ResourceList in and ResourceList out, for kustomize and kpt.

The API: https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md.
kustomize shows standard error and looks at the exit code only; kpt reads ``results``. Hence both.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from translator.cli.terminal import put, use_utf8, warn

if TYPE_CHECKING:
    from translator.review.krm import Call

DONE: Final = 0
NO: Final = 1
BAD_INPUT: Final = 2
BUG: Final = 3
_USAGE: Final = """\
Usage: netpolx-fn < resource-list.yaml

A KRM function: translates the network policies of a ResourceList, as its functionConfig says.
It runs under kustomize (`exec: {path: netpolx-fn}`) and kpt; see docs/integrations.md.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one ResourceList. The exit code: 0 done, 1 refused, 2 bad input, 3 our bug; below 2 there is output."""
    use_utf8()
    given = sys.argv[1:] if arguments is None else arguments
    if given:
        (put if given[0] in ("-h", "--help") else warn)(_USAGE)
        return DONE if given[0] in ("-h", "--help") else BAD_INPUT
    try:
        return _answer(sys.stdin.buffer.read())
    except Exception as error:
        from translator.errors import InputError, InternalError, NetpolxError

        if isinstance(error, InputError):
            for finding in error.findings:
                warn(str(finding))
            return BAD_INPUT
        if isinstance(error, NetpolxError) and not isinstance(error, InternalError):
            warn(f"netpolx-fn: {error}")
            return BAD_INPUT
        warn(f"netpolx-fn: internal error: {type(error).__name__}: {error}")
        warn("This is a bug in netpolx, not in your input. Nothing was changed.")
        return BUG


def _answer(text: bytes) -> int:
    from translator.documents.emitter import dump
    from translator.review.krm import read_call, run

    call: Call = read_call(text)
    answer = run(call)
    for line in answer.lines:
        warn(line)
    put(dump([answer.document]))
    return NO if answer.refused else DONE
