"""The text of files."""

from __future__ import annotations

from tests.lint.cases.case import Case, kubernetes

_HEAD = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"

CASES = (
    Case(code="invalid-yaml", text=f"{_HEAD}metadata: {{name: web\n", change=("{name: web", "{name: web}")),
    Case(
        code="template",
        text=f"{_HEAD}metadata:\n  name: {{{{ .Release.Name }}}}\nspec: {{podSelector: {{}}}}\n",
        change=("{{ .Release.Name }}", "web"),
    ),
    Case(code="tab", text=f"{_HEAD}metadata:\n\tname: web\n", change=("\t", "  ")),
    Case(
        code="bullet",
        text=f"{_HEAD}metadata: {{name: web}}\nspec:\n  podSelector: {{}}\n  policyTypes:\n  • Ingress\n",
        change=("•", "-"),
    ),
    Case(
        code="byte-order-mark",
        text=f"{_HEAD}metadata: {{name: web}}\n\ufeffspec: {{podSelector: {{}}}}\n",
        change=("\ufeff", ""),
    ),
    Case(
        code="control-character",
        text=f"{_HEAD}metadata: {{name: web, annotations: {{a: a\x07b}}}}\n",
        change=("\x07", ""),
    ),
    Case(
        code="bad-separator",
        text=f"{_HEAD}metadata: {{name: web}}\n--- {{}}\n{_HEAD}metadata: {{name: api}}\n",
        change=("--- {}", "---"),
    ),
    Case(code="bad-key", text=kubernetes("podSelector:\n  matchLabels: {on: a}"), change=("{on:", '{"on":')),
    Case(
        code="duplicate-key",
        text=kubernetes("podSelector:\n  matchLabels: {app: a, app: b}"),
        change=(", app: b", ""),
    ),
    Case(code="bad-merge", text=kubernetes("podSelector:\n  <<: text"), change=("<<: text", "<<: {}")),
    Case(code="bad-alias", text=kubernetes("podSelector: *web"), change=("*web", "{}")),
    Case(
        code="foreign-tag",
        text="apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: web}\n"
        "spec:\n  types: [Ingress]\n  selector: !has(x)\n",
        change=("!has(x)", '"!has(x)"'),
    ),
    Case(
        code="no-json-number",
        text="apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: web}\n"
        "spec:\n  types: [Ingress]\n  order: .inf\n",
        change=(".inf", "10"),
    ),
    Case(code="too-deep", text=f"a: {'[' * 5000}{']' * 5000}\n", change=("[" * 4990, "")),
    Case(
        code="too-many-aliases",
        text="a0: &a0 [x]\n"
        + "".join(f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 8)),
        change=("a4: &a4 [*a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3]", "a4: &a4 []"),
    ),
    Case(code="no-object", text="- kind: NetworkPolicy\n", change=("- kind", "kind")),
    Case(
        code="lost-indentation",
        text=f"{_HEAD}metadata:\nname: web\nspec: {{podSelector: {{}}}}\n",
        change=("name: web", "  name: web"),
    ),
)
