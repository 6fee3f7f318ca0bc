"""OpenAPI descriptions: base paths, templates, methods, references, both versions, and what needs a review."""

import builtins
import json
from pathlib import Path
from typing import Any

import pytest

from tests.access.reading import errors, policy, read, spec, warnings
from tests.cli.conftest import Netpolx
from tests.cli.conftest import netpolx as netpolx  # noqa: PLC0414 - a fixture
from translator.dialects.access.openapi import Imported, read_openapi
from translator.dialects.access.texts import TextError

OK: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}


def segment(name: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}]


def described(path: Path, paths: dict[str, Any], *, version: str = "3.0.3", **more: Any) -> Imported:
    """What a description with these paths imports as."""
    file = path / "api.json"
    data = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": paths, **more}
    file.write_text(json.dumps(data), encoding="utf-8")
    return read_openapi(file)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_operations_are_requests(tmp_path: Path, version: str) -> None:
    """One line for each path, with all of its methods; path parameters are segments."""
    found = described(
        tmp_path,
        {
            "/orders": {"get": OK, "post": OK},
            "/orders/{order-id}": {"parameters": segment("order-id"), "get": OK, "delete": OK},
            "/a.b": {"head": OK},
        },
        version=version,
    )
    assert found.requests == ("GET|POST /orders", "GET|DELETE /orders/{order-id}", "HEAD /a.b")
    assert found.review == ()


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ([], ["/x"]),
        ([{"url": "/"}], ["/x"]),
        ([{"url": "/api/v1"}], ["/api/v1/x"]),
        ([{"url": "https://shop.example/api/"}], ["/api/x"]),
        ([{"url": "https://shop.example:8443"}], ["/x"]),
        ([{"url": "https://a.example/v1"}, {"url": "https://b.example/v2"}], ["/v1/x", "/v2/x"]),
        (
            [
                {
                    "url": "https://{env}.example/{v}",
                    "variables": {"env": {"default": "a"}, "v": {"default": "1", "enum": ["1", "2"]}},
                }
            ],
            ["/1/x", "/2/x"],
        ),
    ],
)
def test_base_paths_of_servers(tmp_path: Path, servers: list[Any], expected: list[str]) -> None:
    """Absolute and relative addresses, several of them, variables with listed values."""
    found = described(tmp_path, {"/x": {"get": OK}}, servers=servers)
    assert found.requests == tuple(f"GET {path}" for path in expected)
    assert found.review == ()


def test_servers_of_paths_and_operations_come_first(tmp_path: Path) -> None:
    """The nearest list of servers counts."""
    near = {"servers": [{"url": "/near"}], "get": OK, "post": {**OK, "servers": [{"url": "/nearest"}]}}
    found = described(tmp_path, {"/x": near, "/y": {"get": OK}}, servers=[{"url": "/far"}])
    assert found.requests == ("GET /near/x", "POST /nearest/x", "GET /far/y")


def test_query_parameters_make_room_for_a_query(tmp_path: Path) -> None:
    """Parameters of the operation or the path, by reference too, and keys that stand in the query."""
    query = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    header = {"name": "X", "in": "header", "schema": {"type": "string"}}
    found = described(
        tmp_path,
        {
            "/own": {"get": {**OK, "parameters": [{"$ref": "#/components/parameters/Page"}]}},
            "/path": {"parameters": [query], "get": OK},
            "/header": {"get": {**OK, "parameters": [header]}},
            "/key": {"get": {**OK, "security": [{"Key": []}]}},
        },
        components={
            "parameters": {"Page": query},
            "securitySchemes": {"Key": {"type": "apiKey", "in": "query", "name": "key"}},
        },
    )
    assert found.requests == ("GET /own?*", "GET /path?*", "GET /header", "GET /key?*")


def test_references_into_other_files_are_followed(tmp_path: Path) -> None:
    """A path item may live in a file beside."""
    (tmp_path / "items.yaml").write_text("x: {get: {responses: {'200': {description: ok}}}}\n", encoding="utf-8")
    assert described(tmp_path, {"/x": {"$ref": "items.yaml#/x"}}).requests == ("GET /x",)


def test_references_into_the_network_are_not_followed(tmp_path: Path) -> None:
    """Reading a spec opens no connection."""
    with pytest.raises(TextError, match="cannot follow a reference"):
        described(tmp_path, {"/x": {"$ref": "https://example.invalid/x.yaml"}})


