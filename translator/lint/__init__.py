"""Lints: what policies say and hardly anybody means."""

from translator.lint.catalogue import LINTS
from translator.lint.linting import Linted, lint

__all__ = ["LINTS", "Linted", "lint"]
