"""What a translation takes as given; each is stated in the report (design 6)."""

from __future__ import annotations

from collections.abc import Iterator

from translator.context import Context
from translator.documents.document import Document
from translator.ir.peers import NODES, Endpoints, Network, parts
from translator.ir.policy import Direction, PolicySet, Rule
from translator.legalize.population import Population
from translator.legalize.profiles import beyond
from translator.legalize.target import Target
from translator.pipeline.common_ends import governs_nodes
from translator.pipeline.one_cluster import has_mesh, leaves_cluster
from translator.pipeline.senders import HostNetwork, hidden_senders, pod_names


def assumptions(policies: PolicySet, target: Target, context: Context) -> tuple[str, ...]:
    """The assumptions that matter for these policies."""
    rules = [rule for policy in policies.policies() for direction in Direction for rule in policy.rules(direction)]
    name = target.name.value
    return (
        *_about_namespaces(policies),
        *_about_nodes(policies, name),
        *_assumptions(rules, policies.engine.value, name, context),
        *_about_version(target),
        *_about_clusters(policies, target, context),
        *_about_senders(policies, context),
    )


def _about_namespaces(policies: PolicySet) -> Iterator[str]:
    """kubectl and kustomize may put an object that names no namespace into any; the output names one."""
    for policy in policies.as_read():
        document = policy.origin.document if policy.origin is not None else None
        names_none = isinstance(document, Document) and not document.metadata.get("namespace")
        if names_none and policy.namespace == "default":
            yield f"policies that name no namespace are in `{policy.namespace}` (`-n` chooses another)"
            return


def _about_clusters(policies: PolicySet, target: Target, context: Context) -> Iterator[str]:
    if leaves_cluster(policies, target, context) and not has_mesh(context):
        yield f"the cluster is in no mesh: {target.name} {target.version} also selects pods of other clusters"


def _about_senders(policies: PolicySet, context: Context) -> Iterator[str]:
    """What no policy of any engine sees, told once for all of them."""
    read = policies.as_read()
    hidden = next(hidden_senders(read, context, Population(context=context)), None)
    if hidden is not None:
        service = hidden[1]
        yield (
            f"senders outside keep their addresses, also behind Services such as {service.namespace}/{service.name} "
            "(`externalTrafficPolicy: Cluster` may show a node's instead)"
        )
    if hosts := HostNetwork(context):
        peers = {id(peer): peer for each in read for rule in (*each.ingress, *each.egress) for peer in rule.peers}
        fitting = {(pod.namespace, pod.name): pod for peer in peers.values() for pod in hosts.fitting(peer)}
        if fitting:
            named = pod_names([fitting[key] for key in sorted(fitting)])
            yield f"pods of the host network ({named}) are nodes: rules about pods do not mean them"


def _about_version(target: Target) -> Iterator[str]:
    newest = beyond(target)
    if newest is not None:
        yield f"{target.name} {target.version} reads policies as {newest} does, the newest version that is known"


def _about_nodes(policies: PolicySet, target: str) -> Iterator[str]:
    if policies.engine.value == target or governs_nodes(policies):
        return
    subjects = (peer for policy in policies.policies() for peer in policy.subject)
    if any(isinstance(peer, Endpoints) and peer.kinds & NODES for peer in subjects):
        yield "no node has a host endpoint (the input holds none), so policies act on pods only"


def _assumptions(rules: list[Rule], source: str, target: str, context: Context) -> Iterator[str]:
    if any(isinstance(each, Network) for rule in rules for peer in rule.peers for each in parts(peer)):
        yield (
            "addresses outside the private ranges (RFC 1918, RFC 6598, fc00::/7) are outside the cluster"
            if not (context.pod_cidrs and context.node_cidrs)
            else "addresses outside the ranges of the context are outside the cluster"
        )
    speaks_http = any(rule.layer7 is not None and rule.layer7.http is not None for rule in rules)
    if speaks_http and "calico" in (source, target) and context.calico.dikastes:
        yield "Calico enforces HTTP rules (application layer policy is installed)"