def test_what_cannot_be_mapped_is_listed(tmp_path: Path) -> None:
    """Server variables that may be anything, requests of the service itself, paths that never match, faults."""
    callback = {"onEvent": {"{$request.body#/url}": {"post": OK}}}
    found = described(
        tmp_path,
        {"/x": {"get": {**OK, "callbacks": callback}}, "/a//b": {"get": OK}, "/y": {"get": {}}},
        servers=[{"url": "/{tenant}", "variables": {"tenant": {"default": "main"}}}],
    )
    assert found.requests == ("GET /main/x", "GET /main/y")
    text = "\n".join(found.review)
    for part in (
        "#/servers/0: the variable `tenant` may be anything; its default `main` is taken",
        "#/paths/~1x/get/callbacks: requests that the service sends",
        "#/paths/~1a~1~1b/get: GET /main/a//b cannot be mapped",
        "#/paths/~1y/get",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("swagger: '2.0'\ninfo: {}\npaths: {}\n", "expected OpenAPI 3.0 or 3.1 in api.yaml, found Swagger 2.0"),
        ("a: [", "is no YAML or JSON"),
        ("- a\n", "expected OpenAPI 3.0 or 3.1"),
        ("openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths: {}\n", "describes no operation"),
    ],
)
def test_files_that_are_no_description(tmp_path: Path, text: str, message: str) -> None:
    """Another version, another format, nothing to import."""
    file = tmp_path / "api.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TextError, match=message):
        read_openapi(file)


def test_an_entry_imports_relative_to_its_file(tmp_path: Path) -> None:
    """``openapi:`` in a spec: the same as the lines written out, remarks become warnings at the entry."""
    (tmp_path / "api").mkdir()
    described(
        tmp_path / "api",
        {"/x/{id}": {"parameters": segment("id"), "get": OK}},
        servers=[{"url": "/{v}", "variables": {"v": {"default": "1"}}}],
    )
    entry = (
        "shop/api: {deny: [ingress], allow: [{from: shop/web, port: 80, openapi: api/api.json, http: [GET /healthz]}]}"
    )
    parsed = read(spec(entry), file=str(tmp_path / "access.yaml"))
    lines = "shop/api: {deny: [ingress], allow: [{from: shop/web, port: 80, http: [GET /healthz, 'GET /1/x/{id}']}]}"
    assert policy(parsed, "shop/api").ingress == policy(read(spec(lines)), "shop/api").ingress
    assert warnings(parsed) == ["openapi-review"]
    based = entry.replace("api/api.json", "{file: api/api.json, base: /v2}")
    parsed = read(spec(based), file=str(tmp_path / "access.yaml"))
    assert warnings(parsed) == []
    (error,) = errors(read(spec(entry.replace("api.json", "no.json")), file=str(tmp_path / "access.yaml")))
    assert "no.json cannot be read: No such file or directory" in error


def test_without_the_extra_the_message_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything else works without the packages."""
    load = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith(("jsonschema_path", "openapi_spec_validator")):
            raise ImportError(name)
        return load(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TextError, match="not installed") as error:
        described(tmp_path, {"/x": {"get": OK}})
    assert error.value.hint == "install it: `pip install 'netpolx[openapi]'`"


def test_from_openapi_writes_a_spec(netpolx: Netpolx, tmp_path: Path) -> None:
    """The command's spec translates as it is; what has to be looked at is on standard error."""
    described(tmp_path, {"/x": {"get": OK}}, servers=[{"url": "http://shop.example:8081/v1"}])
    run = netpolx("access", "from-openapi", "api.json", "--service", "shop/api", "--from", "web", "--from", "ops/probe")
    assert (run.code, run.err) == (0, "")
    (tmp_path / "access.yaml").write_text(run.out, encoding="utf-8")
    parsed = read(run.out)
    (rule,) = policy(parsed, "shop/api").ingress
    assert [each.ports.numbers for each in rule.traffic] == [((8081, 8081),)]
    assert len(rule.peers) == 2
    assert netpolx("translate", "access.yaml", "--to", "cilium").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--service", "api", "--from", "web"), "expected namespace/app, found `api`"),
        (("--service", "shop/*", "--from", "web"), "expected namespace/app, found `shop/*`"),
        (("--service", "shop/api", "--from", "Web"), "found `Web`; did you mean `web`?"),
    ],
)
def test_from_openapi_refuses_bad_names(
    netpolx: Netpolx, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    """Usage errors say what was expected."""
    described(tmp_path, {"/x": {"get": OK}})
    run = netpolx("access", "from-openapi", "api.json", *arguments)
    assert run.code == 2
    assert message in run.err


def test_from_openapi_says_what_it_guessed(netpolx: Netpolx, tmp_path: Path) -> None:
    """No port in the servers: the usual one, with a remark."""
    described(tmp_path, {"/x": {"get": OK}})
    run = netpolx("access", "from-openapi", "api.json", "--service", "shop/api", "--from", "web", "-o", "json")
    assert json.loads(run.out)["services"]["shop/api"]["allow"][0]["port"] == 8080
    assert "review: its servers name no port: 8080 is taken" in run.err
