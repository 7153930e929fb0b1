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
    from .check import check_command
    from .compile import compile_command
    from .execute import exec_command
    from .inspect import passes_command, plan_group
    from .run import run_command

    for command in (run_command, compile_command, exec_command, plan_group, check_command, passes_command):
        cli.add_command(command)


def main() -> None:
    _add_commands()
    traceback = "--traceback" in sys.argv[1:2]
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(1)
    except Exception as error:
        if traceback:
            raise
        print(f"tltt: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
