#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual: section 3 is what scripts/gen-man makes of the headers as they are, every error code has its number and text, every field of
a spec is explained, every page passes mandoc's checks where mandoc is installed, and no page refers to one that does not exist."""
import difflib
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402

MAN = os.path.join(gatelib.SRC, "man")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def pages():
    return sorted(glob.glob(os.path.join(MAN, "*.[1-8]")))


def check_current(gate):
    with tempfile.TemporaryDirectory() as tmp:
        tool = os.path.join(gatelib.SRC, "scripts", "gen-man")
        subprocess.run([sys.executable, tool, gatelib.SRC, gatelib.BUILD, tmp], check=True)
        made = {os.path.basename(p): read(p) for p in glob.glob(os.path.join(tmp, "*.3"))}
    kept = {os.path.basename(p): read(p) for p in glob.glob(os.path.join(MAN, "*.3"))}
    for name in sorted(set(made) | set(kept)):
        old, new = kept.get(name, ""), made.get(name, "")
        if old != new:
            diff = "".join(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "kept", "made", n=1))
            gate.fail("man/%s: run scripts/gen-man SRCDIR BUILDDIR man\n%s" % (name, diff[:2000]))


def check_errors(gate):
    text = read(os.path.join(MAN, "libctr-errors.7"))
    for name, value in gatelib.load_headers().constants.items():
        if name.startswith("CTR_ERR_") and not re.search(r"^\.BR %s \" \(\\-%d\) (never|later|fix)\"\n\S" % (name, -value), text, flags=re.M):
            gate.fail("libctr-errors.7 does not explain %s (%d)" % (name, value))


def check_spec(gate):
    """The fields that libctr-spec(7) explains are those that the model accepts."""
    table = read(os.path.join(gatelib.SRC, "libctr", "model", "spec_table.c")).split("const struct spec_field spec_fields[] = {")[1]
    accepted = set()
    for macro, name in re.findall(r'^    (\w+\(|\{\.name = )"(\w+)"', table.split("\n};")[0], flags=re.M):
        if macro not in ("NOT_YET(", "REFUSED("):
            accepted.add(name)
    explained = set()
    for names in re.findall(r'^\.BR "([^"]+)" " \(', read(os.path.join(MAN, "libctr-spec.7")), flags=re.M):
        explained |= set(names.replace(" ", "").split(","))
    for name in sorted(accepted ^ explained):
        gate.fail("libctr-spec.7 and the model disagree about the field " + name)
    if len(accepted) < 50:
        gate.fail("only %d fields found: this gate is blind" % len(accepted))


def check_references(gate):
    tools = glob.glob(os.path.join(gatelib.SRC, "tools", "*", "*.[1-8]"))
    known = {os.path.basename(p) for p in pages() + tools} | {f.name + ".3" for f in gatelib.load_headers().functions}
    for path in pages():
        for name, section in re.findall(r"\b((?:lib)?ctr[\w-]*)(?:\\fP)? ?\((\d)\)", read(path).replace("\\-", "-")):
            if "%s.%s" % (name, section) not in known:
                gate.fail("%s refers to %s(%s), which does not exist" % (os.path.basename(path), name, section))


def check_form(gate):
    if not shutil.which("mandoc"):
        gate.note("no mandoc here: the form of the pages is not checked")
        return
    r = gatelib.run(["mandoc", "-T", "lint", "-W", "warning"] + pages())
    if r.stdout.strip():
        gate.fail(r.stdout)


def main():
    gate = gatelib.Gate("man_current")
    check_current(gate)
    check_errors(gate)
    check_spec(gate)
    check_references(gate)
    check_form(gate)
    gate.finish()


main()
