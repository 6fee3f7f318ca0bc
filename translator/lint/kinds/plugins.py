"""What not every network plugin enforces; ``netpolx enforcement`` and ``--cni`` find it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from translator.enforcement import PLUGINS, Use
from translator.enforcement.rendering import use_words
from translator.lint.kind import Chapter, LintKind

_MANY: Final = ", ".join(f"{{port: {port}}}" for port in range(8000, 8025))
_EXAMPLES: Final[Mapping[Use, str]] = {
    Use.POLICY: "podSelector: {}",
    Use.CLUSTER_POLICY: "kind: ClusterNetworkPolicy",
    Use.ADMIN_POLICY: "kind: AdminNetworkPolicy",
    Use.INGRESS_BLOCK: "ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]",
    Use.PRIVATE_BLOCK: "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]",
    Use.IPV6_BLOCK: "ingress: [{from: [{ipBlock: {cidr: '2001:db8::/32'}}]}]",
    Use.WHOLE_IPV6: "ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]",
    Use.EXCEPT: "ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/25]}}]}]",
    Use.EXCEPT_TO: "egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/25]}}]}]",
    Use.EXCEPT_AMONG_BLOCKS: "ingress:\n- from:\n  - ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/25]}\n"
    "  - ipBlock: {cidr: 198.51.100.0/24}",
    Use.SEVERAL_BLOCKS: "ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}, {ipBlock: {cidr: 198.51.100.0/24}}]}]",
    Use.OVERLAPPING_BLOCKS: "ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}, {ipBlock: {cidr: 203.0.113.0/25}}]}]",
    Use.MANY_PORTS: f"egress: [{{to: [{{ipBlock: {{cidr: 203.0.113.0/24}}}}], ports: [{_MANY}]}}]",
    Use.END_PORT: "ingress: [{ports: [{port: 8000, endPort: 8080}]}]",
    Use.NAMED_PORT: "ingress: [{ports: [{port: http}]}]",
    Use.NAMED_PORT_FROM_PODS: "ingress: [{from: [{podSelector: {}}], ports: [{port: http}]}]",
    Use.NAMED_PORT_FROM_ANY: "ingress: [{ports: [{port: http}]}]",
    Use.NAMED_PORT_TO_ANY: "egress: [{ports: [{port: http}]}]",
    Use.NAMED_PORT_TO_BLOCK: "egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}], ports: [{port: http}]}]",
    Use.SCTP: "ingress: [{ports: [{port: 5060, protocol: SCTP}]}]",
    Use.BOTH_SELECTORS: "ingress:\n- from:\n  - namespaceSelector: {matchLabels: {team: red}}\n"
    "    podSelector: {matchLabels: {app: web}}",
    Use.NEGATIVE_MATCH: "podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}",
    Use.FILTERED_LABEL: "podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}",
    Use.UNLISTED_DIRECTION: "policyTypes: [Egress]\ningress: [{}]",
}


def _kinds() -> Iterator[LintKind]:
    """One kind for each use that some plugin does not enforce as the API says."""
    for use in Use:
        concerned = [(plugin, deviation) for plugin in PLUGINS.values() if (deviation := plugin.of(use)) is not None]
        if concerned:
            words = "; ".join(f"{plugin.name}: {deviation.words}" for plugin, deviation in concerned)
            adaptations = {deviation.adaptation.value for _, deviation in concerned if deviation.adaptation is not None}
            yield LintKind(
                code=f"cni-{use.value}",
                title=f"Not every network plugin enforces it: {use_words(use)}",
                chapter=Chapter.PLUGINS,
                meaning=f"{words}.",
                remedy=f"`--adapt` writes {', '.join(sorted(adaptations))}."
                if adaptations
                else "Choose another plugin, or do without.",
                example=_EXAMPLES[use],
            )


KINDS: Final = tuple(_kinds())
