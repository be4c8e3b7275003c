#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every complete program in the manual and the README is taken out as a reader would copy it, compiled and run on the null runtime."""
import glob
import json
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402


def from_roff(text):
    text = re.sub(r"^\\&", "", text, flags=re.M)
    return text.replace("\\-", "-").replace("\\(dq", '"').replace("\\e", "\\")


def programs():
    """[(where, text)]"""
    found = []
    for path in sorted(glob.glob(os.path.join(gatelib.SRC, "man", "*.[1-8]"))):
        with open(path, encoding="utf-8") as f:
            for block in re.findall(r"^\.EX\n(.*?)^\.EE$", f.read(), flags=re.M | re.S):
                if "int main(" in block:
                    found.append((os.path.basename(path), from_roff(block)))
    for name in ("README.md", "HACKING.md"):
        path = os.path.join(gatelib.SRC, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                found += [(name, b) for b in re.findall(r"^```c\n(.*?)^```$", f.read(), flags=re.M | re.S) if "int main(" in b]
    return found


def arguments(text, tmp):
    """What the usage in the first comment asks for."""
    known = {"CONFIG.json": os.path.join(tmp, "config.json"), "ROOTFS": os.path.join(tmp, "rootfs"), "NAME": "nobody"}
    usage = re.match(r"/\*.*?: (\S+)((?: [^*]+)?) \*/", text)
    words = usage.group(2).replace("[", "").replace("]", "").split() if usage else []
    return [known[w] for w in words]


def main():
    gate = gatelib.Gate("doc_examples")
    if gatelib.sanitized():
        gatelib.skip("a program of others cannot be linked to a library built with a sanitizer")
    if gatelib.library() is None:
        gate.fail("no .libs/libctr.so.0: build first")
        gate.finish()
    libs = os.path.dirname(gatelib.library())
    env = dict(os.environ, LD_LIBRARY_PATH=libs)
    tmp = tempfile.mkdtemp(prefix="ctr-doc-examples-")
    try:
        os.mkdir(os.path.join(tmp, "rootfs"))
        config = {"root": tmp + "/root", "run_root": tmp + "/run", "runtime": "null", "storage": "null"}
        with open(os.path.join(tmp, "config.json"), "w", encoding="utf-8") as f:
            json.dump(config, f)
        found = programs()
        for i, (where, text) in enumerate(found):
            source, program = os.path.join(tmp, "%d.c" % i), os.path.join(tmp, str(i))
            with open(source, "w", encoding="utf-8") as f:
                f.write(text)
            for tool in [cc for cc, _ in gatelib.compilers()]:
                argv = [tool, "-Wall", "-Wextra", "-Wconversion", "-Werror", source, "-o", program] + gatelib.include_flags() + ["-L" + libs, "-lctr"]
                r = gatelib.run(argv, env=env)
                if r.returncode != 0:
                    gate.fail("%s with %s: %s" % (where, tool, r.stdout))
            if os.path.exists(program):
                r = gatelib.run([program] + arguments(text, tmp), env=env, timeout=120)
                if r.returncode != 0:
                    gate.fail("%s: exit status %d: %s" % (where, r.returncode, r.stdout))
        gate.note("%d programs" % len(found))
        if len(found) < 12:
            gate.fail("only %d programs found: this gate is blind" % len(found))
    finally:
        gatelib.remove_store(tmp)
    gate.finish()


main()
