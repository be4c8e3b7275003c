# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmark's programs, gathers their samples and prints the table beside the budgets. Asserts no timing."""
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "hold"), HERE]
import hold  # noqa: E402  (needs the path above)
import podman  # noqa: E402

MS = 1e-3
# name, what it is, budget in ms; None: what the floor or the machine says. The budget of create_start follows from the floor.
ROWS = (
    ("create", "create", 1.5),
    ("start", "start", None),
    ("create_start", "create + start", None),
    ("status", "status", 0.05),
    ("inspect", "inspect", 0.05),
    ("kill", "kill -9 until the exit code is known", 4),
    ("stop", "stop (timeout 0) until cleaned up", 8),
    ("remove", "remove a stopped container", 2),
    ("pause", "pause", 0.3),
    ("unpause", "unpause", 0.3),
    ("restart", "restart (timeout 0)", None),
    ("stop_many", "stop of 100 deaf containers, timeout 1 s", 2000),
    ("pod_start", "start of a pod of 10 members", None),
)
POD_CONTAINERS = 11  # the infra container, too
NULL_ROWS = (
    ("engine_open", "engine open, with all containers of the longest list", 2),
    ("create_null", "create, null runtime", 1.5),
    ("start_null", "start, null runtime", None),
    ("kill_null", "kill, null runtime", 4),
    ("remove_null", "remove, null runtime", 2),
    ("status", "status", 0.05),
    ("inspect", "inspect", 0.05),
)
LIST_BUDGET_MS = 50 / 10000
KILOBYTES_PER_CONTAINER = 150


class Samples(dict):
    def add(self, name, seconds):
        self.setdefault(name, []).append(seconds)

    def median_ms(self, name):
        return statistics.median(self[name]) / MS if self.get(name) else None


def read_line(t, program, samples):
    """Samples up to the next "idle" line; False at the end."""
    for line in program.stdout:
        words = line.split()
        if words[0] == "sample":
            samples.add(words[1], int(words[2]) / 1e9)
        elif words[0] == "note":
            t.note("%s", line[5:].strip())
        elif words[0] == "idle":
            return int(words[1])
    return None


