"""Port text as the Cilium agent reads it (cilium.md 7, 10): a service name, else a number as Go parses it."""

from __future__ import annotations

import re
from typing import Final

_SERVICE_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]+(-[A-Za-z0-9]+)*\Z")
_OCTAL: Final = re.compile(r"[0-7]+\Z")


def agent_port(text: str) -> int | str | None:
    """A name, a number from 1 to 65535, or None for all ports.

    Zero and what is neither name nor number are all ports, and numbers beyond 65535 are 65535: the converters of
    Kubernetes kinds do not look at the error of Go's ParseUint [V Q144, Q144d, Q144g, Q145f, Q145g].
    """
    if len(text) <= 15 and _SERVICE_NAME.match(text):
        return text
    if not text.isascii() or not text.isdecimal():
        return None
    if text.startswith("0"):  # Go reads a leading zero as octal, and 08 as no number
        return min(int(text, 8), 65535) or None if _OCTAL.match(text) else None
    return min(int(text), 65535)
