"""Symbolic comparison of two policy sets over all flows."""

from translator.semantics.compare.attribution import Declared
from translator.semantics.compare.comparison import compare
from translator.semantics.compare.describe import (
    describe,
    describe_difference,
    describe_flow,
    describe_parts,
    describe_witness,
)
from translator.semantics.compare.outcome import (
    Attribution,
    Comparison,
    Difference,
    Part,
    Region,
    Result,
    Topic,
    Witness,
)

__all__ = [
    "Attribution",
    "Comparison",
    "Declared",
    "Difference",
    "Part",
    "Region",
    "Result",
    "Topic",
    "Witness",
    "compare",
    "describe",
    "describe_difference",
    "describe_flow",
    "describe_parts",
    "describe_witness",
]
