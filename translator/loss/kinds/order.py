"""Losses of order, deny, tiers and isolation."""

from __future__ import annotations

from typing import Final

from translator.ir.policy import Action
from translator.loss.effect import Change
from translator.loss.kind import ACCESS, CALICO, CILIUM, CLUSTER, EVERYWHERE, KUBERNETES, Area, LossKind

KINDS: Final = (
    LossKind(
        code="order-flattened",
        title="An ordered list was flattened and some of what it permits was left out",
        area=Area.ORDER,
        changes=(Change.RULE_NARROWED, Change.RULE_DROPPED),
        meaning="The target has no order. Every allow was written with all earlier denies subtracted; where the exact "
        "remainder has no form there, or would take more policies than the budget permits, the allow was written "
        "smaller than it is.",
        remedy="Write `--use clusternetworkpolicy`, which has order, or simplify the denies: fewer labels and ranges "
        "in them make the remainder shorter.",
        before="- {action: Deny, source: {selector: a == '1' && b == '2' && c == '3'}}\n- {action: Allow}",
        after="# allows only peers of which the remainder could be written",
        targets=EVERYWHERE,
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="isolation-added",
        title="Endpoints are isolated that were not",
        area=Area.ORDER,
        changes=(Change.ISOLATION_ADDED,),
        meaning="The source denies or allows without switching default deny on; Cilium before 1.16, and Calico before "
        "3.29 for want of tiers, isolate whatever a policy selects. Whoever is isolated by nobody else is allowed "
        "everything again, unless that cannot be told apart by a selector.",
        remedy="Check that the endpoints have allow rules for everything they need, or name a newer version of the "
        "target.",
        before="enableDefaultDeny: {ingress: false}",
        after="# the same rules, and default deny",
        targets=(CALICO, CILIUM),
    ),
    LossKind(
        code="isolation-partial",
        title="Default deny does not cover traffic from outside the cluster",
        area=Area.ORDER,
        changes=(Change.ISOLATION_DROPPED,),
        meaning="A ClusterNetworkPolicy can only name pods as senders: what comes from nodes or from outside is never "
        "refused by it.",
        remedy="Choose `kubernetes`, `calico` or `cilium` as target for policies that isolate ingress.",
        before="policyTypes: [Ingress]",
        after="ingress: [{action: Deny, from: [{namespaces: {}}]}]",
        targets=(CLUSTER,),
    ),
    LossKind(
        code="baseline-overrides-isolation",
        title="Cilium lets a Baseline accept through to pods that a NetworkPolicy isolates",
        area=Area.ORDER,
        changes=(Change.RULE_NARROWED,),
        meaning="By the API text NetworkPolicy has the last word before tier Baseline. Cilium 1.20 asks Baseline "
        "before it denies by default, so a Baseline Accept opens isolated pods. Elsewhere they stay isolated.",
        remedy="Accept what is meant in tier Admin or in a NetworkPolicy, or set `baseline-overrides-isolation: false` "
        "in the context once the engine in use is known to behave.",
        before="tier: Baseline\ningress: [{action: Accept, from: [{namespaces: {}}]}]",
        after="# reaches only pods that nobody isolates",
        targets=(KUBERNETES, CALICO, CLUSTER, ACCESS),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="rule-limit",
        title="More alternatives than can be written",
        area=Area.ORDER,
        changes=(Change.RULE_DROPPED, Change.RULE_WIDENED),
        meaning="Alternatives inside a selector multiply: where they come to more than 512 conjunctions, the rule "
        "cannot be written out. An allow is left out, a deny is written for all pods.",
        remedy="Put alternatives into one label with several values (`in {…}`), or spread them over several rules.",
        before="selector: (a == '1' || b == '1') && (c == '1' || d == '1') && …",
        after="# the rule is left out",
        targets=EVERYWHERE,
    ),
    LossKind(
        code="policy-refused",
        title="A policy cannot be translated",
        area=Area.ORDER,
        changes=(Change.ISOLATION_DROPPED, Change.RULE_DROPPED, Change.UNENFORCED),
        meaning="Nothing of the policy could be kept without permitting more than it did, so it is not part of the "
        "output, and without `--partial` nothing is written.",
        remedy="The message names the part that stands in the way; take it out of the policy or translate the "
        "policy by hand.",
        before="spec: {nodeSelector: {matchLabels: {role: gateway}}}",
        after="# nothing",
        targets=EVERYWHERE,
        refuses=True,
    ),
    LossKind(
        code="staged-dropped",
        title="A staged policy was left out",
        area=Area.ORDER,
        changes=(Change.UNENFORCED,),
        meaning="Staged policies are never enforced, so no traffic changes; their preview is lost.",
        remedy="Keep the staged policy in the source cluster, or enforce it there first and translate it then.",
        before="kind: StagedNetworkPolicy",
        after="# nothing",
        targets=EVERYWHERE,
    ),
    LossKind(
        code="log-dropped",
        title="A log rule was left out",
        area=Area.ORDER,
        changes=(Change.UNENFORCED,),
        meaning="Traffic is decided as before; it is no longer logged by the policy.",
        remedy="Use the target's flow log (Hubble for Cilium).",
        before="- {action: Log}",
        after="# nothing",
        targets=EVERYWHERE,
    ),
)
