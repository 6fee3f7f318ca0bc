"""Comments that people wrote go to the document that replaces theirs; on request, losses stand beside their lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from translator.documents.comments import Comment, dump_with_comments
from translator.documents.document import Document
from translator.documents.emitter import dump
from translator.documents.positions import paths
from translator.ir.policy import Direction, Policy
from translator.loss.loss import Loss
from translator.origin import FieldPath
from translator.pipeline.emission import Output
from translator.pipeline.emitters import EMITTERS
from translator.pipeline.registry import SPECIFICATIONS
from translator.pipeline.stray_comments import (
    for_people,
    headed,
    listed,
    named,
    own_comments,
    receivers,
    value_at,
    without_header,
)

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


def with_comments(
    outputs: Sequence[Output], strays: Mapping[int, Sequence[str]], losses: Sequence[Loss] = ()
) -> tuple[Output, ...]:
    """The outputs with the comments of their sources, and with a comment for each loss that is given.

    A source that became several documents gives its comments to the first of them. Documents that stay as they are have
    theirs already. ``strays``: the lines above an output that are of no document of it.
    """
    by_place: dict[tuple[str, int], list[Loss]] = {}
    for loss in losses:
        if loss.origin is not None:
            by_place.setdefault((loss.origin.file, loss.origin.document.index), []).append(loss)
    chosen = receivers(outputs)
    parts = _Parts(losses)
    found = []
    for position, output in enumerate(outputs):
        document = output.origin.document if output.origin is not None else None
        if not isinstance(document, Document):
            found.append(output)
        elif output.members:
            found.append(_specified(output))
        elif output.text is not None:
            text = without_header(output.text, document)
            found.append(output if text == output.text else replace(output, text=text))
        elif output.source is not None and output.source.dialect in SPECIFICATIONS:
            found.append(parts.commented(output, document))
        else:
            place = (document.file, document.index)
            is_first = chosen.get(place) == position
            comments = own_comments(document) if is_first else {}
            if head := comments.get(()):
                comments[()] = replace(head, above=for_people(head.above, document, output.data))
            own = by_place.get(place, ()) if is_first else ()
            found.append(_commented(output, comments, own, document) if comments or own else output)
    return tuple(_below(each, strays[number]) if number in strays else each for number, each in enumerate(found))


def _below(output: Output, head: Sequence[str]) -> Output:
    return replace(output, text=headed(output.text or dump([output.data]), head))


def _specified(output: Output) -> Output:
    """A specification with the comments of each policy above the service that it is part of."""
    placed: dict[FieldPath, Comment] = {}
    done = set()
    for member in output.members:
        origin = member.policy.origin
        document = origin.document if origin is not None else None
        if isinstance(document, Document) and (document.file, document.index) not in done:
            done.add((document.file, document.index))
            path = ("services", member.service)
            above = (*placed.get(path, Comment()).above, *listed(own_comments(document), document.data))
            placed |= {path: Comment(above=above)} if above else {}
    return replace(output, text=dump_with_comments(output.data, placed)) if placed else output


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
        comments = self._of(document).get(origin.path[:2], {})
        losses = [
            loss
            for loss in self._losses.get(source.reference, ())
            if loss.origin is not None and loss.origin.document is origin.document
        ]
        if not comments and not losses:
            return replace(output, text=f"{place}\n{dump([output.data])}")
        rules = dict(reversed([*_rule_paths(output)]))
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
            for path, comment in own_comments(document).items():
                found.setdefault(path[:2], {})[path] = comment
        return self._comments[place]


def _nearest(path: FieldPath, rules: Mapping[FieldPath, FieldPath]) -> FieldPath:
    """The rule that a field became, or the whole document."""
    return next((rules[path[:length]] for length in range(len(path), 0, -1) if path[:length] in rules), ())


def _beside(loss: Loss) -> Comment:
    return Comment(beside=f"{loss.code} {loss.effect.word}: {loss.message}")


def _commented(
    output: Output, comments: Mapping[FieldPath, Comment], losses: Sequence[Loss], document: Document
) -> Output:
    rules: dict[FieldPath, list[FieldPath]] = {}
    for source, path in _rule_paths(output):
        rules.setdefault(source, []).append(path)
    firsts = {source: paths[0] for source, paths in rules.items()}
    placed: dict[FieldPath, Comment] = {}
    displaced: dict[FieldPath, list[tuple[FieldPath, str]]] = {}
    for path, comment in comments.items():
        found, is_exact = _place_of(output, path, rules, document)
        if comment.beside and not is_exact:
            displaced.setdefault(found, []).append((path, comment.beside))
            _add(placed, found, replace(comment, beside=None))
        else:
            _add(placed, found, comment)
    for found, several in displaced.items():
        if len(several) == 1 and not placed.get(found, Comment()).beside:
            _add(placed, found, Comment(beside=several[0][1]))
        else:
            _add(placed, found, Comment(above=tuple(named(said, path, document.data) for path, said in several)))
    for loss in losses:
        path = loss.origin.path if loss.origin is not None else ()
        _add(placed, _path_in(output, path, firsts), _beside(loss))
    return replace(output, text=dump_with_comments(output.data, placed))


def _add(placed: dict[FieldPath, Comment], path: FieldPath, comment: Comment) -> None:
    """Several comments at one place follow each other."""
    known = placed.get(path, Comment())
    beside = "; ".join(text for text in (known.beside, comment.beside) if text)
    placed[path] = Comment(
        above=(*known.above, *comment.above), beside=beside or None, below=(*known.below, *comment.below)
    )


def _place_of(
    output: Output, path: FieldPath, rules: Mapping[FieldPath, Sequence[FieldPath]], document: Document
) -> tuple[FieldPath, bool]:
    """Where the comment of a field goes, and whether what it stood at is there: the field, or an item of its value.

    A value is looked for within what its rule became, or, outside of rules, within the whole; one that stands there
    twice says nothing.
    """
    rule = next((path[:length] for length in range(len(path), 0, -1) if path[:length] in rules), None)
    firsts = {source: paths[0] for source, paths in rules.items()}
    found = _existing(output.data, target := _path_in(output, path, firsts))
    value = value_at(document.data, path)
    if isinstance(value, dict | list) or value is None:
        return found, found == target
    if found == target and str(value_at(output.data, found)) == str(value):
        return found, True
    in_list = any(path[step] in _LISTS for step in range(len(path) - 1))
    within = rules[rule] if rule is not None else () if in_list else (("spec",),)
    same = [
        (*place, *below)
        for place in within
        for below in paths(value_at(output.data, place))
        if str(value_at(output.data, (*place, *below))) == str(value)
    ]
    return (same[0], True) if len(same) == 1 else (found, found == target and not isinstance(path[-1], int))


def _existing(data: Mapping[str, Any], path: FieldPath) -> FieldPath:
    """The field, or the nearest one above it that exists."""
    while path and value_at(data, path) is None:
        path = path[:-1]
    return path


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
    """Source rule → rules of the output: what a policy with that one rule would write, looked for in the document.

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
            yield from ((rule.origin.path, path) for path in _found(written, output.data))


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
