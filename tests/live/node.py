"""Node: it comes with the development tools, in the environment that runs the tests."""

import subprocess
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
NODE = Path(sysconfig.get_path("scripts")) / "node"


def node(*arguments: str, source: str = "", check: bool = True) -> str:
    """Return what node prints, given a source on its input; an exit status other than 0 fails."""
    run = subprocess.run([NODE, *arguments], input=source, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert run.returncode == 0 or not check, run.stderr
    return run.stdout
