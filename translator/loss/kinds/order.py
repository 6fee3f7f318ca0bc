"""Losses of order, deny, tiers and isolation."""

from __future__ import annotations

from typing import Final

from translator.ir.policy import Action
from translator.loss.effect import Change
from translator.loss.kind import CALICO, CILIUM, CLUSTER, KUBERNETES, TARGETS, Area, LossKind

KINDS: Final = (
    LossKind(
        code="order-flattened",
        title="An ordered list was flattened and some of what it permits was left out",
        area=Area.ORDER,
        changes=(Change.RULE_NARROWED, Change.RULE_DROPPED),
        meaning="The target has no order. Every allow was written with all earlier denies subtracted; where the exact "
        "remainder would take more policies than the budget permits, the allow was written smaller than it is.",
        remedy="Write `--use clusternetworkpolicy`, which has order, or simplify the denies: fewer labels and ranges "
        "in them make the remainder shorter.",
        before="- {action: Deny, source: {selector: a == '1' && b == '2' && c == '3'}}\n- {action: Allow}",
        after="# allows only peers of which the remainder could be written",
        targets=(KUBERNETES, CILIUM),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="remainder-narrowed",
        title="What an earlier deny leaves of an allow has no exact form",
        area=Area.ORDER,
        changes=(Change.RULE_NARROWED, Change.RULE_DROPPED),
        meaning="A deny was subtracted from an allow, and what is left needs something that the target cannot say, "
        "such as everybody but certain pods, outside addresses included. Less is permitted than before.",
        remedy="Give the address ranges of the cluster as context, so that pods and outside can be told apart, or "
        "write the denied peers as labels or ranges that the target can negate.",
        before="- {action: Deny, source: {selector: role == 'scanner'}}\n- {action: Allow}",
        after="from: [{podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [scanner]}]}}]",
        targets=(KUBERNETES, CILIUM, CLUSTER),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="deny-dropped",
        title="A deny rule was left out",
        area=Area.ORDER,
        changes=(Change.RULE_DROPPED, Change.RULE_NARROWED),
        meaning="The target can neither deny nor express what the deny leaves over. Traffic that was refused passes.",
        remedy="Without `--allow-widening` nothing is written. Prefer `--use clusternetworkpolicy`, or isolate the "
        "endpoints in the source and allow what is meant.",
        before="- {action: Deny, destination: {nets: [169.254.169.254/32]}}",
        after="# nothing",
        targets=(KUBERNETES, CILIUM, CLUSTER),
        actions=(Action.DENY,),
    ),
    LossKind(
        code="pass-dropped",
        title="A pass rule was left out",
        area=Area.ORDER,
        changes=(Change.RULE_DROPPED, Change.RULE_CHANGED),
        meaning="Traffic that jumped to the next tier is now decided here; depending on what follows, more or less "
        "of it passes.",
        remedy="Use a target with tiers (`calico`, `clusternetworkpolicy`), or let later tiers be part of the input "
        "so that the jump can be resolved.",
        before="- {action: Pass, source: {selector: trusted == 'yes'}}",
        after="# nothing",
        targets=(KUBERNETES, CILIUM),
        actions=(Action.PASS,),
    ),
    LossKind(
        code="precedence-not-kept",
        title="Precedence over policies that come later is lost",
        area=Area.ORDER,
        changes=(Change.UNENFORCED,),
        meaning="Traffic today is the same. But the source decided before other policies of lower precedence, and the "
        "translation is one policy among equals: an allow added later may open what this one refused.",
        remedy="Keep the target's own guard rails (admission rules, `clusternetworkpolicy` in tier Admin) for what "
        "nobody may override.",
        before="kind: Tier\nspec: {order: 10}",
        after="# policies without a tier",
        targets=(KUBERNETES, CILIUM),
    ),
    LossKind(
        code="isolation-added",
        title="Endpoints are isolated that were not",
        area=Area.ORDER,
        changes=(Change.ISOLATION_ADDED,),
        meaning="The source denies or allows without switching default deny on; the target isolates whatever a policy "
        "selects. What could be allowed again was; the rest of the traffic of these endpoints stops.",
        remedy="Check that the endpoints have allow rules for everything they need, or choose `cilium` "
        "(`enableDefaultDeny: false`) or `clusternetworkpolicy` as target.",
        before="enableDefaultDeny: {ingress: false}",
        after="policyTypes: [Ingress]",
        targets=(KUBERNETES, CALICO, CILIUM),
    ),
    LossKind(
        code="isolation-dropped",
        title="Endpoints are no longer isolated",
        area=Area.ORDER,
        changes=(Change.ISOLATION_DROPPED,),
        meaning="A policy that switched default deny on has no counterpart for some endpoints or directions. All "
        "their traffic passes unless another policy isolates them.",
        remedy="Without `--allow-widening` nothing is written. The message says which endpoints; isolate them with "
        "a policy of the target.",
        before="spec: {selector: all(), types: [Ingress]}",
        after="# nothing selects the hosts",
        targets=TARGETS,
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
        changes=(Change.RULE_WIDENED, Change.RULE_NARROWED),
        meaning="By the API text NetworkPolicy has the last word before tier Baseline. Cilium 1.20 asks Baseline "
        "before it denies by default, so a Baseline Accept opens isolated pods.",
        remedy="Remove the Baseline Accept, or set `baseline-overrides-isolation: false` in the context once the "
        "engine in use is known to behave.",
        before="tier: Baseline\ningress: [{action: Accept, from: [{namespaces: {}}]}]",
        after="# the same document",
        targets=(CILIUM, CLUSTER),
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
        targets=TARGETS,
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
        targets=TARGETS,
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
        targets=(KUBERNETES, CILIUM, CLUSTER),
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
        targets=(KUBERNETES, CILIUM, CLUSTER),
    ),
)
