"""The input as such, and access specs."""

from __future__ import annotations

from tests.lint.cases.case import Case, both, cilium, kubernetes


def access(services: str, defaults: str = "deny: [ingress, egress], dns: true") -> str:
    """An access spec."""
    return (
        "apiVersion: netpolx/v1alpha1\nkind: Access\nlabelKey: app\n"
        f"defaults: {{{defaults}}}\nservices: {{{services}}}\n"
    )


CASES = (
    Case(
        code="foreign-policy",
        text=both(
            kubernetes("podSelector: {}"),
            "apiVersion: networking.k8s.aws/v1alpha1\nkind: ApplicationNetworkPolicy\nmetadata: {name: a}\n",
        ),
        change=("ApplicationNetworkPolicy", "Application"),
    ),
    Case(
        code="foreign-engine",
        text=cilium("endpointSelector: {}\ningress: [{}]"),
        engine="calico",
        other_engine="cilium",
    ),
    Case(
        code="duplicate-object",
        text=both(
            *2 * ["apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}\n"]
        ),
        change=("namespace: shop}\n---", "namespace: ops}\n---"),
    ),
    Case(
        code="old-api-version",
        text="apiVersion: extensions/v1beta1\nkind: NetworkPolicy\nmetadata: {name: web}\nspec: {podSelector: {}}\n",
        change=("extensions/v1beta1", "networking.k8s.io/v1"),
    ),
    Case(
        code="missing-kind",
        text="apiVersion: networking.k8s.io/v1\nmetadata: {name: web}\n",
        change=("metadata", "kind: NetworkPolicy\nmetadata"),
    ),
    Case(
        code="no-effect",
        text=access("").replace(
            "defaults: {deny: [ingress, egress], dns: true}\nservices: {}",
            "defaults: {deny: [ingress]}\nservices: {shop/api: {call: ['shop/db:80']}}",
        ),
        change=("[ingress]", "[ingress, egress]"),
    ),
    Case(
        code="no-dns",
        text=access("shop/api: {}", "deny: [egress]"),
        change=("deny: [egress]", "deny: [egress], dns: true"),
    ),
    Case(
        code="half-open",
        text=access("shop/api: {call: ['shop/db:5432']}, shop/db: {allow: ['shop/web:5432']}, shop/web: {}"),
        change=("allow: ['shop/web:5432']", "allow: ['shop/api:5432']"),
    ),
    Case(
        code="http-in-tls",
        text=access("shop/api: {tls: [443], allow: [{from: shop/web, port: 443, http: [GET /orders]}]}, shop/web: {}"),
        change=("tls: [443]", "tls: [444]"),
    ),
    Case(
        code="unknown-method",
        text=access("shop/api: {allow: [{from: shop/web, port: 80, http: [GTE /]}]}, shop/web: {}"),
        change=("GTE", "GET"),
    ),
    Case(
        code="declared-twice",
        text=both(access("shop/web: {}"), access("shop/web: {}")),
        change=("services: {shop/web: {}}\n---", "services: {shop/api: {}}\n---"),
    ),
)
