#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The benchmark: --count C samples of each call (100), --seconds S of looking at idle containers (10), --long for more."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import benchlib  # noqa: E402  (needs the path above)

SIZES = (100, 1000, 10000)


def main():
    t = benchlib.hold.Test("bench", count=(100, 500), seconds=(10, 30), limit=(3000, 5000))
    t.done(**benchlib.run(t, max(t.count, 3), SIZES, 50, t.seconds or 1))


main()
