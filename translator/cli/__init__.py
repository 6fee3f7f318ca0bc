"""The command line: ``netpolx``."""

from translator.cli.main import main

__all__ = ["main"]
