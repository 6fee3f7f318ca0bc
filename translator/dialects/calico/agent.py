"""What the agent checks by itself in policies that no gate has seen: one failure and the whole policy vanishes.

Source: calico.md 1.1 (typha's v1 validator). Selectors are checked where they are folded.
"""

from __future__ import annotations

from translator.dialects.calico.model import EntityRule, GlobalPolicySpec, IcmpFields, IntOrString, PolicySpec, Rule
from translator.dialects.calico.selector import parse
from translator.dialects.calico.selector_tokens import SelectorError
from translator.dialects.calico.values import port_problem, read_port, read_protocol


def reason_to_drop(spec: PolicySpec) -> str | None:
    """Why the agent drops an unvalidated policy, or None."""
    for direction, rules in (("ingress", spec.ingress), ("egress", spec.egress)):
        for position, rule in enumerate(rules or ()):
            reason = _rule_reason(rule)
            if reason is not None:
                return f"{direction} rule {position}: {reason}"
    return None


def lost_subject_terms(spec: PolicySpec) -> tuple[str, ...]:
    """The subject's selectors that the agent leaves out because they do not parse: the policy covers more."""
    fields = [("serviceAccountSelector", spec.service_account_selector)]
    if isinstance(spec, GlobalPolicySpec):
        fields.append(("namespaceSelector", spec.namespace_selector))
    return tuple(name for name, text in fields if text and not _parses(text))


def _parses(text: str) -> bool:
    try:
        parse(text)
    except SelectorError:
        return False
    return True


def _rule_reason(rule: Rule) -> str | None:
    if rule.ip_version is not None and rule.ip_version not in (4, 6):
        return f"ipVersion {rule.ip_version}"
    for field, value in (("protocol", rule.protocol), ("notProtocol", rule.not_protocol)):
        reason = None if value is None else _protocol_reason(value)
        if reason is not None:
            return f"{field}: {reason}"
    for field, icmp in (("icmp", rule.icmp), ("notICMP", rule.not_icmp)):
        if icmp is not None and not _is_icmp(icmp):
            return f"{field} is out of range"
    for name, entity in (("source", rule.source), ("destination", rule.destination)):
        reason = None if entity is None else _entity_reason(rule, entity)
        if reason is not None:
            return f"{name}: {reason}"
    return None


def _protocol_reason(value: IntOrString) -> str | None:
    """Names in any letter case, numbers but 0."""
    try:
        number = read_protocol(value).number
    except ValueError as error:
        return str(error)
    return f"protocol {value}" if not number else None


def _is_icmp(icmp: IcmpFields) -> bool:
    return 0 <= (icmp.type or 0) <= 254 and 0 <= (icmp.code or 0) <= 255


def _entity_reason(rule: Rule, entity: EntityRule) -> str | None:
    """Ports need a protocol that has them, unless all are named and there is no protocol."""
    for ports in (entity.ports, entity.not_ports):
        for item in ports or ():
            problem = port_problem(item)
            if problem is not None:
                return problem
        if not ports:
            continue
        if rule.protocol is None:
            if not all(isinstance(read_port(item), str) for item in ports):
                return "port numbers without a protocol"
        elif not read_protocol(rule.protocol).carries_ports:
            return f"ports with protocol {rule.protocol}"
    return None
