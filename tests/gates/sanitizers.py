#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unit and API tests once more in build trees of their own: under AddressSanitizer with UndefinedBehaviorSanitizer, those with
threads under ThreadSanitizer, and in this build tree a few under valgrind."""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402

HELPERS = ["helper/ctr-keeper", "helper/ctr-monitor", "helper/ctr-agent"]
# One process with threads; the others have nothing for ThreadSanitizer to see, or a malloc of their own, which it does not bear.
THREADED = ("tests/unit/test_lock", "tests/unit/test_state", "tests/api/test_container_wait")
THREADED_HOST = ("threads", "two_engines", "same_root_twice", "reaper")
# What valgrind 3.19 can follow: it knows no openat2(2), and no malloc of a test's own.
MEMCHECK = ("tests/unit/test_model_data", "tests/unit/test_model_spec", "tests/unit/test_registry", "tests/unit/test_oci_errors",
            "tests/unit/test_null_runtime", "tests/unit/test_agent")
# It forks while threads run, and a fork may then inherit the sanitizer's allocator locked for ever.
NO_ADDRESS = ("tests/unit/test_log_pipeline",)
LIMIT = 280
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    # Its detector of lock orders bears 128 locks at once, a test takes 256; the library watches the order itself.
    "TSAN_OPTIONS": "halt_on_error=1:die_after_fork=0:detect_deadlocks=0:suppressions=" +
                    os.path.join(gatelib.SRC, "tests", "gates", "tsan.supp"),
}
# Only when something is wrong, so that these words in the output of a failed run are all there is to see.
ALARMS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer")


def works(flags):
    """Whether the compiler and the machine can run a program built like that; else what they say."""
    with tempfile.TemporaryDirectory(prefix="ctr-sanitizers-") as folder:
        source, program = os.path.join(folder, "a.c"), os.path.join(folder, "a")
        with open(source, "w", encoding="ascii") as f:
            f.write("int main(void) { return 0; }\n")
        for words in (["gcc", "-pthread", "-fsanitize=" + flags, source, "-o", program], [program]):
            try:
                r = gatelib.run(words)
            except OSError as e:
                return str(e)
            if r.returncode != 0:
                return " ".join(words[:3]) + ": " + r.stdout.strip()[-300:]
    return None


def sources(folder):
    """A source tree that another tree may be configured from: one that is configured itself may not."""
    if not os.path.exists(os.path.join(gatelib.SRC, "config.status")):
        return gatelib.SRC
    copy = os.path.join(folder, "src")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(gatelib.SRC, copy, symlinks=True, ignore=shutil.ignore_patterns(
        "*.o", "*.lo", "*.la", "*.log", "*.trs", ".libs", ".deps", ".dirstamp", ".git", "build*", "sanitize-*", "config.status", "config.h",
        "Makefile", "version.h", "libtool"))
    shutil.copytree(os.path.join(gatelib.SRC, "build-aux"), os.path.join(copy, "build-aux"), dirs_exist_ok=True)
    return copy


def plain_environment():
    """Without what the make around this test has set for itself."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS", "srcdir", "top_"))}


def configured_tests():
    r = gatelib.run(["make", "-s", "-C", gatelib.BUILD, "--no-print-directory", "--eval", "print-tests: ; @echo $(check_PROGRAMS)",
                     "print-tests"], env=plain_environment())
    return [w for w in r.stdout.split() if w.startswith(("tests/unit/test_", "tests/api/test_"))]


def configure(folder, flags):
    words = [os.path.join(sources(folder), "configure"), "--enable-sanitizer=" + flags, "CFLAGS=-O1 -g", "CXXFLAGS=-O1 -g"]
    if flags == "thread":
        words.append("CPPFLAGS=-include " + os.path.join(gatelib.SRC, "tests", "gates", "tsan.h"))
    return words


