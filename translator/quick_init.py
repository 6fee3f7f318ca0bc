"""A cheaper ``__init__`` for the frozen dataclasses that are made by the ten thousands.

The one of the standard library calls ``object.__setattr__`` for each field, which looks the field up by its name; this
one calls the setter of the slot itself. It takes 0.6 of the time, and making dataclasses is a tenth of a translation.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


def quick_init(cls: Class) -> Class:
    """Stands above ``@dataclass(frozen=True, slots=True)``, without default factories and ``__post_init__``."""
    own = fields(cls)
    if hasattr(cls, "__post_init__") or any(each.default_factory is not MISSING or not each.init for each in own):
        raise TypeError(f"{cls.__name__} needs the __init__ that it has")
    names = {f"_set_{each.name}": getattr(cls, each.name).__set__ for each in own}
    names |= {f"_default_{each.name}": each.default for each in own if each.default is not MISSING}
    parameters = ["self"]
    for each in own:
        if each.kw_only and "*" not in parameters:
            parameters.append("*")
        parameters.append(each.name if each.default is MISSING else f"{each.name}=_default_{each.name}")
    lines = [
        f"def make({', '.join(names)}):",
        f"    def __init__({', '.join(parameters)}):",
        *(f"        _set_{each.name}(self, {each.name})" for each in own),
        "    return __init__",
    ]
    made: dict[str, Any] = {}
    exec("\n".join(lines), made)  # as the standard library makes its own
    init = made["make"](**names)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = vars(cls)["__init__"].__annotations__
    type.__setattr__(cls, "__init__", init)
    return cls
