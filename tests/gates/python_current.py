#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/python/libctr.py is what scripts/gen-python makes of the headers as they are."""
import difflib
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402


def main():
    gate = gatelib.Gate("python_current")
    tool = os.path.join(gatelib.SRC, "scripts", "gen-python")
    made = subprocess.run([sys.executable, tool, gatelib.SRC, gatelib.BUILD], stdout=subprocess.PIPE, text=True, check=True).stdout
    with open(os.path.join(gatelib.SRC, "examples", "python", "libctr.py"), encoding="utf-8") as f:
        kept = f.read()
    if made != kept:
        diff = "".join(difflib.unified_diff(kept.splitlines(True), made.splitlines(True), "kept", "made", n=1))
        gate.fail("run scripts/gen-python SRCDIR BUILDDIR > examples/python/libctr.py\n" + diff)
    gate.finish()


main()
