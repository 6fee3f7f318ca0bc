"""Plain YAML scalars read as kubectl reads them: sigs.k8s.io/yaml, that is go-yaml v2 ``resolve`` and then JSON.

YAML 1.1 booleans (``y``, ``on``), Go integers (``0o14``, ``010`` octal, underscores), floats without a dot (``1e3``);
no base 60, no timestamps; what leaves 64 bits is a float; ``.inf`` and ``.nan`` are no JSON and thus errors.
"""

from __future__ import annotations

import re
from typing import Any, Final


class UnreadableError(ValueError):
    """A scalar that kubectl refuses to turn into JSON."""


_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_NO_JSON: Final = frozenset(
    sign + word for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")
) | {".nan", ".NaN", ".NAN"}  # fmt: skip

_MAYBE_NUMBER: Final = frozenset("+-.0123456789")
_GO_INTEGER: Final = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[oO]?(?P<octal>[0-7]+)|0[bB](?P<binary>[01]+)|(?P<decimal>0|[1-9][0-9]*))\Z"
)
_SIGNED_BINARY: Final = re.compile(r"0b(?P<digits>[-+][01]+)\Z")
_GO_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_BASES: Final = (("decimal", 10), ("octal", 8), ("hex", 16), ("binary", 2))
_LONGEST_NUMBER: Final = 400
"""Digits; longer ones are beyond float64 anyway, and Python's own int() refuses more than 4,300."""


def read_plain(text: str) -> Any:
    """The value of a plain scalar: None, bool, int, float or str."""
    if text in _WORDS:
        return _WORDS[text]
    if text in _NO_JSON:
        raise UnreadableError(f"`{text}` has no place in JSON, kubectl refuses it")
    return _number(text) if text[0] in _MAYBE_NUMBER else text


def _number(text: str) -> Any:
    if text[0] == ".":  # go-yaml asks strconv.ParseFloat here, which reads underscores between digits too
        plain = text.replace("_", "") if re.fullmatch(r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?", text) else text
        return _float(plain, text)
    plain = text.replace("_", "")
    if signed := _SIGNED_BINARY.match(plain):
        return int(signed["digits"], 2)
    if not (match := _GO_INTEGER.match(plain)):
        return _float(plain, text)
    digits, base = next((match[name], base) for name, base in _BASES if match[name])
    if len(digits) > _LONGEST_NUMBER:
        return text if base != 10 else _float(plain, text)
    value = int(digits, base)
    value = -value if match["sign"] == "-" else value
    if -(1 << 63) <= value < 1 << 63:
        return value
    if 0 <= value < 1 << 64 and match["sign"] != "+":
        return as_json_number(float(value))
    # Beyond 64 bits go-yaml tries the text as a float, which hexadecimal, octal and binary are not.
    return _float(plain, text)


def _float(plain: str, text: str) -> Any:
    if not _GO_FLOAT.match(plain):
        return text
    value = float(plain)
    return text if value in (float("inf"), float("-inf")) else as_json_number(value)


def as_json_number(value: float) -> int | float:
    """A float as it comes back from Go's JSON: without an exponent below 1e21, so a whole one is an integer."""
    if abs(value) >= 1e21 or not value.is_integer():
        return value
    if abs(value) < 1 << 53:
        return int(value)
    # Go writes the shortest digits that mean this float and fills up with zeros.
    digits, _, exponent = repr(value).partition("e")
    whole, _, fraction = digits.partition(".")
    return int(whole + fraction) * 10 ** (int(exponent) - len(fraction)) if exponent else int(whole)


def read_tagged(tag: str, text: str) -> Any:
    """The value of a scalar with a core tag, quoted or not; KeyError for a tag that is none of them."""
    if tag == "str":
        return text
    kind: type | tuple[type, ...] = _TAGS[tag]
    value = read_plain(text)
    whole = tag != "int" or ("." not in text and (text[:2].lower() == "0x" or "e" not in text.lower()))
    if not isinstance(value, kind) or (isinstance(value, bool) and tag != "bool") or not whole:
        raise UnreadableError(f"`{text}` cannot be read as !!{tag}")
    return value


_TAGS: Final[dict[str, type | tuple[type, ...]]] = {"int": int, "float": (int, float), "bool": bool, "null": type(None)}
