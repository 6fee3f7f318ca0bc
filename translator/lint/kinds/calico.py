"""Warnings about policies that Calico reads."""

from __future__ import annotations

from typing import Final

from translator.lint.kind import Chapter, LintKind

_CALICO: Final = ("calico",)

KINDS: Final = (
    LintKind(
        code="blank-selector",
        title="A selector of blanks",
        chapter=Chapter.EFFECT,
        meaning="Calico's gate takes a selector of blanks, and then Felix drops the policy, widens it, or panics (a "
        "blank `notSelector`), depending on the field: anybody who may write a NetworkPolicy can stop a node's agent.",
        remedy="Remove the field, or write `all()`.",
        example='source: {notSelector: " "}',
        engines=_CALICO,
    ),
    LintKind(
        code="service-account-name",
        title="A service account name that no account can have",
        chapter=Chapter.EFFECT,
        meaning="Calico pastes the names between quotes. One with a quote in it matches other accounts, or removes "
        "the whole match, so that the rule is about anybody.",
        remedy="Write names of service accounts: DNS subdomains.",
        example="source: {serviceAccounts: {names: [\"x', 'default\"]}}",
        engines=_CALICO,
    ),
    LintKind(
        code="policy-dropped",
        title="Felix drops the whole policy",
        chapter=Chapter.EFFECT,
        meaning="The object went past Calico's validator (a hand-written custom resource, or `admission: none`), and "
        "its agent refuses a part of it: the policy then neither isolates nor allows nor denies.",
        remedy="Mend the selector or rule that the message names.",
        example='source: {selector: "app = web"}',
        engines=_CALICO,
    ),
    LintKind(
        code="selector-lost",
        title="An unparsable subject selector is taken for none",
        chapter=Chapter.EFFECT,
        meaning="Past the validator, Felix replaces an unparsable `namespaceSelector` or `serviceAccountSelector` of "
        "a policy by nothing: the policy covers every namespace, or every account.",
        remedy="Mend the selector.",
        example='namespaceSelector: "env = prod"',
        engines=_CALICO,
    ),
    LintKind(
        code="agent-panics",
        title="The agent panics",
        chapter=Chapter.EFFECT,
        meaning="Past the schema, the object makes Felix stop: enforcement updates of the node end.",
        remedy="Remove the object at once, then mend it.",
        example='source: {selector: app == "a", notSelector: " "}',
        engines=_CALICO,
    ),
    LintKind(
        code="entry-skipped",
        title="An entry of a network set is skipped",
        chapter=Chapter.EFFECT,
        meaning="Calico skips entries that it cannot read, so the set holds less than it says.",
        remedy="Write CIDRs or addresses.",
        example='nets: [""]',
        engines=_CALICO,
    ),
    LintKind(
        code="profile-rules-ignored",
        title="Rules of a profile are not part of the reading",
        chapter=Chapter.EFFECT,
        meaning="Calico makes the profiles of namespaces itself; rules of a profile of one's own are not translated.",
        remedy="Move the rules into policies.",
        example="kind: Profile\nspec: {ingress: [{action: Deny}]}",
        engines=_CALICO,
    ),
    LintKind(
        code="calico-reading",
        title="Calico reads a rule otherwise than it looks",
        chapter=Chapter.READING,
        meaning="The message says how: a part of a side that Calico leaves out, a network set whose namespace is not "
        "known, `http` where it has no effect.",
        remedy="Write what is meant, or give the namespaces in the context.",
        example='- {action: Allow, source: {notNets: ["::ffff:0.0.0.0/96"]}}',
        engines=_CALICO,
    ),
    LintKind(
        code="dataplane",
        title="Calico's data planes differ on a rule",
        chapter=Chapter.EFFECT,
        meaning="An ICMP type with a code stops the updates of a node with nftables, `protocol` beside `notProtocol` "
        "and `notICMP` without ICMP stop them with iptables; eBPF knows neither named SCTP ports nor ICMPv6 and "
        "UDPLite by name.",
        remedy="Leave the code out, write one of the two protocols, write numbers.",
        example="- {action: Allow, protocol: ICMP, icmp: {type: 3, code: 4}}",
        engines=_CALICO,
    ),
    LintKind(
        code="unknown-tier",
        title="The tier does not exist",
        chapter=Chapter.DECISIONS,
        meaning="A policy of a tier that is not among the documents comes after all others, and the end of that tier "
        "denies.",
        remedy="Give the Tier with the policies, or create it.",
        example="tier: platform",
        engines=_CALICO,
    ),
    LintKind(
        code="hosts-only",
        title="A policy for host endpoints that selects pods",
        chapter=Chapter.EFFECT,
        meaning="`doNotTrack` and `preDNAT` put a policy on lists that only host endpoints have; pods never see them.",
        remedy="Remove the flag, or select host endpoints: `!has(projectcalico.org/namespace)`.",
        example="namespaceSelector: all()\ndoNotTrack: true",
        engines=_CALICO,
    ),
    LintKind(
        code="not-selector",
        title="`notSelector` alone in a NetworkPolicy",
        chapter=Chapter.READING,
        meaning="Calico adds the policy's own namespace: the rule is about the rest of that namespace, and nobody "
        "outside of it matches, addresses outside the cluster included. In a GlobalNetworkPolicy the same rule means "
        "everyone else.",
        remedy="Say whom you mean: `namespaceSelector: all()` beside it for all pods, or an ordered Deny before an "
        "Allow for everyone else.",
        example="source: {notSelector: \"app == 'guest'\"}",
        engines=_CALICO,
    ),
    LintKind(
        code="one-family",
        title="`notNets` of one address family",
        chapter=Chapter.READING,
        meaning="A rule whose `nets` or `notNets` are all of one family does not exist for the other: a Deny with IPv4 "
        "`notNets` lets all IPv6 by, an Allow allows none of it. Found where the context has pods of both families.",
        remedy="Write a rule for each family; `ipVersion` says that one is meant.",
        example="- {action: Deny, source: {notNets: [10.0.0.0/8]}}",
        engines=_CALICO,
    ),
    LintKind(
        code="global-as-all",
        title="`global()` acts as `all()`",
        chapter=Chapter.READING,
        meaning="Only in a `namespaceSelector` does `global()` mean objects without a namespace; in `notSelector` "
        "and `serviceAccounts` nothing rewrites it.",
        remedy="Write `namespaceSelector: global()`.",
        example="source: {notSelector: global()}",
        engines=_CALICO,
    ),
    LintKind(
        code="http-not-enforced",
        title="HTTP rules without Dikastes",
        chapter=Chapter.EFFECT,
        meaning="Felix ignores `http`: without application layer policy (Dikastes) the rule allows the whole port. "
        "Found where the context says so.",
        remedy="Install it, or remove `http`, and with it the rule unless all of the port may pass.",
        example="- {action: Allow, http: {methods: [GET]}}",
        engines=_CALICO,
    ),
    LintKind(
        code="odd-path",
        title="A path that no request has, or that every request has",
        chapter=Chapter.READING,
        meaning="Calico normalises the paths of rules as it does those of requests: an item with a malformed or "
        "doubly encoded `%` is skipped, and the prefix `/a/..` is `/`.",
        remedy="Write the path as a request has it after normalisation.",
        example="http: {paths: [{exact: '/a%zz'}]}",
        engines=_CALICO,
    ),
    LintKind(
        code="unconvertible-peer",
        title="A peer that Calico cannot convert",
        chapter=Chapter.EFFECT,
        meaning="Calico does not know `nodes` and `domainNames` of ClusterNetworkPolicies. One such peer makes it "
        "replace the whole rule: an Accept is dropped, a Deny or Pass denies everyone.",
        remedy="Give these peers a rule of their own for other engines, and addresses here.",
        example="to: [{nodes: {}}]",
        engines=_CALICO,
    ),
)
