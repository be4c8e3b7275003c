#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""The host-process contract: runs the hostile host in every variant on the null runtime, and in most on real runtimes as root."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "hold"))
import hold  # noqa: E402  (needs the path above)

HERE = os.path.join(hold.BUILD, "tests", "host")
NULL = ("plain", "traps", "closed_fds", "sigchld_ignored", "subreaper", "locale", "umask_022", "umask_077", "umask_000", "cwd_deleted",
        "signals_blocked", "file_size_limit", "threads", "small_stacks", "two_engines", "same_root_twice", "reaper", "cancellation", "fork")
# file_size_limit: which write of which helper fails is not the host's process any more.
REAL = tuple(v for v in NULL if v != "file_size_limit")
LIMIT = 240


def german(t):
    """An environment in which a locale writes 1,5, made for this run when the machine has none; or why there is none."""
    if not shutil.which("localedef"):
        return None, "localedef is not installed"
    folder = os.path.join(t.tmp, "locale")
    os.mkdir(folder)
    r = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", os.path.join(folder, "de_DE.UTF-8")], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, check=False)
    if not os.path.exists(os.path.join(folder, "de_DE.UTF-8", "LC_NUMERIC")):
        return None, "localedef cannot make de_DE.UTF-8: " + r.stdout.strip()
    return {"LOCPATH": folder, "LC_ALL": "de_DE.UTF-8"}, None


def read(path):
    return hold.read(path).strip()


def run_host(t, store, variant, runtime, rootfs, env):
    """One variant in a process of its own; what it found is in the report, and nothing may be on its standard streams."""
    folder = store.dir
    out = os.path.join(folder, "out")
    with open(out, "wb") as f:
        try:
            r = subprocess.run([os.path.join(HERE, "host"), variant, runtime, folder, rootfs], stdin=subprocess.DEVNULL, stdout=f, stderr=f,
                               env=dict(os.environ, **env), timeout=LIMIT, check=False)
            code = r.returncode
        except subprocess.TimeoutExpired:
            code = "no end within %d seconds" % LIMIT
    what = "%s on %s" % (variant, runtime)
    t.equal(code, 0, "%s: exit status", what)
    t.equal(read(os.path.join(folder, "report")), "", "%s: report", what)
    t.equal(read(out), "", "%s: written to the standard streams", what)


def leftovers(t, store, variant, runtime):
    second = None
    if variant == "two_engines":
        second = hold.Store(t, runtime, open_engine=False)
        second.root, second.run_root = os.path.join(store.dir, "root2"), os.path.join(store.dir, "run2")
        second.fields.update(root=second.root, run_root=second.run_root)
    for s in (store, second) if second else (store,):
        for text in s.leftovers():
            t.fail("%s on %s leaves behind: %s", variant, runtime, text)
    if second:
        second.destroy()
    store.destroy()


def variants(t, names, runtime, rootfs):
    modes = {}
    for variant in names:
        env = {}
        if variant == "traps":
            env = {"LD_PRELOAD": os.path.join(HERE, ".libs", "traps.so")}
        if variant == "locale":
            env, why = german(t) if t.locale is None else (t.locale, None)
            t.locale = env
            if why:
                t.note("locale is not run: %s", why)
                continue
        store = t.store(runtime, open_engine=False)
        run_host(t, store, variant, runtime, rootfs, env)
        if variant.startswith("umask"):
            modes[variant] = sorted(set(hold.read(store.root + ".modes").splitlines()))
        leftovers(t, store, variant, runtime)
        t.runs += 1
    for variant, seen in modes.items():
        t.check(len(seen) > 5, "%s on %s: hardly any file was seen", variant, runtime)
        for line in set(seen) ^ set(modes["umask_022"]):
            t.fail("%s on %s: the umask changes a file's mode: %s", variant, runtime, line)


def load_often(t):
    store = t.store("null", open_engine=False)
    r = subprocess.run([os.path.join(HERE, "dlopen"), hold.LIBRARY, store.dir], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       timeout=LIMIT, check=False)
    t.equal((r.returncode, r.stdout), (0, ""), "dlopen and dlclose, a thousand times")
    store.destroy()


def main():
    t = hold.Test("host", limit=(1500, 1500))
    t.locale, t.runs = None, 0
    empty = os.path.join(t.tmp, "empty")
    os.mkdir(empty)
    load_often(t)
    variants(t, NULL, "null", empty)
    if os.geteuid() != 0:
        t.note("not run with real runtimes: needs root")
    else:
        for runtime in t.runtimes():
            variants(t, REAL, runtime, t.rootfs)
    t.done(variants=t.runs)


main()
