# SPDX-License-Identifier: Apache-2.0
"""What the gates share: where the trees are, which compilers there are, how a verdict is told."""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
# make check runs in the build directory and exports srcdir.
BUILD = os.path.abspath(os.environ.get("top_builddir", "."))
SRC = os.path.abspath(os.environ.get("top_srcdir", os.environ.get("srcdir", ".")))
sys.path.insert(0, os.path.join(SRC, "scripts"))
SKIP = 77

import headers  # noqa: E402  (needs the path above)


class Gate:
    """Collects findings; exit status 0 only when there are none."""

    def __init__(self, name):
        self.name, self.findings, self.notes = name, [], []

    def fail(self, text):
        self.findings.append(text)

    def note(self, text):
        self.notes.append(text)

    def finish(self):
        for f in self.findings:
            print("FAIL %s: %s" % (self.name, f))
        for n in self.notes:
            print("%s: %s" % (self.name, n))
        sys.exit(1 if self.findings else 0)


def skip(why):
    print("SKIP: " + why)
    sys.exit(SKIP)


def compilers():
    """[(C compiler, C++ compiler)]: gcc always, clang where there is one."""
    pairs = [("gcc", "g++")]
    for suffix in ("", "-14", "-15", "-16", "-19"):
        if shutil.which("clang" + suffix) and shutil.which("clang++" + suffix):
            pairs.append(("clang" + suffix, "clang++" + suffix))
            break
    return [p for p in pairs if shutil.which(p[0]) and shutil.which(p[1])]


def run(argv, **kw):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)


def include_flags():
    return ["-I" + os.path.join(SRC, "include"), "-I" + os.path.join(BUILD, "include")]


def library():
    """The built shared object, or None."""
    path = os.path.join(BUILD, ".libs", "libctr.so.0")
    return path if os.path.exists(path) else None


def sanitized():
    lib = library()
    return lib is not None and any(s in run(["readelf", "-dW", lib]).stdout for s in ("libasan", "libtsan", "libubsan"))


def remove_store(folder):
    """Takes away a directory with stores in it, and the lock segments in /dev/shm that their databases name."""
    known = b""
    for top, _, files in os.walk(folder):
        for name in files:
            if name.startswith("ctr.db"):
                with open(os.path.join(top, name), "rb") as f:
                    known += f.read()
    for name in os.listdir("/dev/shm"):
        parts = name.split("-", 1)
        if parts[0] == "libctr" and parts[1].rsplit("-", 1)[0].encode() in known:
            os.unlink(os.path.join("/dev/shm", name))
    shutil.rmtree(folder, ignore_errors=True)


def load_headers():
    return headers.load(SRC, BUILD)
