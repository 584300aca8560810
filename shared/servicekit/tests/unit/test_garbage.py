"""Processes that serve look for garbage seldom, and never among what they began with."""

import subprocess
import sys

LOOK = """
import gc
from servicekit.garbage import collect_seldom
collect_seldom()
print(gc.get_threshold(), gc.get_freeze_count() > 1_000, gc.isenabled())
"""


def test_garbage_is_looked_for_seldom_but_looked_for() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(50000, 20, 50) True True"
