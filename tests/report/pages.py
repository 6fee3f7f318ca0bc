"""Policies whose pages are tried: with a change, with losses, and with texts that would like to be markup."""

from __future__ import annotations

from pathlib import Path

from translator.legalize.target import Target
from translator.pipeline.source import ReadOptions, Source, parse_paths
from translator.pipeline.translate import Translation, target_named, translate
from translator.report import html
from translator.report.change import connections
from translator.report.record import ProofResult, Report, results
from translator.review.diff import review
from translator.review.exhibits import of_translation
from translator.review.sides import Reading
from translator.wire.context import load_context

EVIL = "</code></li><script>document.title='owned'</script><img src=x onerror=alert(1)>"
BEFORE = f"""\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db
  namespace: prod
  annotations: {{note: "{EVIL}"}}
spec:
  podSelector: {{matchLabels: {{app: db}}}}
  policyTypes: [Ingress]
  ingress:
  - from:
    - podSelector: {{matchLabels: {{app: api}}}}
    ports: [{{port: 5432}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: default-deny, namespace: prod}}
spec:
  podSelector: {{}}
  policyTypes: [Ingress]
"""
AFTER = BEFORE.replace("port: 5432", "port: 5433")
CONTEXT = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: prod, labels: {kubernetes.io/metadata.name: prod}}}
- {apiVersion: v1, kind: Pod, metadata: {name: api-1, namespace: prod, labels: {app: api, pod-template-hash: a1}},
   status: {podIP: 10.244.0.7}}
- {apiVersion: v1, kind: Pod, metadata: {name: api-2, namespace: prod, labels: {app: api, pod-template-hash: b2}},
   status: {podIP: 10.244.0.8}}
- {apiVersion: v1, kind: Pod, metadata: {name: db-0, namespace: prod, labels: {app: db}}, status: {podIP: 10.244.0.9}}
"""
LOSSY = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: site, namespace: shop}
spec:
  selector: app == 'api'
  types: [Egress]
  egress:
  - {action: Log}
  - {action: Allow, protocol: UDP, destination: {nets: [172.16.0.0/12], ports: [514]}}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: door, namespace: shop}
spec:
  selector: app == 'web'
  types: [Ingress]
  ingress:
  - {action: Allow, protocol: TCP, source: {selector: app == 'api'}, destination: {ports: [80]}}
"""


def change_page(folder: Path, *, with_context: bool = True) -> str:
    """The page of a change of one port."""
    before, after, context = folder / "before.yaml", folder / "after.yaml", folder / "context.yaml"
    before.write_text(BEFORE, encoding="utf-8")
    after.write_text(AFTER, encoding="utf-8")
    context.write_text(CONTEXT, encoding="utf-8")
    known = load_context([str(context)] if with_context else [])
    return html.render_change(review([str(before), str(after)], Reading(context=known)).report, "0")


def large_page(folder: Path) -> str:
    """The page of a change among 64 workloads in eight namespaces."""
    policies, pods = [], []
    for number in range(8):
        name = f"team-{number}"
        policies.append(BEFORE.replace("prod", name))
        pods += [
            f"- {{apiVersion: v1, kind: Pod, metadata: {{name: {app}, namespace: {name}, labels: {{app: {app}}}}}}}"
            for app in ("api", "db", *(f"service-{each}" for each in range(6)))
        ]
    (folder / "many.yaml").write_text("---\n".join(policies), encoding="utf-8")
    (folder / "more.yaml").write_text("---\n".join([AFTER.replace("prod", "team-0"), *policies[1:]]), encoding="utf-8")
    context = folder / "pods.yaml"
    context.write_text("\n".join(["apiVersion: v1", "kind: List", "items:", *pods]) + "\n", encoding="utf-8")
    sides = [str(folder / "many.yaml"), str(folder / "more.yaml")]
    return html.render_change(review(sides, Reading(context=load_context([str(context)]))).report, "0")


def translated(folder: Path, text: str = LOSSY, target: str = "kubernetes") -> tuple[Source, Translation]:
    """What was read and what became of it."""
    source = folder / "source.yaml"
    source.write_text(text, encoding="utf-8")
    read = parse_paths([str(source)], ReadOptions())
    return read, translate(read.policies, Target(name=target_named(target)), read.context)


def translation_page(folder: Path, text: str = LOSSY, target: str = "kubernetes") -> str:
    """The page of a translation, with a loss and a policy that stays as it is."""
    read, translation = translated(folder, text, target)
    assert translation.proof is not None
    comparison = translation.proof.comparison
    report = Report(
        source=read.engine.value,
        target=target,
        policies=results(read.policies.as_read(), translation.losses),
        losses=translation.losses,
        findings=read.findings,
        assumptions=translation.assumptions,
        proof=ProofResult(result=comparison.result.value, reason=comparison.reason),
        connections=connections(comparison),
        exhibit=lambda: of_translation(read, translation),
    )
    return html.render(report, "0")
