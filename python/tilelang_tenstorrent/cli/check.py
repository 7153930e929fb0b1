"""``tltt check FILE|DIR`` and ``tltt explain CODE``"""

from __future__ import annotations

import argparse
from pathlib import Path

import click

from . import Failure
from .options import target_options


@click.command("check")
@target_options
@click.argument("path", metavar="[FILE[:KERNEL] | DIR]", required=False)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="An argument of the kernel's factory.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--sarif", metavar="FILE", help="Write the findings as SARIF 2.1.0, for editors and CI; - for stdout.")
@click.option("--ttnn", metavar="DIR", help="DIR: folder ttnn of an installed or unpacked wheel.")
@click.option("--install", is_flag=True, help="Download the ttnn wheel's headers into the cache folder first.")
def check_command(
    path: str | None,
    settings: tuple[str, ...],
    as_json: bool,
    sarif: str | None,
    ttnn: str | None,
    install: bool,
    options: dict[str, object],
) -> int:
    """Check the kernels of FILE: whether they compile, and what runs slowly. Or the kernels of a compiled folder DIR:
    whether they compile against the genuine device headers of the ttnn wheel.

    Exit code 0: no errors. 1: errors. 2: the check could not be made.
    """
    from .. import check
    from ..findings import as_json as json_text
    from ..findings import as_sarif

    is_folder = path is not None and Path(path).is_dir()
    if path is None or (is_folder and not (as_json or sarif)):
        return check.run(argparse.Namespace(folder=path, arch=_arch(options), ttnn=ttnn, install=install))
    if is_folder:
        try:
            findings = check.folder_findings(path, _arch(options), ttnn)
        except (check.MissingPartError, ValueError) as error:
            raise click.UsageError(str(error)) from None
    else:
        from ..check_file import file_findings

        findings = file_findings(path, settings, options)
    if as_json:
        click.echo(json_text(findings))
    if sarif == "-":
        click.echo(as_sarif(findings))
    elif sarif:
        Path(sarif).write_text(as_sarif(findings))
    if not as_json and sarif != "-":
        for finding in findings:
            click.echo(str(finding))
        counts = {level: sum(f.level == level for f in findings) for level in ("error", "warning", "note")}
        click.echo(", ".join(f"{count} {level}{'s' * (count != 1)}" for level, count in counts.items()))
    return 1 if any(finding.level == "error" for finding in findings) else 0


def _arch(options: dict[str, object]) -> str | None:
    """Whose headers: an architecture, "both", or None for the plan's."""
    return str(options["arch"]) if "arch" in options else None


@click.command("explain")
@click.argument("code", metavar="CODE")
def explain_command(code: str) -> None:
    """Explain a diagnostic by its code (TT1002) or its name (unsupported_dtype)."""
    from ..diagnostics import DIAGNOSTICS, explain

    try:
        click.echo(explain(code))
    except KeyError:
        known = "\n".join(f"  {entry.code} {entry.name}" for entry in DIAGNOSTICS.values())
        raise Failure(f"{code} is no code of a diagnostic; there are\n{known}") from None
