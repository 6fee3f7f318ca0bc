"""``netpolx fetch``: the policies of a running cluster, and what they meet there, as files. Nothing is changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from translator.cli.terminal import put, warn

if TYPE_CHECKING:
    from translator.review.cluster import Access, Fetched

_FOLDERS = ("policies", "cluster")


def fetch(
    *,
    directory: Annotated[str, typer.Argument(metavar="DIR", help="Where the files go.")],
    kubectl: Annotated[str, typer.Option("--kubectl", metavar="PROGRAM", help="The kubectl to run.")] = "kubectl",
    kube_context: Annotated[
        str | None,
        typer.Option("--kube-context", metavar="NAME", help="The kubectl context. Default: the current one."),
    ] = None,
    namespace: Annotated[
        str | None, typer.Option("-n", "--namespace", metavar="NAME", help="One namespace. Default: all of them.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that netpolx did not write.")] = False,
) -> int:
    """Read policies, namespaces, pods and services of a cluster into files, with `kubectl get` and nothing else."""
    from translator.review.cluster import Access, ClusterError
    from translator.review.cluster import fetch as run

    access = Access(kubectl=kubectl, context=kube_context, namespace=namespace)
    try:
        fetched = run(access)
    except FileNotFoundError:
        _tell_commands(access, directory)
        return 1
    except ClusterError as error:
        warn(f"netpolx: {error}")
        return 1
    for note in fetched.notes:
        warn(f"note: {note}")
    for finding in fetched.findings:
        warn(str(finding))
    _write(fetched, Path(directory), force=force)
    counted = [f"{count} {kind}" for kind, count in fetched.counts.items() if count]
    warn(f"wrote {len(fetched.files)} files below {directory}: {', '.join(counted) or 'the cluster holds nothing'}")
    if fetched.missing:
        warn(f"netpolx: the policies are not complete, not read: {', '.join(fetched.missing)}")
    return 1 if fetched.missing else 0


def _write(fetched: Fetched, directory: Path, *, force: bool) -> None:
    """Write the files, and take away those of an earlier run that the cluster has nothing for any more."""
    from translator.pipeline.output import is_ours, write_files

    written = set(write_files(fetched.files, directory, force=force))
    for folder in _FOLDERS:
        for file in sorted((directory / folder).glob("*.yaml")):
            if file not in written and is_ours(file):
                file.unlink()
                warn(f"removed {file}: the cluster has no such kind any more")


def _tell_commands(access: Access, directory: str) -> None:
    """What to run by hand where kubectl is."""
    import shlex

    from translator.review.cluster import CLUSTER, POLICIES

    warn(f"netpolx: there is no `{access.kubectl}` here. Run this where it is (kinds that the cluster lacks fail):")
    put(f"mkdir -p {shlex.quote(directory)}/policies {shlex.quote(directory)}/cluster\n")
    for folder, resources in zip(_FOLDERS, (POLICIES, CLUSTER), strict=True):
        for resource in resources:
            put(f"{shlex.join(access.reading(resource))} > {shlex.quote(f'{directory}/{folder}/{resource}.yaml')}\n")
    put(f"netpolx context {shlex.quote(directory)}/cluster > {shlex.quote(directory)}/context.yaml\n")


COMMAND = fetch