def start(*words):
    return subprocess.Popen([os.path.join(hold.BUILD, "tests", "bench", "bench")] + [str(w) for w in words], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(t, program):
    said = program.communicate()[1]
    t.equal(program.returncode, 0, "the benchmark program: %s", said.strip())


def pss_kb(pids):
    total = 0
    for pid in pids:
        for line in hold.read("/proc/%d/smaps_rollup" % pid).splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def switches(pids):
    """How often all threads of these processes have been given the processor."""
    total = 0
    for pid in pids:
        for task in hold.listdir("/proc/%d/task" % pid):
            for line in hold.read("/proc/%d/task/%s/status" % (pid, task)).splitlines():
                if "ctxt_switches" in line:
                    total += int(line.split()[1])
    return total


def look_idle(t, store, program, samples, window):
    """Memory and wake-ups of the pair, without containers and with n."""
    found = {}
    base = None
    while True:
        n = read_line(t, program, samples)
        if n is None:
            return found
        # An agent that has nothing left to do ends by itself.
        for pid in store.helper_pids("ctr-agent"):
            hold.wait_gone(pid, 30)
        pids = store.helper_pids("ctr-keeper") + store.helper_pids("ctr-monitor")
        if n == 0:
            base = pss_kb(pids)
        else:
            found.update(containers=n, base_kb=base, kb=pss_kb(pids), agents=len(store.helper_pids("ctr-agent")))
            before = switches(pids)
            time.sleep(window)
            found.update(wakeups=(switches(pids) - before) / window, window=window)
        program.stdin.write("\n")
        program.stdin.flush()


def measure_real(t, name, path, count, n_idle, window):
    store = t.store(path, open_engine=False)
    samples = Samples()
    program = start("real", store.root, store.run_root, count, path, t.rootfs, n_idle)
    idle = look_idle(t, store, program, samples, window)
    finish(t, program)
    for values in samples.values():
        # The first of each also starts the monitor, or brings programs into memory.
        if len(values) > 2:
            del values[0]
    store.again().unref()
    store.destroy()
    peer, why = measure_podman(t, name, count)
    return samples, idle, peer, why


def measure_podman(t, runtime, count):
    samples = Samples()
    try:
        service = podman.Podman(os.path.join(t.tmp, "podman-" + runtime), runtime)
    except (OSError, RuntimeError) as e:
        return samples, str(e)
    t.at_end(service.close)
    try:
        service.once(t.rootfs, lambda *_: None, 1)
        for i in range(min(count, 20)):
            service.once(t.rootfs, samples.add, i % 2)
    except (OSError, RuntimeError) as e:
        return samples, str(e)
    finally:
        service.close()
    return samples, None


def measure_null(t, count, sizes):
    store = t.store("null", open_engine=False)
    samples = Samples()
    program = start("null", store.root, store.run_root, count, *sizes)
    read_line(t, program, samples)
    finish(t, program)
    store.destroy()
    return samples


# ---- the table ----

def number(value, wide=9):
    return "%*s" % (wide, "-" if value is None else "%.3f" % value)


def verdict(value, budget):
    if value is None or budget is None:
        return ""
    return "%5.2f of the budget%s" % (value / budget, "" if value <= budget else "  MISSED")


def show(label, value, budget, floor=None, peer=None):
    ratio = "%5.2f x floor" % (value / floor) if value and floor else ""
    beside = "podman %5.1f x" % (peer / value) if value and peer else ""
    print("  %-52s %s ms  budget %s  %-28s %-14s %s" % (label, number(value), number(budget, 7), verdict(value, budget), ratio, beside))


def targets(samples, floor):
    """What follows from the bare commands: budgets and floors by row."""
    delete = samples.median_ms("floor_delete")
    budgets, floors = {}, {"stop": delete, "pause": samples.median_ms("floor_pause"), "unpause": samples.median_ms("floor_resume")}
    if floor and delete:
        # A restart is a stop and a start; a pod's start those of its containers, one after the other as commands can do it.
        start = 1.25 * floor + 1.5
        budgets.update(create_start=start, restart=8 + start, pod_start=POD_CONTAINERS * start)
        floors.update(create_start=floor, restart=delete + floor, pod_start=POD_CONTAINERS * floor)
    return budgets, floors


def table_real(t, name, samples, idle, peer, why):
    floor = samples.median_ms("floor_create_start")
    print("%s: medians of %d, bare commands: create + start %s ms, delete %s ms%s" % (
        name, len(samples.get("create_start", ())), number(floor, 0), number(samples.median_ms("floor_delete"), 0),
        "" if why is None else "; not beside podman: " + why))
    budgets, floors = targets(samples, floor)
    for key, label, budget in ROWS:
        show(label, samples.median_ms(key), budgets.get(key, budget), floors.get(key), peer.median_ms(key))
        t.check(samples.get(key), "%s: nothing was measured for %s", name, label)
    if t.check(idle.get("containers"), "%s: no idle containers were looked at", name):
        each = idle["kb"] / idle["containers"]
        print("  %-52s %9.1f KB  budget %7d  %s (PSS %d KB without, %d KB with %d)" % (
            "memory of monitor and keeper per idle container", each, KILOBYTES_PER_CONTAINER, verdict(each, KILOBYTES_PER_CONTAINER),
            idle["base_kb"], idle["kb"], idle["containers"]))
        print("  %-52s %9.2f /s  budget       0  (%g s, %d containers)" % (
            "idle wake-ups of monitor and keeper", idle["wakeups"], idle["window"], idle["containers"]))
    return samples.median_ms("create_start") / floor if floor and samples.get("create_start") else None


def table_null(t, samples, sizes):
    print("null runtime: medians of %d" % len(samples.get("create_null", ())))
    for key, label, budget in NULL_ROWS:
        show(label, samples.median_ms(key), budget)
        t.check(samples.get(key), "null: nothing was measured for %s", label)
    for size in sizes:
        show("list of %d" % size, samples.median_ms("list_%d" % size), size * LIST_BUDGET_MS if size >= 1000 else None)
        t.check(samples.get("list_%d" % size), "nothing was measured for a list of %d", size)


def run(t, count, sizes, n_idle, window):
    """Prints the table; figures for the result line."""
    # Budgets in milliseconds are for an idle machine; ratios to the floor hold on a busy one too.
    print("load average at the start %.1f on %d processors" % (os.getloadavg()[0], os.cpu_count() or 1))
    samples = measure_null(t, count, sizes)
    table_null(t, samples, sizes)
    figures = {"status_us": samples.median_ms("status") * 1000} if samples.get("status") else {}
    if os.geteuid() != 0:
        t.note("not run with real runtimes: needs root")
        return figures
    store = t.store("null")
    paths = {r["name"]: r["path"] for r in store.info()["runtimes"]}
    store.unref()
    store.destroy()
    for name in t.runtimes():
        ratio = table_real(t, name, *measure_real(t, name, paths[name], count, n_idle, window))
        if ratio:
            figures["create_start_x_%s" % name] = ratio
    return figures
