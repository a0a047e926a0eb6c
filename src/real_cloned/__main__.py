"""`python -m real_cloned` runs the project as `kedro run` does."""

import sys
from pathlib import Path
from typing import Any

from kedro.framework.cli.utils import find_run_command
from kedro.framework.project import configure_project


def main(*args: Any, **kwargs: Any) -> Any:
    """Run the project's `run` command."""
    configure_project(Path(__file__).parent.name)
    return find_run_command("real_cloned")(*args, **kwargs)


if __name__ == "__main__":
    sys.exit(main())
