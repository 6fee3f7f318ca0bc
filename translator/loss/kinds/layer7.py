"""Losses in HTTP, DNS, TLS and what only a proxy can ask."""

from __future__ import annotations

from typing import Final

from translator.ir.policy import Action
from translator.loss.effect import Change
from translator.loss.kind import CALICO, CILIUM, CLUSTER, KUBERNETES, Area, LossKind

_RULE: Final = (Change.RULE_DROPPED, Change.RULE_NARROWED, Change.RULE_WIDENED)
_NO_HTTP: Final = (KUBERNETES, CLUSTER)
_NOT_CILIUM: Final = (KUBERNETES, CALICO, CLUSTER)

KINDS: Final = (
    LossKind(
        code="http",
        title="HTTP requests cannot be told apart",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="The rule allows certain HTTP requests. The target decides on addresses and ports only, so the rule is "
        "left out; with `--allow-widening` it is kept without the requests and allows them all.",
        remedy="Choose `cilium` or `calico` as target, or put a gateway in front that knows HTTP.",
        before="http: {methods: [GET], paths: [{prefix: /public}]}",
        after="# the rule is left out",
        targets=_NO_HTTP,
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="http-egress",
        title="HTTP requests cannot be told apart on the way out",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="Calico looks at HTTP on ingress only, so an egress rule with requests is left out.",
        remedy="State the requests at the receiver, or with `--allow-widening` allow the port as a whole.",
        before="egress: [{toPorts: [{rules: {http: [{method: GET}]}}]}]",
        after="# the rule is left out",
        targets=(CALICO,),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="http-method",
        title="A pattern over methods cannot be written",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="Cilium takes an expression for the method, Calico a list of words. The pattern stands for methods "
        "that cannot be listed, or for more than twenty.",
        remedy="List the methods that are meant.",
        before="method: 'X-.*'",
        after="# the rule is left out",
        targets=(CALICO,),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="http-path",
        title="A pattern over paths cannot be written",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="Cilium takes an expression for the path, Calico whole paths and prefixes of whole segments. What they "
        "can say of the expression was kept.",
        remedy="Use paths of the forms `/a/b` and `/a/b(/.*)?`.",
        before="path: '/v[12]/items/[0-9]+'",
        after="# the rule is left out",
        targets=(CALICO,),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="http-path-normalisation",
        title="Paths that the engines rewrite differently are left out",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="Calico decodes and cleans the path of a request before it compares, Envoy does so in another way. "
        "Requests with `%`, `;`, `#` or a backslash in the path, which the two read differently, no longer match.",
        remedy="Nothing, for paths that plain clients send.",
        before="paths: [{prefix: /public}]",
        after="path: '/public(/[^#;%\\\\?]*)?(\\?.*)?'",
        targets=(CILIUM, CALICO),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="http-query",
        title="The query of a request cannot be asked for",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="Cilium's expression sees the path with its query, Calico cuts the query off before it compares.",
        remedy="Drop the query from the expression, if any query may pass: `/a(\\?.*)?`.",
        before="path: '/a\\?debug=0'",
        after="# the rule is left out",
        targets=(CALICO,),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="http-host",
        title="The host of a request cannot be asked for",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="Cilium can ask for the Host header, Calico cannot.",
        remedy="Give each host a port or service of its own.",
        before="host: 'api\\.example\\.com'",
        after="# the rule is left out",
        targets=(CALICO,),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="http-headers",
        title="Headers of a request cannot be asked for",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="Cilium can ask for headers, Calico cannot.",
        remedy="Check the header in the application or at a gateway.",
        before="headers: ['X-Token: abc']",
        after="# the rule is left out",
        targets=(CALICO,),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="http-header-actions",
        title="Changes to headers are not made",
        area=Area.LAYER7,
        changes=(Change.UNENFORCED, *_RULE),
        meaning="`headerMatches` with LOG, ADD, DELETE or REPLACE lets every request pass and changes or logs its "
        "headers. The requests pass as before, the headers stay as they are.",
        remedy="Make the change at a gateway.",
        before="headerMatches: [{name: X-Seen, value: 'yes', mismatch: ADD}]",
        after="# nothing",
        targets=_NOT_CILIUM,
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="http-needs-dikastes",
        title="Calico enforces HTTP only with its application layer policy",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="The context says `calico: {dikastes: false}`: nothing in the target's cluster looks at requests, and "
        "a rule with HTTP would allow the whole port. So the rule is left out; with `--allow-widening` it is kept "
        "without the requests.",
        remedy="Install application layer policy, and say so in the context.",
        before="rules: {http: [{method: GET}]}",
        after="# the rule is left out",
        targets=(CALICO,),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="http-needs-proxy",
        title="Cilium's proxy is switched off",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="With `enable-l7-proxy: false` the agent refuses policies with HTTP or DNS rules, so they are left "
        "out.",
        remedy="Switch the proxy on in the agent and in the context.",
        before="http: {methods: [GET]}",
        after="# the rule is left out",
        targets=(CILIUM,),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="dns-rule",
        title="DNS queries cannot be told apart",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="The rule allows queries for certain names. The target cannot look into DNS, so the rule is left out; "
        "with `--allow-widening` it is kept and allows every query.",
        remedy="Allow the resolver as a whole (`--allow-widening`), or limit names in the resolver.",
        before="rules: {dns: [{matchPattern: '*.example.com'}]}",
        after="# the rule is left out",
        targets=_NOT_CILIUM,
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="dns-inspection",
        title="DNS names need a rule that inspects DNS",
        area=Area.LAYER7,
        changes=(Change.UNENFORCED, Change.RULE_NARROWED),
        meaning="Cilium learns the addresses behind a name from the queries that pass its proxy. Without a rule with "
        "`rules.dns` for the resolver `toFQDNs` matches nothing.",
        remedy="Add an egress rule to the resolver with `rules: {dns: [{matchPattern: '*'}]}`.",
        before="to: [{domainNames: ['*.example.com']}]",
        after="toFQDNs: [{matchPattern: '**.example.com'}]",
        targets=(CILIUM,),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="server-names",
        title="TLS server names cannot be asked for",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="The rule allows TLS connections to certain names. The target does not look into TLS.",
        remedy="Limit the names at a gateway.",
        before="serverNames: [api.example.com]",
        after="# the rule is left out",
        targets=_NOT_CILIUM,
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="tls-termination",
        title="TLS is not terminated",
        area=Area.LAYER7,
        changes=(*_RULE, Change.UNENFORCED),
        meaning="Cilium can open TLS to look inside (`terminatingTLS`, `originatingTLS`); the target cannot, and the "
        "rule is left out.",
        remedy="Terminate TLS at a gateway.",
        before="terminatingTLS: {secret: {name: ca}}",
        after="# the rule is left out",
        targets=_NOT_CILIUM,
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="listener",
        title="Traffic is not handed to a proxy listener",
        area=Area.LAYER7,
        changes=(*_RULE, Change.UNENFORCED),
        meaning="The rule sends traffic through a listener of an Envoy configuration, which may do anything with it. "
        "The rule is left out.",
        remedy="Translate by hand what the listener does.",
        before="listener: {name: audit, envoyConfig: {name: audit}}",
        after="# the rule is left out",
        targets=_NOT_CILIUM,
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="authentication",
        title="Mutual authentication is not demanded",
        area=Area.LAYER7,
        changes=_RULE,
        meaning="The rule lets authenticated peers through. The target cannot demand that, so the rule is left out; "
        "with `--allow-widening` it is kept without the demand.",
        remedy="Demand mutual TLS in a service mesh, then translate with `--allow-widening`.",
        before="authentication: {mode: required}",
        after="# the rule is left out",
        targets=_NOT_CILIUM,
        actions=(Action.ALLOW,),
    ),
)
