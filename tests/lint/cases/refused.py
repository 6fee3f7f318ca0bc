"""What the gates refuse."""

from __future__ import annotations

from tests.lint.cases.case import Case, calico, cilium, cluster_policy, document, kubernetes

CASES = (
    Case(code="unknown-field", text=kubernetes("podSelektor: {}"), change=("podSelektor", "podSelector")),
    Case(
        code="unknown-field",
        text=kubernetes("podSelector: {}\ningress: [{from: [{podSelector: {}, ports: [{port: 80}]}]}]"),
        change=("podSelector: {}, ports: [{port: 80}]}]", "podSelector: {}}], ports: [{port: 80}]"),
    ),
    Case(
        code="missing-field",
        text=kubernetes("podSelector: {}\ningress:\n- from:\n  - ipBlock: {}"),
        change=("ipBlock: {}", "ipBlock: {cidr: 10.0.0.0/8}"),
    ),
    Case(
        code="invalid-value",
        text=kubernetes("podSelector: {}\npolicyTypes: [ingress]"),
        change=("[ingress]", "[Ingress]"),
    ),
    Case(
        code="wrong-type",
        text=kubernetes("podSelector:\n  matchLabels: {version: 1.10}"),
        change=("1.10", '"1.10"'),
    ),
    Case(
        code="invalid-label",
        text=kubernetes("podSelector:\n  matchLabels: {app: 'a b'}"),
        change=("a b", "a-b"),
    ),
    Case(
        code="invalid-selector",
        text=calico("types: [Ingress]\nselector: app = 'web'"),
        change=(" = ", " == "),
    ),
    Case(
        code="except-outside",
        text=kubernetes("podSelector: {}\ningress:\n- from:\n  - ipBlock: {cidr: 10.0.0.0/16, except: [10.1.0.0/24]}"),
        change=("10.1.0.0/24", "10.0.1.0/24"),
    ),
    Case(
        code="ports-without-protocol",
        text=calico("types: [Ingress]\ningress:\n- action: Allow\n  destination: {ports: [80]}"),
        change=("action: Allow", "action: Allow\n    protocol: TCP"),
    ),
    Case(
        code="named-port-range",
        text=cilium("endpointSelector: {}\ningress:\n- toPorts:\n  - ports:\n    - {port: http, endPort: 9000}"),
        change=("http", '"80"'),
    ),
    Case(
        code="unreadable",
        text=kubernetes("podSelector: {}\ningress: [{from: [{ipBlock: {cidr: nowhere}}]}]"),
        change=("nowhere", "10.0.0.0/8"),
        engine="cilium",
        as_agent=True,
    ),
    Case(
        code="duplicate",
        text=cluster_policy(
            "tier: Admin\npriority: 1\nsubject: {namespaces: {}}\negress:\n- action: Deny\n  to:\n"
            "  - networks: [203.0.113.0/24, 203.0.113.0/24]"
        ),
        change=("203.0.113.0/24, ", ""),
    ),
    Case(
        code="delete-with-spec",
        text=document(
            "projectcalico.org/v3",
            "StagedNetworkPolicy",
            "name: web, namespace: shop",
            "stagedAction: Delete\nselector: app == 'web'",
        ),
        change=("\n  selector: app == 'web'", ""),
    ),
    Case(
        code="calicoctl-does-not-write",
        text="apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: knp.default.web}\n"
        "spec: {types: [Ingress]}\n",
        change=("knp.default.web", "web"),
    ),
    Case(
        code="no-such-resource",
        text="apiVersion: projectcalico.org/v3\nkind: Profile\nmetadata: {name: web}\nspec: {}\n",
        change=("kind: Profile", "kind: NetworkPolicy"),
    ),
)
