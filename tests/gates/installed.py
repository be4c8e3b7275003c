#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs into an empty directory, builds a program against that through pkg-config as C and as C++, runs it, uninstalls, and looks
for what was left behind."""
import os
import shlex
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402

SOURCE = os.path.join(gatelib.SRC, "tests", "gates", "consumer.c")


def make(gate, target, dest):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "TESTS")}
    r = gatelib.run(["make", "-s", "-C", gatelib.BUILD, target, "DESTDIR=" + dest], env=env)
    if r.returncode != 0:
        gate.fail("make %s: %s" % (target, r.stdout[-4000:]))
        gate.finish()


def find(dest, name):
    return [os.path.join(d, name) for d, _, files in os.walk(dest) if name in files]


def expect_installed(gate, dest):
    for name in ["libctr.so", "libctr.so.0", "libctr.pc", "ctr-keeper", "ctr-monitor", "ctr-agent"] + sorted(gatelib.headers.NAMES):
        if not find(dest, name):
            gate.fail("%s is not installed" % name)
    for f in gatelib.load_headers().functions:
        if not find(dest, f.name + ".3"):
            gate.fail("there is no manual page to find under " + f.name)
    if find(dest, "libctr.a"):
        gate.fail("a static library is installed")
    if gate.findings:
        gate.finish()


def build_and_run(gate, dest, tmp):
    pc = find(dest, "libctr.pc")[0]
    helpers = [find(dest, "ctr-monitor")[0], find(dest, "ctr-agent")[0]]
    lib = os.path.dirname(find(dest, "libctr.so.0")[0])
    env = dict(os.environ, PKG_CONFIG_PATH=os.path.dirname(pc) + ":" + os.environ.get("PKG_CONFIG_PATH", ""), PKG_CONFIG_SYSROOT_DIR=dest,
               PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1", PKG_CONFIG_ALLOW_SYSTEM_LIBS="1", LD_LIBRARY_PATH=lib)
    flags = gatelib.run(["pkg-config", "--cflags", "--libs", "libctr"], env=env)
    if flags.returncode != 0:
        gate.fail("pkg-config: " + flags.stdout)
        return
    for cc, cxx in gatelib.compilers():
        for tool, lang in ((cc, ["-x", "c", "-std=c11"]), (cxx, ["-x", "c++", "-std=c++17"])):
            program = os.path.join(tmp, "consumer-" + tool)
            argv = [tool] + lang + ["-Wall", "-Wextra", "-Werror", SOURCE, "-x", "none", "-o", program] + shlex.split(flags.stdout)
            r = gatelib.run(argv, env=env)
            if r.returncode == 0:
                r = gatelib.run([program, os.path.join(tmp, "root-" + tool), os.path.join(tmp, "run-" + tool)] + helpers, env=env)
            if r.returncode != 0:
                gate.fail("%s: %s" % (tool, r.stdout))
            else:
                gate.note("%s: %s" % (tool, r.stdout.strip()))


def main():
    gate = gatelib.Gate("installed")
    if gatelib.sanitized():
        gatelib.skip("a program of others cannot be linked to a library built with a sanitizer")
    if not shutil.which("pkg-config"):
        gatelib.skip("no pkg-config")
    tmp = tempfile.mkdtemp(prefix="ctr-installed-")
    try:
        dest = os.path.join(tmp, "dest")
        make(gate, "install", dest)
        expect_installed(gate, dest)
        build_and_run(gate, dest, tmp)
        make(gate, "uninstall", dest)
        left = [os.path.relpath(os.path.join(d, f), dest) for d, _, files in os.walk(dest) for f in files]
        if left:
            gate.fail("uninstall leaves " + " ".join(left))
    finally:
        gatelib.remove_store(tmp)
    gate.finish()


main()
