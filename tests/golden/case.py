"""One golden case: a folder with a source, what each target makes of it, and the losses on the way (design 9)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from translator.cli import main
from translator.loss.kind import EVERYWHERE

ROOT: Final = Path(__file__).resolve().parents[2]
GOLDEN: Final = ROOT / "golden"
LOSSES: Final = "losses.yaml"
LONGEST_SOURCE: Final = 60
ENGINES: Final = ("kubernetes", "calico", "cilium")
DEFAULT_TARGETS: Final = ("kubernetes", "calico", "cilium")


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What one run of ``netpolx translate`` did."""

    output: str
    losses: list[dict[str, str]]
    code: int
    messages: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A folder of ``golden/``."""

    path: Path
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> Path:
        """``source.<engine or dialect>.yaml``."""
        (found,) = self.path.glob("source.*.yaml")
        return found

    @property
    def origin(self) -> str:
        """The engine or dialect of the source."""
        return self.source.name.split(".")[1]

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets of the case: those of ``options.yaml``, else every engine."""
        chosen = self.options.get("targets", DEFAULT_TARGETS)
        return tuple(target for target in EVERYWHERE if target in chosen)

    @property
    def given(self) -> frozenset[str]:
        """The files that people write: source, context, options, and what else ``options.yaml`` names as input."""
        return frozenset({"context.yaml", "options.yaml", self.source.name, *self.options.get("inputs", [])})

    def arguments(self, target: str, report: Path) -> list[str]:
        """The command line; run in the folder of the case, so that places read ``source.calico.yaml:3:1``."""
        return [*self.command(target, self.source.name, origin=self.origin), "--report", f"json={report}"]

    def command(self, target: str, *files: str, origin: str) -> list[str]:
        """The command line that translates some files of this engine or dialect as the case translates its source."""
        own = self.options.get("options", [])
        more = self.options.get("options-for", {}).get(target, [])
        context = ["--context", "context.yaml"] if (self.path / "context.yaml").exists() else []
        given = ["--from", origin] if origin in (*ENGINES, "clusternetworkpolicy", "access") else []
        version = self.options.get("versions", {}).get(target)
        to = f"{target}@{version}" if version else target
        return ["translate", *files, "--to", to, *given, *context, *own, *more]

    def files(self, translations: dict[str, Translated]) -> dict[str, str]:
        """The files that belong into the folder beside source, context and options."""
        found = {f"{target}.yaml": each.output for target, each in translations.items() if each.output}
        losses = {target: each.losses for target, each in translations.items() if each.losses}
        if losses:
            found[LOSSES] = losses_text(losses)
        return found


def cases() -> list[Case]:
    """Every case, by name."""
    return [
        Case(path=path, options=_options(path))
        for path in sorted(GOLDEN.iterdir())
        if path.is_dir() and not path.name.startswith(".")
    ]


def _options(path: Path) -> dict[str, Any]:
    file = path / "options.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) or {} if file.exists() else {}


def losses_text(losses: dict[str, list[dict[str, str]]]) -> str:
    """``losses.yaml``: target → one line per loss; no prose, since that may change without meaning."""
    lines = []
    for target, entries in losses.items():
        lines.append(f"{target}:")
        lines += [
            f"- {{code: {entry['code']}, effect: {entry['effect']}, at: {json.dumps(entry['at'])}, "
            f"path: {json.dumps(entry['path'])}}}"
            for entry in entries
        ]
    return "\n".join(lines) + "\n"


def read_losses(report: Path) -> list[dict[str, str]]:
    """The losses of a JSON report, reduced to what a golden file keeps."""
    found = json.loads(report.read_text(encoding="utf-8"))["losses"]
    return [
        {
            "code": loss["code"],
            "effect": loss["effect"],
            "at": "{file}:{line}:{column}".format(**loss["place"]) if loss["place"] else "",
            "path": loss["place"]["path"] if loss["place"] else "",
        }
        for loss in found
    ]


def run(arguments: list[str]) -> int:
    """One command line, in this process."""
    return main(arguments)
