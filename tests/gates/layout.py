#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layout.c holds with every compiler and names every struct and field; a header with a moved, retyped or inserted field fails."""
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402
from gatelib import headers  # noqa: E402

SOURCE = os.path.join(gatelib.SRC, "tests", "gates", "layout.c")
MUTANTS = (
    ("container.h", "\tint32_t recursive;", "\tint32_t inserted;\n\tint32_t recursive;"),
    ("container.h", "\tuint64_t conditions;", "\tuint32_t conditions;\n\tuint32_t reserved1;"),
    ("engine.h", "\tuint64_t reserved1;", "\tuint64_t reserved1;\n\tuint64_t reserved2;"),
    ("engine.h", "\tconst char *storage;", ""),
)


def compiles(first, pairs):
    """Output of the compilers that refuse layout.c, or an empty string."""
    text = ""
    for cc, cxx in pairs:
        for tool, lang, std in ((cc, "c", "c11"), (cxx, "c++", "c++17")):
            argv = [tool, "-x", lang, "-std=" + std, "-fsyntax-only"] + first + gatelib.include_flags() + [SOURCE]
            r = gatelib.run(argv)
            if r.returncode != 0:
                text += "%s: %s\n" % (tool, r.stdout)
    return text


def main():
    gate = gatelib.Gate("layout")
    pairs = gatelib.compilers()
    bad = compiles([], pairs)
    if bad:
        gate.fail(bad)
    with open(SOURCE, encoding="utf-8") as f:
        text = f.read()
    for name, fields in gatelib.load_headers().structs.items():
        if "SIZE(%s," % name not in text:
            gate.fail("layout.c says nothing about the size of struct " + name)
        for _, field in fields:
            if not re.search(r"FIELD\(%s, %s," % (name, field), text):
                gate.fail("layout.c says nothing about %s.%s" % (name, field))
    for header, old, new in MUTANTS:
        with tempfile.TemporaryDirectory() as tmp:
            os.mkdir(os.path.join(tmp, "libctr"))
            with open(headers.paths(gatelib.SRC, gatelib.BUILD)[header], encoding="utf-8") as f:
                good = f.read()
            mutant = good.replace(old, new, 1)
            if mutant == good:
                gate.fail("mutation of %s does not apply: %s" % (header, old))
            with open(os.path.join(tmp, "libctr", header), "w", encoding="utf-8") as f:
                f.write(mutant)
            if not compiles(["-I" + tmp], pairs):
                gate.fail("%s with %r passes: this gate is blind" % (header, new))
    gate.finish()


main()
