"""HTTP rules and lists that are too long for one rule (calico.md 1.2, 4.5)."""

from __future__ import annotations

import pytest

from tests.calico.writing import (
    APP,
    GET,
    IN_SHOP,
    ORDERS,
    TCP_ONLY,
    allow,
    http,
    namespaced,
    packets,
    pods,
    rules_of,
    source,
    subject,
    tcp,
)
from translator.errors import InternalError
from translator.ir.labels import (
    one_of,
)
from translator.ir.layer7 import HttpMatch, Layer7, Pattern, Syntax
from translator.ir.peers import (
    ANYONE,
    Network,
)
from translator.ir.traffic import TCP, Ports, Traffic, protocol_set

# -- HTTP ------------------------------------------------------------------------------------------------------------


def test_http() -> None:
    """Methods and paths; several alternatives are several rules."""
    layer7 = Layer7(http=(HttpMatch(methods=(GET,), paths=(ORDERS,)), HttpMatch(methods=(GET,))))
    found = rules_of(namespaced(allow(ANYONE, traffic=(TCP_ONLY,), layer7=layer7)))
    assert [rule["http"] for rule in found] == [
        {"methods": ["GET"], "paths": [{"prefix": "/orders"}]},
        {"methods": ["GET"]},
    ]


# -- limits ----------------------------------------------------------------------------------------------------------


def test_long_port_lists_are_split() -> None:
    """At most 50 items per rule."""
    found = packets(tcp(*range(1, 200, 2)))
    assert [len(rule["destination"]["ports"]) for rule in found] == [50, 50]


def test_long_lists_of_excluded_ports_become_what_is_left() -> None:
    """More than 50 excluded ports do not fit into a rule; port 0 remains as the complement of all others."""
    numbers = tuple((port, port) for port in range(1, 200, 2))
    found = packets(Traffic(protocols=protocol_set(TCP), not_ports=Ports(numbers=numbers)))
    assert found[0]["destination"]["ports"][:2] == [2, 4]
    assert found[-1]["destination"] == {"notPorts": ["1:65535"]}


def test_long_range_lists_are_split() -> None:
    """At most 256 ranges per rule."""
    cidrs = tuple(f"10.{high}.{low}.0/24" for high in range(2) for low in range(0, 256, 2))
    wide = tuple(f"172.{16 + high}.{low}.0/24" for high in range(2) for low in range(0, 256, 2))
    found = source(Network(cidrs=(*cidrs, *wide)))
    assert [len(each["nets"]) for each in found if each] == [256, 256]
    holes = (*cidrs, *wide, "192.168.0.0/16")
    found = source(Network(cidrs=("0.0.0.0/0",), excepts=holes))
    assert all(each and "notNets" not in each and len(each["nets"]) <= 256 for each in found)


def test_long_selectors_are_split() -> None:
    """A selector of more than 1024 characters becomes several rules; that of a policy cannot."""
    names = tuple(f"component-with-a-long-name-{number:03}" for number in range(100))
    found = source(pods(IN_SHOP, one_of(APP, *names)))
    assert len(found) > 1
    assert all(each and len(each["selector"]) <= 1024 for each in found)
    with pytest.raises(InternalError, match="1024 characters"):
        subject(pods(IN_SHOP, one_of(APP, *names)), namespace="shop")


def test_long_http_lists_are_split() -> None:
    """At most 20 paths per rule."""
    paths = tuple(Pattern(Syntax.CALICO_EXACT, f"/{number}") for number in range(30))
    found = rules_of(namespaced(allow(ANYONE, traffic=(TCP_ONLY,), layer7=http(paths=paths))))
    assert [len(rule["http"]["paths"]) for rule in found] == [20, 10]
