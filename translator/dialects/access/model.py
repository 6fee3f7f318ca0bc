"""Wire model of ``netpolx/v1alpha1`` Access: the spec as people write it, and the source of its JSON Schema.

What a text means is the business of the modules beside this one; the patterns here only help editors.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from translator.wire.base import Wire

LABEL_KEY: Final = "app.kubernetes.io/name"
KEYWORDS: Final = ("any", "cluster", "dns", "kube-api", "metadata-service", "nodes", "same-namespace", "world")
METHOD_PATTERN: Final = r"^(\*|[A-Z|-]+) (/|regex:).*$"

_T = TypeVar("_T")


def _shape(value: Any) -> str:
    """Which alternative of a union a value is meant to be, so that an error speaks of that one only."""
    if isinstance(value, list):
        return "<list>"
    return "<mapping>" if isinstance(value, dict) else "<text>"


def _text(pattern: str | None = None, *examples: str) -> Any:
    schema: dict[str, Any] = {"type": "string"}
    if pattern is not None:
        schema["pattern"] = pattern
    if examples:
        schema["examples"] = list(examples)
    return WithJsonSchema(schema)


BY_SHAPE: Final = Discriminator(_shape)
_OneOrMore = Annotated[Annotated[_T, Tag("<text>")] | Annotated[list[_T], Tag("<list>")], BY_SHAPE]

NameTest = _OneOrMore[str]


class Without(Wire):
    """A test that a label does not pass: absent, or another value."""

    exists: bool | None = Field(default=None, description="Whether the label must be there, whatever its value.")
    not_: NameTest | None = Field(
        default=None, alias="not", description="The label is absent or has none of these values."
    )


LabelTest = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[list[str], Tag("<list>")] | Annotated[Without, Tag("<mapping>")],
    BY_SHAPE,
]
Labels = dict[str, LabelTest]


class PeerObject(Wire):
    """The long form of an end: pods by namespace and labels, or addresses outside the cluster."""

    namespace: (
        Annotated[
            Annotated[str, Tag("<text>")] | Annotated[list[str], Tag("<list>")] | Annotated[Labels, Tag("<mapping>")],
            BY_SHAPE,
        ]
        | None
    ) = Field(default=None, description="A namespace, several, `*` for all, or labels of namespaces.")
    app: NameTest | None = Field(default=None, description="The value of the label `labelKey`, or several.")
    labels: Labels | None = Field(default=None, description="Labels of the pods; all must hold.")
    cidr: str | None = Field(default=None, description="Addresses outside the cluster, such as 203.0.113.0/24.")
    except_: list[str] | None = Field(default=None, alias="except", description="Parts of `cidr` that do not count.")


PeerText = Annotated[
    str,
    _text(None, "shop/web", "shop/*", "*/prometheus", "203.0.113.0/24", "dns:api.example.com", "kube-api", "world"),
]
Peer = Annotated[Annotated[PeerText, Tag("<text>")] | Annotated[PeerObject, Tag("<mapping>")], BY_SHAPE]
Peers = Annotated[
    Annotated[PeerText, Tag("<text>")] | Annotated[PeerObject, Tag("<mapping>")] | Annotated[list[Peer], Tag("<list>")],
    BY_SHAPE,
]
PortText = Annotated[
    int | str,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 65535},
                {
                    "type": "string",
                    "pattern": r"^(any|[0-9]+(-[0-9]+)?|[a-z0-9]([a-z0-9-]*[a-z0-9])?)(/(TCP|UDP|SCTP))?$",
                    "examples": ["any", "53/UDP", "9000-9010", "http"],
                },
            ]
        }
    ),
]
Ports = _OneOrMore[PortText]


class HttpObject(Wire):
    """The long form of an HTTP request."""

    method: str | None = Field(default=None, description="`GET`, `GET|HEAD`, `*` (the default) for any, or `regex:…`.")
    path: Annotated[str, _text("^/", "/orders/{id}", "/static/**")] | None = Field(
        default=None,
        description="A template: `{id}` is one segment, `*` a part of one, `**` the rest, `?*` any query or none.",
    )
    regex: str | None = Field(
        default=None, description="An RE2 expression for the whole path with its query, instead of `path`."
    )
    host: Annotated[str, _text(None, "api.example.com", "*.example.com")] | None = Field(
        default=None, description="The host that the request names, with any port unless one stands here; or `regex:…`."
    )
    headers: dict[str, str] | None = Field(
        default=None, description="Headers that must be there: an exact value, or `*` for any."
    )


HttpItem = Annotated[
    Annotated[
        str,
        _text(METHOD_PATTERN, "GET /orders", "GET|HEAD /orders/{id}", "* /static/**", "POST /orders?*"),
        Tag("<text>"),
    ]
    | Annotated[HttpObject, Tag("<mapping>")],
    BY_SHAPE,
]


class OpenApiObject(Wire):
    """The long form of an OpenAPI import."""

    file: str = Field(description="The description, relative to this file.")
    base: Annotated[str, _text("^/", "/api/v1")] | None = Field(
        default=None, description="The base path, in place of those of `servers`."
    )


OpenApi = Annotated[Annotated[str, Tag("<text>")] | Annotated[OpenApiObject, Tag("<mapping>")], BY_SHAPE]


class Connection(Wire):
    """What both directions of the long form share: what may flow."""

    port: Ports | None = Field(default=None, description="`8080`, `53/UDP`, `9000-9010`, a port's name, or `any`.")
    http: list[HttpItem] | None = Field(default=None, description="The HTTP requests that pass; all without.")
    grpc: list[Annotated[str, _text(None, "shop.Orders/Get", "shop.Orders/*")]] | None = Field(
        default=None, description="The gRPC methods that pass."
    )
    websocket: list[Annotated[str, _text("^/", "/chat")]] | None = Field(
        default=None, description="The paths on which a WebSocket may be opened."
    )
    openapi: OpenApi | None = Field(
        default=None, description="An OpenAPI 3.0 or 3.1 description: its operations are the requests that pass."
    )


class Allow(Connection):
    """Who may connect to the service."""

    from_: Peers = Field(alias="from", description="Who may connect: groups, `namespace/app`, addresses, keywords.")
    ends: Literal["both", "server"] | None = Field(
        default=None,
        description="`both` (the default): clients that this spec declares may send as well; `server`: they may not.",
    )


class Call(Connection):
    """Whom the service may connect to."""

    to: Peers = Field(description="Whom it may connect to: groups, `namespace/app`, addresses, `dns:…`, keywords.")
    names: list[str] | None = Field(
        default=None,
        description="Of a call to DNS servers: the names that may be asked for; the queries are inspected.",
    )


_CONNECTION_TEXT: Final = _text(None, "shop/web:8080", "data/postgres:5432", "dns:api.example.com:443", "kube-api")
AllowItem = Annotated[Annotated[str, _CONNECTION_TEXT, Tag("<text>")] | Annotated[Allow, Tag("<mapping>")], BY_SHAPE]
CallItem = Annotated[Annotated[str, _CONNECTION_TEXT, Tag("<text>")] | Annotated[Call, Tag("<mapping>")], BY_SHAPE]


class TlsPort(Wire):
    """A TLS port whose connections the data plane terminates."""

    port: int = Field(ge=1, le=65535)
    secret: Annotated[str, _text("^[^/]+/[^/]+$", "shop/api-tls")] = Field(
        description="namespace/name of the secret with the certificate; Cilium's proxy reads it."
    )


TlsItem = Annotated[
    Annotated[int, Field(ge=1, le=65535), Tag("<text>")] | Annotated[TlsPort, Tag("<mapping>")], BY_SHAPE
]
Directions = list[Literal["ingress", "egress"]]


class Switches(Wire):
    """What holds for every service, or for one of them."""

    dns: bool | None = Field(
        default=None,
        description="`true`: the cluster's DNS may be asked for any name. `false`: it may not, or another policy says "
        "so. Without: only for the names that are called.",
    )
    metadata_service: Literal["deny", "allow"] | None = Field(
        default=None,
        alias="metadata-service",
        description="`deny` leaves the cloud's metadata service out of `world`, `any` and address ranges.",
    )


class Defaults(Switches):
    """What holds for every service that says nothing else."""

    deny: Directions = Field(description="The directions in which only what is listed may flow.")


class Service(Switches):
    """The pods of one application, or of one namespace: who may call them, and whom they may call."""

    description: str | None = Field(default=None, description="What the service is for; stands in the policies.")
    select: Labels | None = Field(default=None, description="The labels of its pods, in place of `labelKey`.")
    deny: Directions | None = Field(default=None, description="In place of `defaults.deny`.")
    tls: list[TlsItem] | None = Field(default=None, description="Ports on which it speaks TLS.")
    allow: list[AllowItem] | None = Field(default=None, description="Who may connect to it.")
    call: list[CallItem] | None = Field(default=None, description="Whom it may connect to.")


class Resolver(Wire):
    """Where the cluster's DNS is, in place of `k8s-app: kube-dns` in kube-system on port 53."""

    to: Peers
    port: Ports | None = Field(default=None, description="Default: 53/UDP and 53/TCP.")


class Access(Wire):
    """Who may talk to whom, in one short file: a source for policies of every kind."""

    api_version: Literal["netpolx/v1alpha1"]
    kind: Literal["Access"]
    label_key: str = Field(
        default=LABEL_KEY, description="The pod label whose value is `app` in `namespace/app`.", examples=["app"]
    )
    resolver: Resolver | None = None
    defaults: Defaults
    groups: dict[str, Peers] | None = Field(
        default=None,
        description="Names for ends that occur more than once.",
        json_schema_extra={"propertyNames": {"pattern": "^[a-z]([a-z0-9-]*[a-z0-9])?$"}},
    )
    services: dict[str, Service | None] = Field(
        description="`namespace/app` or `namespace/*` → who may call it and whom it may call.",
        json_schema_extra={"propertyNames": {"pattern": "^([a-z0-9]([a-z0-9-]*[a-z0-9])?|\\*)/([A-Za-z0-9].*|\\*)$"}},
    )
