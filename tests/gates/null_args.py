#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs null_args, which calls every public function with NULL, and sees to it that it knows them all."""
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402


def main():
    gate = gatelib.Gate("null_args")
    with open(os.path.join(gatelib.SRC, "tests", "gates", "null_args.c"), encoding="utf-8") as f:
        source = f.read()
    for f in gatelib.load_headers().functions:
        if not re.search(r"\b%s\(" % f.name, source):
            gate.fail("null_args.c does not call " + f.name)
    folder = tempfile.mkdtemp(prefix="ctr-null-args-")
    try:
        r = gatelib.run([os.path.join(gatelib.BUILD, "tests", "gates", "null_args"), folder], timeout=300)
    finally:
        gatelib.remove_store(folder)
    if r.returncode != 0:
        gate.fail("exit status %d:\n%s" % (r.returncode, r.stdout))
    gate.finish()


main()
