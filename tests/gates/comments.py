#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every public function's comment says what it does, each parameter, what it returns, errors, threads, op class and since when;
comments that lack a part must be refused."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402

PARTS = ("Returns", "Errors", "Threads", "Op class", "Since")
CLASSES = ("none", "control", "stopping", "waiting", "data")


def lint(f, constants):
    """What is wrong with one function's comment."""
    text, found = f.comment, []
    if not text.startswith("/**\n * %s - " % f.name):
        return ["the comment before %s does not begin with its name and what it does" % f.name]
    at = [text.find("\n * %s: " % part) for part in PARTS]
    for part, pos in zip(PARTS, at):
        if pos < 0 or not text[pos + len(part) + 6:].strip():
            found.append("%s: no %s" % (f.name, part))
    if -1 not in at and at != sorted(at):
        found.append("%s: the order is %s" % (f.name, ", ".join(PARTS)))
    named = re.findall(r"^ \* @(\w+): \S", text, flags=re.M)
    if named != [n for _, n in f.params]:
        found.append("%s: documents (%s), takes (%s)" % (f.name, ", ".join(named), ", ".join(n for _, n in f.params)))
    for code in set(re.findall(r"\bCTR_ERR_\w+", text)) - {"CTR_ERR_"}:
        if code not in constants:
            found.append("%s: there is no %s" % (f.name, code))
    types = [t for t, _ in f.params]
    if "ctr_error_t **" in types and f.name != "ctr_error_clear":
        if types[-1] != "ctr_error_t **" or f.ret != "int":
            found.append("%s: a fallible function returns int and has err last" % f.name)
        if "CTR_ERR_INVALID_ARG" not in text and "CTR_ERR_NO_MEMORY" not in text:
            found.append("%s: is fallible and names no error" % f.name)
    m = re.search(r"\n \* Op class: (\w+)", text)
    if m and m.group(1) not in CLASSES:
        found.append("%s: unknown op class %s" % (f.name, m.group(1)))
    if m and ("ctr_op_t *" in types and not f.name.startswith("ctr_op_")) != (m.group(1) != "none"):
        found.append("%s: its op class and its parameters disagree" % f.name)
    m = re.search(r"\n \* Since: (\S+)", text)
    if m and not re.fullmatch(r"\d+\.\d+", m.group(1)):
        found.append("%s: since %s is no version" % (f.name, m.group(1)))
    return found


def self_test(gate, f, constants):
    good = f.comment
    mutants = [good.replace("\n * %s: " % part, "\n * Also: ") for part in PARTS]
    mutants += [good.replace("@op:", "@other:"), good.replace("CTR_ERR_INVALID_ARG", "CTR_ERR_NO_SUCH_THING"), "",
                good.replace(" - ", " "), good.replace("control", "whatever"), good.replace("Op class: control", "Op class: none")]
    for mutant in mutants:
        f.comment = mutant
        if mutant == good or not lint(f, constants):
            gate.fail("a changed comment of %s passes: this gate is blind:\n%s" % (f.name, mutant))
    f.comment = good


def main():
    gate = gatelib.Gate("comments")
    h = gatelib.load_headers()
    for f in h.functions:
        for finding in lint(f, h.constants):
            gate.fail(finding)
        if f.name == "ctr_container_start":
            self_test(gate, f, h.constants)
    for name in gatelib.headers.NAMES:
        with open(gatelib.headers.paths(gatelib.SRC, gatelib.BUILD)[name], encoding="utf-8") as f:
            if not re.match(r"/\* SPDX-License-Identifier: Apache-2.0 \*/\n/\* \w", f.read()):
                gate.fail("%s does not begin with its licence and what it is for" % name)
    gate.finish()


main()
