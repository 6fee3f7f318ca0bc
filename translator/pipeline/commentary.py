"""Comments that people wrote go to the document that replaces theirs; on request, losses stand beside their lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from translator.documents import Document, dump
from translator.documents.comments import Comment, comments_of, dump_with_comments
from translator.ir.policy import Direction, Policy
from translator.loss import Loss
from translator.origin import FieldPath
from translator.pipeline.emission import Output
from translator.pipeline.output import MARK
from translator.pipeline.registry import EMITTERS, SPECIFICATIONS

_SUBJECTS: Final = (
    "podSelector",
    "selector",
    "namespaceSelector",
    "serviceAccountSelector",
    "endpointSelector",
    "nodeSelector",
    "subject",
)
"""The fields that say whom a policy applies to, in whatever dialect."""
_LISTS: Final = frozenset({"ingress", "egress", "ingressDeny", "egressDeny"})


def with_comments(outputs: Iterable[Output], losses: Sequence[Loss] = ()) -> tuple[Output, ...]:
    """The outputs with the comments of their sources, and with a comment for each loss that is given.

    A source that became several documents gives its comments to the first of them. Documents that stay as they are have
    theirs already.
    """
    by_place: dict[tuple[str, int], list[Loss]] = {}
    for loss in losses:
        if loss.origin is not None:
            by_place.setdefault((loss.origin.file, loss.origin.document.index), []).append(loss)
    taken: set[tuple[str, int]] = set()
    parts = _Parts(losses)
    found = []
    for output in outputs:
        document = output.origin.document if output.origin is not None else None
        if output.text is not None or output.members or not isinstance(document, Document):
            found.append(output)
            continue
        place = (document.file, document.index)
        if output.source is not None and output.source.dialect in SPECIFICATIONS:
            found.append(parts.commented(output, document))
            continue
        own = () if place in taken else by_place.get(place, ())
        comments = {} if place in taken else _comments(document)
        taken.add(place)
        found.append(_commented(output, comments, own) if comments or own else output)
    return tuple(found)


class _Parts:
    """Parts of specifications: each names the place it came from, and has the comments and losses of that part."""

    def __init__(self, losses: Iterable[Loss]) -> None:
        self._losses: dict[str, list[Loss]] = {}
        for loss in losses:
            self._losses.setdefault(loss.policy, []).append(loss)
        self._comments: dict[tuple[str, int], dict[FieldPath, dict[FieldPath, Comment]]] = {}

    def commented(self, output: Output, document: Document) -> Output:
        """The output with all that."""
        source = output.source
        assert source is not None, "asked for outputs of policies"
        origin = source.origin
        assert origin is not None, "a part of a document"
        place = f"# {origin.file}:{origin.line} {origin.field_path}"
        comments = self._of(document).get(origin.path, {})
        losses = [
            loss
            for loss in self._losses.get(source.reference, ())
            if loss.origin is not None and loss.origin.document is origin.document
        ]
        if not comments and not losses:
            return replace(output, text=f"{place}\n{dump([output.data])}")
        rules = dict(_rule_paths(output))
        placed: dict[FieldPath, Comment] = {(): Comment(above=(place,))}
        for path, comment in comments.items():
            _add(placed, _nearest(path, rules), comment)
        for loss in losses:
            path = _nearest(loss.origin.path if loss.origin else (), rules)
            above = Comment(above=(f"# {loss.code} {loss.effect.word}: {loss.message}",))
            _add(placed, path, _beside(loss) if path else above)
        return replace(output, text=dump_with_comments(output.data, placed))

    def _of(self, document: Document) -> dict[FieldPath, dict[FieldPath, Comment]]:
        """The comments of a document by the part that they stand in: ``services`` and a name."""
        place = (document.file, document.index)
        if place not in self._comments:
            found = self._comments[place] = {}
            for path, comment in _comments(document).items():
                found.setdefault(path[:2], {})[path] = comment
        return self._comments[place]


def _nearest(path: FieldPath, rules: Mapping[FieldPath, FieldPath]) -> FieldPath:
    """The rule that a field became, or the whole document."""
    return next((rules[path[:length]] for length in range(len(path), 0, -1) if path[:length] in rules), ())


def _beside(loss: Loss) -> Comment:
    return Comment(beside=f"{loss.code} {loss.effect.word}: {loss.message}")


def _comments(document: Document) -> dict[FieldPath, Comment]:
    """What people wrote; our own mark is no comment of theirs."""
    text = document.whole.text if document.whole is not None else document.text
    if "#" not in text:
        return {}
    return {
        path: kept
        for path, comment in comments_of(document).items()
        if (kept := replace(comment, above=tuple(line for line in comment.above if not line.startswith(MARK))))
        != Comment()
    }


def _commented(output: Output, comments: Mapping[FieldPath, Comment], losses: Sequence[Loss]) -> Output:
    places = dict(_rule_paths(output))
    placed: dict[FieldPath, Comment] = {}
    for path, comment in comments.items():
        _add(placed, _path_in(output, path, places), comment)
    for loss in losses:
        path = loss.origin.path if loss.origin is not None else ()
        _add(placed, _path_in(output, path, places), _beside(loss))
    return replace(output, text=dump_with_comments(output.data, placed))


def _add(placed: dict[FieldPath, Comment], path: FieldPath, comment: Comment) -> None:
    """Several comments at one place follow each other."""
    known = placed.get(path, Comment())
    beside = "; ".join(text for text in (known.beside, comment.beside) if text)
    placed[path] = Comment(
        above=(*known.above, *comment.above), beside=beside or None, below=(*known.below, *comment.below)
    )


def _path_in(output: Output, path: FieldPath, rules: Mapping[FieldPath, FieldPath]) -> FieldPath:
    """Where in the output a field of the source went; the nearest field above it where it did not go anywhere."""
    for length in range(len(path), 0, -1):
        if path[:length] in rules:
            return rules[path[:length]] + path[length:]
    in_rule = next((step for step in range(len(path) - 1) if path[step] in _LISTS), None)
    if in_rule is not None:
        return ("spec", path[in_rule])
    spec = output.data.get("spec")
    if len(path) > 1 and path[1] in _SUBJECTS and isinstance(spec, Mapping):
        return next((("spec", name) for name in _SUBJECTS if name in spec), ("spec",))
    return path


def _rule_paths(output: Output) -> Iterator[tuple[FieldPath, FieldPath]]:
    """Source rule → rule of the output: what a policy with that one rule would write, looked for in the document.

    Emitters merge and split rules, so that positions do not tell. A rule that was merged into another is not found, and
    its comments stand at the list.
    """
    policy = output.policy
    if policy is None or policy.dialect not in EMITTERS:
        return
    for direction in Direction:
        for rule in policy.rules(direction):
            if rule.origin is None or (output.origin and rule.origin.document is not output.origin.document):
                continue
            single = _only(policy, direction, rule)
            written = EMITTERS[policy.dialect].policy(single)
            path = next(_found(written, output.data), None)
            if path is not None:
                yield rule.origin.path, path


def _only(policy: Policy, direction: Direction, rule: Any) -> Policy:
    rules: dict[Direction, tuple[Any, ...]] = {each: (rule,) if each is direction else () for each in Direction}
    return replace(policy, ingress=rules[Direction.INGRESS], egress=rules[Direction.EGRESS])


def _found(written: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[FieldPath]:
    """The places of the rules of one document in the lists of another, in order."""
    small, big = written.get("spec") or {}, data.get("spec") or {}
    for name, items in small.items():
        whole = big.get(name)
        if isinstance(items, list) and isinstance(whole, list):
            for number, item in enumerate(whole):
                if isinstance(item, Mapping) and item in items:
                    yield ("spec", name, number)
