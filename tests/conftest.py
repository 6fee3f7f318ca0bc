"""Options of the test run."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-golden`` rewrites the golden files; ``tests/golden`` refuses it under CI."""
    parser.addoption("--update-golden", action="store_true", help="rewrite golden/ with what the code does now")
