"""``tltt``: compile, run and inspect kernels from the command line.

Exit code 0 for success, 1 for a failure (the message says what failed), 2 for bad usage.
"""

from __future__ import annotations

import sys

import click


class Failure(click.ClickException):
    """Something that went wrong while doing what was asked: exit code 1."""

    exit_code = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--traceback", is_flag=True, help="Show Python's traceback of an error.")
def cli(traceback: bool) -> None:
    """TileLang kernels for Tenstorrent's chips."""


def _add_commands() -> None:
    from .check import check_command, explain_command
    from .compile import compile_command
    from .doctor import doctor_command
    from .execute import exec_command
    from .inspect import passes_command, plan_group
    from .profile import profile_command
    from .run import run_command
    from .time import time_command
    from .tune import tune_command

    for command in (
        run_command,
        compile_command,
        exec_command,
        time_command,
        tune_command,
        profile_command,
        plan_group,
        check_command,
        explain_command,
        doctor_command,
        passes_command,
    ):
        cli.add_command(command)


def run(args: list[str]) -> int:
    """Runs ``tltt ARGS``; the exit code. Errors are printed, not raised, unless --traceback is given."""
    _add_commands()
    try:
        code = cli.main(args, prog_name="tltt", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.UsageError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 1
    except Exception as error:
        if args[:1] == ["--traceback"]:
            raise
        print(f"tltt: {type(error).__name__}: {error}", file=sys.stderr)
        return 1


def main() -> None:
    sys.exit(run(sys.argv[1:]))
