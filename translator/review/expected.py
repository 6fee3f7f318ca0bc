"""What belongs into the output of a configuration: every target translated, and its losses."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from translator.documents.files import find_files, read_bytes
from translator.documents.loading import Loaded
from translator.errors import Finding, InputError, Severity
from translator.legalize.target import Target, TargetName
from translator.loss.loss import Loss
from translator.pipeline.emission import Output, as_yaml
from translator.pipeline.registry import engine_named
from translator.pipeline.source import ReadOptions, Source, parse_loaded
from translator.pipeline.translate import Translation, translate
from translator.review.config import Config, shown_path
from translator.review.sides import load_files
from translator.review.stamp import stamped
from translator.wire.context import load_context

LOSSES_FILE: Final = "losses.yaml"
_NOWHERE: Final = "others.yaml"
"""Where documents go that stand for no document of the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One target: its translation, and the text of every file below its directory."""

    translation: Translation
    folder: PurePosixPath
    """``generated/cilium``, from the root."""
    files: Mapping[PurePosixPath, str] = field(default_factory=dict)
    """Path from the root → text."""

    @property
    def target(self) -> Target:
        """The target."""
        return self.translation.target


def read_sources(config: Config) -> Source:
    """The policies of a configuration, in files named from its root. Raises InputError with every finding."""
    gone = [each for each in config.context if not (config.root / each).exists()]
    if gone:
        origin = config.origin.at("context")
        raise InputError(Finding(message=f"there is no `{each}`", origin=origin, code="no-files") for each in gone)
    context = load_context([shown_path(config.root / each) for each in config.context])
    engine = engine_named(config.engine) if config.engine else None
    return parse_loaded(_load(config), ReadOptions(engine=engine, context=context))


def _load(config: Config) -> Loaded:
    findings: list[Finding] = []
    files: dict[str, bytes] = {}
    for number, source in enumerate(config.sources):
        origin = config.origin.at("sources", number)
        if not (config.root / source).exists():
            findings.append(Finding(message=f"there is no `{source}`", origin=origin, code="no-files"))
            continue
        found = find_files(str(config.root / source))
        findings += [
            Finding(message=f"{error.filename} cannot be read: {error.strerror}", origin=origin, code="unreadable")
            for error in found.errors
        ]
        for path in found.files:
            name = Path(os.path.relpath(path, config.root)).as_posix()
            if not _is_ours(config, name):
                files[name] = _content(path, origin_findings=findings, config=config)
    if not files and not findings:
        findings.append(Finding(message="there are no policies", origin=config.origin.at("sources"), code="no-files"))
    if findings:
        raise InputError(findings)
    return load_files(files)


def _content(path: str, *, origin_findings: list[Finding], config: Config) -> bytes:
    try:
        content = read_bytes(path)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        origin_findings.append(Finding(message=message, origin=config.origin.at("sources"), code="unreadable"))
        return b""
    return content if isinstance(content, bytes) else content.encode()


def _is_ours(config: Config, name: str) -> bool:
    """Whether a file below a source is no source: what is generated, the configuration, the context."""
    path = PurePosixPath(name)
    context = {os.path.normpath(each) for each in config.context}
    return (
        path.is_relative_to(config.output)
        or str(path) in context
        or (config.root / name).resolve() == (config.root / Path(config.file).name).resolve()
    )


def expect(config: Config, source: Source) -> Iterator[Expected]:
    """Every target, translated and checked. Raises InternalError where a translation is not what it declares."""
    for name in config.targets:
        translation = translate(source.policies, Target(name=TargetName(name)), source.context)
        folder = PurePosixPath(config.output) / name
        yield Expected(translation=translation, folder=folder, files=_files(translation, folder))


def _files(translation: Translation, folder: PurePosixPath) -> dict[PurePosixPath, str]:
    target = translation.target.name.value
    by_path: dict[PurePosixPath, list[Output]] = {}
    names: dict[PurePosixPath, str] = {}
    for output in translation.outputs:
        path = _path(output.file)
        if names.setdefault(path, output.file) != output.file or str(path) == LOSSES_FILE:
            raise InputError([_collision(output, path, names[path])])
        by_path.setdefault(path, []).append(output)
    files = {
        folder / path: stamped(as_yaml(outputs), what=f"from {names[path]} for {target}")
        for path, outputs in sorted(by_path.items())
    }
    losses = losses_text(translation.losses)
    return {**files, folder / LOSSES_FILE: stamped(losses, what=f"with the translation for {target}")}


def _path(file: str) -> PurePosixPath:
    path = PurePosixPath(_NOWHERE if file == "-" else file)
    return path.with_suffix(".yaml") if path.suffix.lower() == ".json" else path


def _collision(output: Output, path: PurePosixPath, other: str) -> Finding:
    taken = "is where the losses go" if str(path) == LOSSES_FILE else f"is what {other} becomes"
    return Finding(
        message=f"it would be written to {path}, which {taken}: rename the file", origin=output.origin, code="collision"
    )


def losses_text(losses: Sequence[Loss]) -> str:
    """One line for each loss, and no prose, since that may change without meaning (design 9)."""
    return "".join(f"- {_line(loss)}\n" for loss in losses) or "[]\n"


def _line(loss: Loss) -> str:
    origin = loss.origin
    place, path = (str(origin), origin.field_path) if origin else ("", "")
    shown = {"at": place, "path": path, "policy": loss.policy}
    fields = [f"code: {loss.code}", f"effect: {loss.effect.word}", *(f"{key}: {_quoted(shown[key])}" for key in shown)]
    return f"{{{', '.join(fields)}}}"


def _quoted(text: str) -> str:
    """JSON is YAML; what is not ASCII is escaped, so that every reader agrees on it."""
    return json.dumps(text)


def warnings(source: Source) -> Iterable[Finding]:
    """What is to be said about the input."""
    return (each for each in source.findings if each.severity is Severity.WARNING)
