#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Four lists, equal by exact name: CTR_API in the headers, libctr.map, the dynamic symbols of the built library, the NAME sections of
the manual; and nothing in them clashes with names of other libraries. Each kind of difference is tried and must be seen."""
import glob
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402

NODE = "LIBCTR_0.1"
TWO_WORDS = {"ctr_free", "ctr_version"}
# Names that libtomcrypt, nettle, mbed TLS users' code, BSD libcrypto and the kernel's user headers have taken already.
TAKEN = set(
    """ctr_start ctr_encrypt ctr_decrypt ctr_done ctr_getiv ctr_setiv ctr_test ctr_crypt ctr_crypt16 ctr_fill16 ctr_ctx ctr_init
    ctr_set_counter ctr_drbg ctr_drbg_init ctr_drbg_seed ctr_drbg_free ctr_drbg_random ctr_drbg_reseed ctr_drbg_update
    ctr_128_inc ctr_128_inc_aligned ctr128_inc ctr_BCC_init CTR_CTX CTR_CRYPT CTR_SET_COUNTER""".split()
)


def from_map(text):
    node = re.search(re.escape(NODE) + r"\s*\{(.*?)\};", text, flags=re.S)
    body = node.group(1).split("local:")[0].replace("global:", "") if node else ""
    return {n.strip() for n in body.split(";") if n.strip()}


def from_library(path):
    """(names at our version node, everything else that is exported)"""
    ours, others = set(), set()
    for line in gatelib.run(["readelf", "--dyn-syms", "-W", path]).stdout.splitlines():
        f = line.split()
        if len(f) < 8 or not f[0].rstrip(":").isdigit() or f[6] == "UND" or f[4] == "LOCAL":
            continue
        name, _, version = f[7].partition("@")
        if f[6] == "ABS" and name == NODE:
            continue
        if version.lstrip("@") == NODE and name.startswith("ctr_"):
            ours.add(name)
        else:
            others.add(f[7])
    return ours, others


def from_man(paths):
    names = []
    for path in paths:
        with open(path, encoding="utf-8") as f:
            m = re.search(r"^\.SH NAME\n(.*?) \\- ", f.read(), flags=re.M | re.S)
        if m:
            names += [n.strip() for n in m.group(1).replace("\n", " ").split(",") if n.strip()]
    return names


def differences(lists):
    found, reference = [], lists["headers"]
    for what, names in lists.items():
        found += ["%s is in the headers, not in the %s" % (n, what) for n in sorted(reference - names)]
        found += ["%s is in the %s, not in the headers" % (n, what) for n in sorted(names - reference)]
    return found


def clashes(names, constants):
    found = []
    for n in sorted(names):
        if not re.fullmatch(r"ctr_[a-z0-9_]+", n):
            found.append("%s: exported names are ctr_ and lower case" % n)
        if n.count("_") < 2 and n not in TWO_WORDS:
            found.append("%s has two words only: such names belong to other libraries" % n)
    return found + ["%s is a name of another library" % n for n in sorted((names | constants) & TAKEN)]


def self_test(gate, lists):
    for what in lists:
        for change in ({"ctr_container_stray"}, {"ctr_container_start"}):
            mutant = dict(lists)
            mutant[what] = lists[what] ^ change
            if not differences(mutant):
                gate.fail("the %s with %s changed pass: this gate is blind" % (what, change))
    # A name that is part of another must not hide it.
    mutant = dict(lists, map=lists["map"] - {"ctr_container_id"})
    if not differences(mutant):
        gate.fail("ctr_container_id missing in the map is not seen: this gate is blind")
    for bad in ("ctr_encrypt", "ctr_container", "ctr_Container_x", "strv_free", "ctr_drbg_seed"):
        if not clashes({bad}, set()):
            gate.fail("%s passes the clash check: this gate is blind" % bad)


def main():
    gate = gatelib.Gate("symbols")
    h = gatelib.load_headers()
    man = sorted(glob.glob(os.path.join(gatelib.SRC, "man", "*.3")))
    pages = from_man(man)
    with open(os.path.join(gatelib.SRC, "libctr.map"), encoding="utf-8") as f:
        lists = {"headers": set(h.function_names()), "map": from_map(f.read()), "manual": set(pages)}
    for n in sorted({n for n in pages if pages.count(n) > 1}):
        gate.fail("%s is in the NAME section of two pages" % n)
    path = gatelib.library()
    if path is None:
        gate.fail("no .libs/libctr.so.0: build first")
    else:
        lists["library"], others = from_library(path)
        for n in sorted(others):
            gate.fail("the library exports %s" % n)
    for finding in differences(lists) + clashes(lists["headers"], set(h.constants)):
        gate.fail(finding)
    self_test(gate, lists)
    gate.note("%d functions" % len(lists["headers"]))
    gate.finish()


main()