def build(gate, flags, targets):
    """The build tree, or None after a finding."""
    folder = os.path.join(gatelib.BUILD, "sanitize-" + flags.split(",")[0])
    stamp = os.path.join(folder, "configured")
    words = configure(gatelib.BUILD, flags)
    steps = [["make", "-j%d" % (os.cpu_count() or 1)] + targets]
    if not os.path.exists(stamp) or open(stamp, encoding="utf-8").read() != " ".join(words):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        steps.insert(0, words)
    for words in steps:
        r = gatelib.run(words, cwd=folder, env=plain_environment())
        if r.returncode != 0:
            gate.fail("%s in %s:\n%s" % (" ".join(words[:3]), folder, r.stdout[-3000:]))
            return None
    with open(stamp, "w", encoding="utf-8") as f:
        f.write(" ".join(words))
    return folder


def run_one(gate, what, words, folder, env):
    began = time.monotonic()
    r = None
    try:
        r = gatelib.run(words, cwd=folder, env=dict(os.environ, **env), stdin=subprocess.DEVNULL, timeout=LIMIT)
    except subprocess.TimeoutExpired as e:
        gate.fail("%s: no end within %d seconds\n%s" % (what, LIMIT, (e.stdout or b"")[-2000:]))
        return
    if r.returncode == gatelib.SKIP:
        return
    if r.returncode != 0 or any(a in r.stdout for a in ALARMS):
        lines = r.stdout.splitlines()
        first = next((i for i, line in enumerate(lines) if any(a in line for a in ALARMS)), max(0, len(lines) - 60))
        gate.fail("%s: exit status %d after %.0f s\n%s" % (what, r.returncode, time.monotonic() - began, "\n".join(lines[first:first + 60])))


def run_host(gate, what, tree, variants, env):
    """The hostile host on the null runtime, without its driver, which cannot load a sanitized library."""
    for variant in variants:
        folder = tempfile.mkdtemp(prefix="ctr-sanitizers-")
        try:
            run_one(gate, "%s: host %s" % (what, variant), [os.path.join(tree, "tests", "host", "host"), variant, "null", folder, "/"], folder, env)
            report = os.path.join(folder, "report")
            text = open(report, encoding="utf-8").read() if os.path.exists(report) else ""
            if text:
                gate.fail("%s: host %s: %s" % (what, variant, text))
        finally:
            gatelib.remove_store(folder)


def sanitize(gate, flags, tests, variants):
    why = works(flags)
    if why:
        gate.note("not run under -fsanitize=%s: %s" % (flags, why))
        return
    began = time.monotonic()
    tree = build(gate, flags, tests + HELPERS + (["tests/host/host"] if variants else []))
    built = time.monotonic()
    if tree:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            list(pool.map(lambda test: run_one(gate, "%s: %s" % (flags, test), ["./" + test], tree, ENVIRONMENT), tests))
    if tree:
        run_host(gate, flags, tree, variants, ENVIRONMENT)
    gate.note("%s: %d tests, %d hosts; built in %.0f s, run in %.0f s" % (flags, len(tests), len(variants), built - began,
                                                                        time.monotonic() - built))


def memcheck(gate, tests):
    if not shutil.which("valgrind"):
        gate.note("not run under valgrind: it is not installed; install the package valgrind")
        return
    began = time.monotonic()
    words = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite",
             "--child-silent-after-fork=yes"]
    chosen = [t for t in tests if t in MEMCHECK]
    for test in chosen:
        run_one(gate, "valgrind: " + test, words + [os.path.join(gatelib.BUILD, test)], gatelib.BUILD, {})
    gate.note("valgrind: %d tests, %.0f s" % (len(chosen), time.monotonic() - began))


def main():
    if gatelib.sanitized():
        gatelib.skip("this build tree is a sanitized one already")
    gate = gatelib.Gate("sanitizers")
    tests = configured_tests()
    if not tests:
        gatelib.skip("there are no unit tests: cmocka is not installed")
    sanitize(gate, "address,undefined", [t for t in tests if t not in NO_ADDRESS], ())
    sanitize(gate, "thread", [t for t in tests if t in THREADED], THREADED_HOST)
    memcheck(gate, tests)
    gate.finish()


main()
