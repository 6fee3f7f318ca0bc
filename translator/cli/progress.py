"""A line on the terminal that says how far a long run is; nothing anywhere else."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Final

_STAGES: Final = ("reading", "legalizing", "writing", "checking")
_PATIENCE: Final = 1.0
"""Seconds that pass before anything is shown: short runs stay silent."""
_WIDTH: Final = 24


class Progress:
    """Shows the stage on standard error when that is a terminal, and wipes the line at the end."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._shown = False
        self._wanted = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wipe()

    def stage(self, name: str) -> None:
        """A stage begins. The time that earlier ones took decides whether it is worth showing."""
        if not self._wanted or time.monotonic() - self._started < _PATIENCE:
            return
        done = _STAGES.index(name) if name in _STAGES else 0
        filled = _WIDTH * done // len(_STAGES)
        sys.stderr.write(f"\r[{'#' * filled}{' ' * (_WIDTH - filled)}] {name} …\x1b[K")
        sys.stderr.flush()
        self._shown = True

    def _wipe(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
