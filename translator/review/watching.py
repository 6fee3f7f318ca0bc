"""The steps of a migration plan that only people can do: watch the data plane, change the network plugin."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from translator.ir.policy import Engine
from translator.legalize.target import TargetName

_Kubectl = Callable[..., str]


def served_note(groups: Collection[str], kubectl: _Kubectl, *, is_shared: bool) -> str:
    """What has to be there before the first policy is applied: the kinds of the new policies."""
    own = sorted(set(groups) - {"networking.k8s.io"})
    if not own:
        return ""
    asked = " and ".join(f"`{kubectl('api-resources', f'--api-group={group}')}`" for group in own)
    note = f" The cluster must know the new kinds by now: see {asked}."
    if "cilium.io" in own and not is_shared:
        note += " Cilium's operator registers them: install Cilium beside the old plugin, as its guide says."
    if "projectcalico.org" in own:
        note += " Where Calico's API server is missing, `calicoctl` takes the same files."
    return note


def switch_step(source: Engine, target: TargetName, kubectl: _Kubectl) -> dict[str, Any]:
    """Change the network plugin; the policies of the new one are there when it begins to act."""
    return {
        "task": "switch",
        "title": f"Change the network plugin from {source.value} to {target.value}",
        "why": "Node by node, as the new plugin's own guide says. Pods of the new plugin obey the new policies only, "
        "those of the old one the old policies only. Each plugin may take pods of the other one for addresses outside, "
        "whom no rule that names pods lets in: expect denied connections between moved and unmoved pods until the last "
        f"node is done, and keep the old policies until then.{_open_meanwhile(target)}",
        "commands": (
            kubectl("get", "nodes", "-o", "wide"),
            kubectl("get", "pods", "--all-namespaces", "-o", "wide"),
        ),
        # Undoing the steps before this one takes the new policies away: under the new plugin that opens everything.
        "rollback": (f"# change the network plugin back to {source.value}, node by node, before anything else",),
    }


def _open_meanwhile(target: TargetName) -> str:
    """What the guide of the new plugin does about it, and what that costs."""
    if target is not TargetName.CILIUM:
        return ""
    return (
        " Cilium's guide avoids that with `policyEnforcementMode: never`, which lets everything pass at moved pods: "
        "decide which of the two you want, and see that it is `default` again before the next step."
    )


def watch_step(target: TargetName, kubectl: _Kubectl, *, is_shared: bool) -> dict[str, Any]:
    """Look at what is denied now."""
    match target:
        case TargetName.CILIUM:
            return _cilium(kubectl, is_shared=is_shared)
        case TargetName.CALICO:
            return {
                "task": "watch",
                "title": "Watch what Calico denies",
                "why": "Calico's flow logs (Whisker, Calico 3.30 or later) name the policy that denied. A denied flow "
                "that somebody needs is a reason to go back a step.",
                "commands": (kubectl("-n", "calico-system", "port-forward", "service/whisker", "8081:8081"),),
            }
        case _:
            return {
                "task": "watch",
                "title": "Watch the applications",
                "why": "Kubernetes has no audit mode and no log of denied connections; some network plugins have one. "
                "Watch error rates and time-outs of the pods that the policies select.",
                "commands": (kubectl("get", "events", "--all-namespaces", "--field-selector", "type=Warning"),),
            }


def _cilium(kubectl: _Kubectl, *, is_shared: bool) -> dict[str, Any]:
    # Audit mode is a property of an endpoint: it suspends every policy of it, whoever wrote the policy.
    warning = (
        "suspends every policy of that endpoint, today's included, and does not cover layer 7 rules"
        if is_shared
        else "lets everything pass at that endpoint and does not cover layer 7 rules"
    )
    agent = ("-n", "kube-system", "exec", "daemonset/cilium", "--")
    return {
        "task": "watch",
        "title": "Watch what Cilium denies",
        "why": "Hubble shows dropped flows. To rehearse without cutting anything off, an endpoint can be put into "
        f"policy audit mode: what would be denied passes and is logged as `audit`. Audit mode {warning}: turn it on "
        "only where that is acceptable, and off again afterwards. The commands go to the agent of one node.",
        "commands": (
            kubectl(*agent, "hubble", "observe", "--verdict", "DROPPED", "--follow"),
            kubectl(*agent, "cilium-dbg", "endpoint", "list"),
            kubectl(*agent, "cilium-dbg", "endpoint", "config", "ENDPOINT", "PolicyAuditMode=Enabled"),
            kubectl(*agent, "cilium-dbg", "monitor", "--type", "policy-verdict"),
            kubectl(*agent, "cilium-dbg", "endpoint", "config", "ENDPOINT", "PolicyAuditMode=Disabled"),
        ),
        "rollback": (kubectl(*agent, "cilium-dbg", "endpoint", "config", "ENDPOINT", "PolicyAuditMode=Disabled"),),
    }
