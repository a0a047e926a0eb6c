"""`python -m real_cloned` runs the project as `kedro run` does, or the command that follows: `lineage FOLDER`."""

import sys
from pathlib import Path
from typing import Any

from kedro.framework.cli.utils import find_run_command
from kedro.framework.project import configure_project


def main(*args: Any, **kwargs: Any) -> Any:
    """Run the project's command that the first argument names, or else its `run` command."""
    configure_project(Path(__file__).parent.name)
    from real_cloned.cli.commands import cli

    if not args and sys.argv[1:2] and sys.argv[1] in cli.commands:
        return cli(prog_name="python -m real_cloned")
    return find_run_command("real_cloned")(*args, **kwargs)


if __name__ == "__main__":
    sys.exit(main())
