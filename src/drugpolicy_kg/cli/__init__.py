"""The command line: arguments become one call; findings and errors become text and exit code.

One module for each group of commands. Engines are imported inside the commands that need
them, so that `--help` answers at once.
"""

from __future__ import annotations

import sys

import click

from drugpolicy_kg import __version__
from drugpolicy_kg.cli import (
    building,
    checking,
    citing,
    drafting,
    querying,
    releasing,
    serving,
    validating,
)
from drugpolicy_kg.cli.terminal import FINE, IMPOSSIBLE
from drugpolicy_kg.errors import DrugPolicyError


class Group(click.Group):
    """Commands in the order in which they are added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands as they were added."""
        del ctx
        return list(self.commands)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="drugpolicy")
def drugpolicy() -> None:
    """Build, query and serve the EU's plans on drugs as a knowledge graph.

    \b
    Example:
      drugpolicy query actions --param plan=com-2023-641
    """


for _command in (
    building.build,
    checking.check,
    validating.validate,
    querying.query,
    serving.serve,
    releasing.release,
    releasing.verify,
    citing.cite,
    building.outline,
    drafting.new_plan,
):
    drugpolicy.add_command(_command)


def main() -> None:
    """Run the command; a known error is one sentence on standard error and exit code 2."""
    try:
        drugpolicy(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(IMPOSSIBLE)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FINE)
    except DrugPolicyError as error:
        click.echo(f"drugpolicy: {error}", err=True)
        sys.exit(IMPOSSIBLE)
