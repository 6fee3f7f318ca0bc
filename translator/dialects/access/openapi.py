"""OpenAPI 3.0 and 3.1 descriptions → the requests that their operations are."""

from __future__ import annotations

from translator.dialects.access.model import OpenApiObject
from translator.dialects.access.reporting import Reporter
from translator.ir.traffic import HttpMatch
from translator.origin import Origin


def import_requests(wanted: OpenApiObject, origin: Origin, report: Reporter) -> tuple[HttpMatch, ...]:
    return ()
