#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Includes go downward only: each room's files include rooms below their own, and what is outside the library sees what it may."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402

LEVELS = (("base",), ("error",), ("op",), ("model",), ("os",), ("lock",), ("state",), ("backend",),
          ("runtime", "storage", "image", "network", "monitor", "oci"), ("core",), ("api",))
LEVEL = {room: i for i, level in enumerate(LEVELS) for room in level}
OS_AND_BELOW = {r for r, i in LEVEL.items() if i <= LEVEL["os"]}
# A backend of ours does with what a third party has: the public backend headers, and helpers without knowledge of the house.
BACKENDS = {"runtime", "storage", "network"}
BACKEND_MAY = {"base", "error", "op", "os"}
EVERYTHING = set(LEVEL)


def below(room):
    may = {r for r, i in LEVEL.items() if i < LEVEL[room]} | {room}
    return (may & BACKEND_MAY) | {room} if room in BACKENDS else may


def owner(path):
    """(name of the room, rooms it may include, single files it may include beside them)"""
    parts = path.split("/")
    if parts[0] == "libctr":
        return parts[1], below(parts[1]), set()
    if parts[:2] == ["helper", "keeper"]:
        return "keeper", OS_AND_BELOW, {"monitor/protocol.h"}
    if parts[:2] == ["helper", "monitor"]:
        return "ctr-monitor", OS_AND_BELOW, {"monitor/protocol.h"}
    if parts[:2] == ["helper", "agent"]:
        return "agent", EVERYTHING, set()
    return parts[0], set(), set()  # tools, examples: public headers only


def check(path, text):
    """What one file may not include."""
    found = []
    name, rooms, files = owner(path)
    top = os.path.dirname(path)
    for kind, inc in re.findall(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', text, flags=re.M):
        if inc == "sqlite3.h" and name != "state":
            found.append("%s includes sqlite3.h: only libctr/state may" % path)
        if inc.startswith("libctr/") and name not in LEVEL and inc.split("/")[1] in LEVEL and len(inc.split("/")) > 2 \
                and inc.split("/")[1] != "backend":
            found.append("%s includes %s by a path around the layers" % (path, inc))
        if kind == "<" or inc in files or inc == "config.h":
            continue
        if os.path.exists(os.path.join(gatelib.SRC, top, inc)) and "/" not in inc and name not in LEVEL:
            continue  # a helper's, tool's or example's own file
        room = inc.split("/")[0]
        if "/" in inc and path.startswith("helper/") and inc.startswith(name + "/"):
            continue
        if room not in LEVEL or "/" not in inc:
            found.append("%s includes \"%s\": write \"room/file.h\"" % (path, inc))
        elif room not in rooms:
            found.append("%s includes \"%s\": %s is not below %s" % (path, inc, room, name))
    return found


SELF_TEST = (
    ("libctr/base/x.c", '#include "error/error.h"\n'),
    ("libctr/os/x.c", '#include "state/db.h"\n'),
    ("libctr/model/x.c", '  #  include "os/wait.h"\n'),
    ("libctr/storage/x.c", '#include "runtime/x.h"\n'),
    ("libctr/runtime/x.c", '#include "state/db.h"\n'),
    ("libctr/runtime/x.c", '#include "monitor/client.h"\n'),
    ("libctr/core/x.c", '#include <sqlite3.h>\n'),
    ("libctr/core/x.c", '#include "api/x.h"\n'),
    ("helper/keeper/x.c", '#include "state/db.h"\n'),
    ("helper/monitor/x.c", '#include "monitor/client.h"\n'),
    ("tools/ctrtool/x.c", '#include "base/mem.h"\n'),
    ("examples/x.c", '#include "error/error.h"\n'),
)


def main():
    gate = gatelib.Gate("layers")
    count = 0
    for top in ("libctr", "helper", "tools", "examples"):
        for folder, _, files in os.walk(os.path.join(gatelib.SRC, top)):
            for name in sorted(files):
                if not name.endswith((".c", ".h", ".cc")):
                    continue
                full = os.path.join(folder, name)
                path = os.path.relpath(full, gatelib.SRC)
                if path.startswith("libctr/") and path.split("/")[1] not in LEVEL:
                    gate.fail("%s is in no room of the house" % path)
                    continue
                with open(full, encoding="utf-8") as f:
                    for finding in check(path, f.read()):
                        gate.fail(finding)
                count += 1
    for path, text in SELF_TEST:
        if not check(path, text):
            gate.fail("%s with %s passes: this gate is blind" % (path, text.strip()))
    gate.note("%d files" % count)
    gate.finish()


main()
