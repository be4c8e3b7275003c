# SPDX-License-Identifier: Apache-2.0
"""What the acceptance programs tests/hold/1.N share: arguments, engine, root file system, leftovers, tear-down, result line.

A program is an executable file named after its item (1.N):

    #!/usr/bin/env -S python3 -B
    import hold
    t = hold.Test("1.2", count=(3, 50), seconds=(0, 0), limit=(120, 900))  # (small, with --long) each; limit = watchdog, seconds
    t.need_root()                                   # or t.skip("why"): exit 77
    for runtime in t.runtimes():                    # names of the OCI runtimes that can run here
        s = t.store(runtime)                        # an engine with root and run_root of its own
        c = s.create(["sh", "-c", "exit 7"], name="x", hostname="h")   # command + any field of the JSON spec; rootfs is busybox
        c.start(stdout=fd)                          # init start wait status inspect kill stop remove exit_fd cleanup sync
        t.check(c.wait() == 7, "exit code 7 arrives with %s", runtime)
        e = t.refused("STATE_INVALID", c.start)     # the CtrError, for e.details and str(e)
        c.remove(force=True)
        s.close()                                   # checks that nothing is left, ends the store's monitors, deletes it
    t.done(runs=9)                                  # result line with figures, exit status

t.count, t.seconds, t.random (seeded), t.tmp (private directory), t.rootfs, hold.ctr (the ctypes bindings, for all that has no
wrapper), t.tool(store, "ps", "-a") -> CompletedProcess of ctrtool, t.helper("name") -> path of a built C program of
tests/hold/name.c. s.again() opens the same store another time; s.adopt(id) tells the census of a container that others
created. Whatever happens (failed check, exception, SIGTERM, watchdog), everything of this run is torn down. Options of every
program: --count C --seconds T --seed S --long --keep. The build tree is CTR_BUILD_DIR, else the current directory when it is
one, else build-check/ or build/ beside the sources. A new program needs one word in Makemodule.am.
"""
import argparse
import collections
import ctypes
import faulthandler
import json
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.dont_write_bytecode = True
SRC = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CGROUPS = "/sys/fs/cgroup"
SKIP = 77
HEX_ID = re.compile("^[0-9a-f]{64}$")


def find_build():
    """The build tree with the library in it, or None."""
    named = os.environ.get("CTR_BUILD_DIR")
    places = [named] if named else [".", os.path.join(SRC, "build-check"), os.path.join(SRC, "build"), SRC]
    for place in places:
        if os.path.exists(os.path.join(place, ".libs", "libctr.so.0")):
            return os.path.abspath(place)
    return None


BUILD = find_build()
if BUILD is None:
    print("FAIL: no built libctr found; run make, or name the build tree in CTR_BUILD_DIR")
    sys.exit(1)
LIBRARY = os.path.join(BUILD, ".libs", "libctr.so.0")
if re.search(rb"lib(a|t|ub)san\.so", open(LIBRARY, "rb").read()):
    print("SKIP: the interpreter cannot load a library built with a sanitizer")
    sys.exit(SKIP)
os.environ["LIBCTR"] = LIBRARY
sys.path.insert(0, os.path.join(SRC, "examples", "python"))
import libctr as ctr  # noqa: E402  (needs the path above)
from libctr import CtrError  # noqa: E402

NS = 10**9
Status = collections.namedtuple("Status", "state name pid exit_code exit_signal exit_known error run oom_killed stopped_by_user "
                                "created_ns started_ns finished_ns runtime log_path id")


# ---- the machine, as anybody sees it ----

def read(path, default=""):
    try:
        with open(path, "rb") as f:
            return f.read().decode("utf-8", "replace")
    except OSError:
        return default


def listdir(path):
    try:
        return os.listdir(path)
    except OSError:
        return []


def pids():
    return [int(p) for p in os.listdir("/proc") if p.isdigit()]


def cmdline(pid):
    return read("/proc/%d/cmdline" % pid).split("\0")


def proc_state(pid):
    """The letter of /proc/PID/stat, "" when there is no such process."""
    return read("/proc/%d/stat" % pid).rpartition(")")[2].strip()[:1]


def cgroup_dirs():
    """Every cgroup directory beneath a /libctr, in every hierarchy: [(name, path)]."""
    found = []
    for top in [CGROUPS] + [os.path.join(CGROUPS, d) for d in listdir(CGROUPS)]:
        for name in listdir(os.path.join(top, "libctr")):
            path = os.path.join(top, "libctr", name)
            if os.path.isdir(path) and not os.path.islink(top):
                found.append((name, path))
    return found


def mounts_below(folder, pid="self"):
    """Mount points of a process at or below a directory."""
    points = []
    for line in read("/proc/%s/mountinfo" % pid).splitlines():
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m.group(1), 8)), line.split()[4])
        if point == folder or point.startswith(folder + "/"):
            points.append(point)
    return points


def wait_gone(pid, seconds):
    """Waits for the end of a process that need not be ours; True when it has ended (a zombie has)."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(fd)


def readable(fd, seconds):
    """Whether fd becomes readable in that time."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def limit_op(seconds):
    """An op with a time limit; None: none. For ctr_op_unref."""
    op = ctr.out(ctr.ctr_op_t, ctr.ctr_op_new)
    ctr.ctr_op_set_timeout_ns(op, ctr.CTR_FOREVER if seconds is None else int(seconds * NS))
    return op


# ---- libctr, with the arguments in place ----

class Container:
    """One handle. Every method is the function of that name; failures are CtrError."""

    def __init__(self, store, handle):
        self.store, self.handle = store, handle
        self.id = ctr.ctr_container_id(handle).decode()
        self.name = ctr.ctr_container_name(handle).decode()
        store.ids.add(self.id)

    def __del__(self):
        if self.handle:
            ctr.ctr_container_unref(self.handle)

    def _stdio(self, stdin, stdout, stderr):
        if stdin is stdout is stderr is None:
            return None
        fds = [-1 if f is None else f if isinstance(f, int) else f.fileno() for f in (stdin, stdout, stderr)]
        return ctypes.byref(ctr.options(ctr.ctr_start_opts, use_stdio=1, stdin_fd=fds[0], stdout_fd=fds[1], stderr_fd=fds[2]))

    def init(self, stdin=None, stdout=None, stderr=None, op=None):
        ctr.call(ctr.ctr_container_init, self.handle, self._stdio(stdin, stdout, stderr), op)

    def start(self, stdin=None, stdout=None, stderr=None, op=None):
        """Without any of the three: stdin /dev/null, output into the container's log."""
        ctr.call(ctr.ctr_container_start, self.handle, self._stdio(stdin, stdout, stderr), op)

    def wait(self, seconds=60):
        op = limit_op(seconds)
        try:
            return ctr.out(ctypes.c_int32, ctr.ctr_container_wait, self.handle, None, op).value
        finally:
            ctr.ctr_op_unref(op)

    def status(self):
        s = ctr.out(ctr.ctr_status_t, ctr.ctr_container_status, self.handle, None)
        try:
            return status_of(s)
        finally:
            ctr.ctr_status_unref(s)

    def state(self):
        return self.status().state

    def inspect(self):
        return json.loads(ctr.out_json(ctr.ctr_container_inspect, self.handle, None))

    def kill(self, number=signal.SIGKILL, op=None):
        ctr.call(ctr.ctr_container_kill, self.handle, int(number), op)

    def stop(self, seconds=None, op=None):
        opts = None if seconds is None else ctypes.byref(ctr.options(ctr.ctr_stop_opts, timeout_s=seconds, timeout_set=1))
        ctr.call(ctr.ctr_container_stop, self.handle, opts, op)

    def restart(self, seconds=None, op=None):
        opts = None if seconds is None else ctypes.byref(ctr.options(ctr.ctr_stop_opts, timeout_s=seconds, timeout_set=1))
        ctr.call(ctr.ctr_container_restart, self.handle, opts, op)

    def should_restart(self):
        return ctr.out(ctypes.c_int, ctr.ctr_container_should_restart, self.handle, None).value

    def should_start_on_boot(self):
        return ctr.out(ctypes.c_int, ctr.ctr_container_should_start_on_boot, self.handle, None).value

    def remove(self, force=False, seconds=None, op=None):
        opts = ctr.options(ctr.ctr_remove_opts, force=int(force), timeout_set=int(seconds is not None), timeout_s=seconds or 0)
        ctr.call(ctr.ctr_container_remove, self.handle, ctypes.byref(opts), op)

    def cleanup(self, only_stopped=0, op=None):
        ctr.call(ctr.ctr_container_cleanup, self.handle, only_stopped, op)

    def sync(self, op=None):
        ctr.call(ctr.ctr_container_sync, self.handle, op)

    def exit_fd(self):
        """The caller closes it."""
        return ctr.out(ctypes.c_int, ctr.ctr_container_exit_fd, self.handle).value

    def run(self, seconds=60, stdin=None):
        """Starts it, collects what it writes, waits for its end: (exit code, bytes of both streams)."""
        out_r, out_w = os.pipe()
        try:
            try:
                self.start(stdin=stdin, stdout=out_w, stderr=out_w)
            finally:
                os.close(out_w)
            text, end = b"", time.monotonic() + seconds
            while readable(out_r, max(0, end - time.monotonic())):
                part = os.read(out_r, 65536)
                if not part:
                    break
                text += part
            return self.wait(max(1, end - time.monotonic())), text
        finally:
            os.close(out_r)


class Pod:
    """One handle. Every method is the function of that name; failures are CtrError."""

    def __init__(self, store, handle):
        self.store, self.handle = store, handle
        self.id = ctr.ctr_pod_id(handle).decode()
        self.name = ctr.ctr_pod_name(handle).decode()
        infra = self.inspect()["InfraContainerID"]
        if infra:
            store.ids.add(infra)

    def __del__(self):
        if self.handle:
            ctr.ctr_pod_unref(self.handle)

    def inspect(self):
        return json.loads(ctr.out_json(ctr.ctr_pod_inspect, self.handle, None))

    def infra(self):
        return self.store.open(self.inspect()["InfraContainerID"])

    def state(self):
        s = ctr.out(ctr.ctr_pod_status_t, ctr.ctr_pod_status, self.handle, None)
        try:
            return ctr.ctr_pod_state_name(ctr.ctr_pod_status_state(s)).decode()
        finally:
            ctr.ctr_pod_status_unref(s)

    def _stop_opts(self, seconds):
        return None if seconds is None else ctypes.byref(ctr.options(ctr.ctr_stop_opts, timeout_s=seconds, timeout_set=1))

    def start(self, op=None):
        ctr.call(ctr.ctr_pod_start, self.handle, op)

    def stop(self, seconds=None, op=None):
        ctr.call(ctr.ctr_pod_stop, self.handle, self._stop_opts(seconds), op)

    def restart(self, seconds=None, op=None):
        ctr.call(ctr.ctr_pod_restart, self.handle, self._stop_opts(seconds), op)

    def kill(self, number=signal.SIGKILL, op=None):
        ctr.call(ctr.ctr_pod_kill, self.handle, int(number), op)

    def pause(self, op=None):
        ctr.call(ctr.ctr_pod_pause, self.handle, op)

    def unpause(self, op=None):
        ctr.call(ctr.ctr_pod_unpause, self.handle, op)

    def remove(self, force=False, seconds=None, op=None):
        opts = ctr.options(ctr.ctr_remove_opts, force=int(force), timeout_set=int(seconds is not None), timeout_s=seconds or 0)
        ctr.call(ctr.ctr_pod_remove, self.handle, ctypes.byref(opts), op)


def status_of(s):
    def text(name):
        return getattr(ctr, "ctr_status_" + name)(s).decode()

    def number(name):
        return getattr(ctr, "ctr_status_" + name)(s)
    return Status(ctr.ctr_state_name(number("state")).decode(), text("name"), number("pid"), number("exit_code"), number("exit_signal"),
                  number("exit_known"), text("error"), number("run"), number("oom_killed"), number("stopped_by_user"),
                  number("created_ns"), number("started_ns"), number("finished_ns"), text("runtime"), text("log_path"), text("id"))


class Engine:
    """One ctr_engine_t of a store."""

    def __init__(self, store, **fields):
        self.store, self.engine = store, None
        opts = ctr.options(ctr.ctr_engine_opts, **dict(store.fields, **fields))
        self.engine = ctr.out(ctr.ctr_engine_t, ctr.ctr_engine_open, ctypes.byref(opts), None)

    def unref(self):
        if self.engine:
            self.engine = ctr.ctr_engine_unref(self.engine) or None

    __del__ = unref

    def spec(self, command, **fields):
        fields.setdefault("rootfs", self.store.test.rootfs)
        if command is not None:
            fields["command"] = command
        text = json.dumps({k: v for k, v in fields.items() if v is not None}).encode()
        return ctr.out(ctr.ctr_spec_t, ctr.ctr_spec_from_json, text, len(text))

    def create(self, command, **fields):
        """A container from a command and fields of the JSON spec; a field that is None is left out."""
        spec = self.spec(command, **fields)
        try:
            return Container(self.store, ctr.out(ctr.ctr_container_t, ctr.ctr_container_create, self.engine, spec, None))
        finally:
            ctr.ctr_spec_unref(spec)

    def open(self, name):
        return Container(self.store, ctr.out(ctr.ctr_container_t, ctr.ctr_container_open, self.engine, name.encode()))

    def create_pod(self, **fields):
        """A pod from fields of the JSON spec."""
        text = json.dumps(fields).encode()
        return Pod(self.store, ctr.out(ctr.ctr_pod_t, ctr.ctr_pod_create, self.engine, text, len(text), None))

    def open_pod(self, name):
        return Pod(self.store, ctr.out(ctr.ctr_pod_t, ctr.ctr_pod_open, self.engine, name.encode()))

    def list(self, **filters):
        """[Status]; filters: key = value or [values]."""
        text = json.dumps({k: v if isinstance(v, list) else [v] for k, v in filters.items()}).encode()
        opts = ctr.options(ctr.ctr_list_opts, filters=text, filters_len=len(text)) if filters else None
        found = ctr.out(ctr.ctr_container_list_t, ctr.ctr_container_list, self.engine, ctypes.byref(opts) if opts else None, None)
        try:
            return [status_of(ctr.ctr_container_list_status(found, i)) for i in range(ctr.ctr_container_list_count(found))]
        finally:
            ctr.ctr_container_list_unref(found)

    def recover(self, no_start=0, dry_run=0):
        opts = ctr.options(ctr.ctr_recover_opts, no_start=no_start, dry_run=dry_run)
        return json.loads(ctr.out_json(ctr.ctr_engine_recover, self.engine, ctypes.byref(opts), None))

    def info(self):
        return json.loads(ctr.out_json(ctr.ctr_engine_info, self.engine, None))

    def lock_audit(self):
        return json.loads(ctr.out_json(ctr.ctr_engine_lock_audit, self.engine))


class Store(Engine):
    """A root and a run_root of their own with one engine, and everything that belongs to them on this machine."""

    def __init__(self, test, runtime, open_engine=True, **fields):
        self.test, self.ids, self.closed, self.engine, self.store = test, set(), False, None, self
        self.dir = tempfile.mkdtemp(prefix="s", dir=test.tmp)
        self.root, self.run_root = os.path.join(self.dir, "root"), os.path.join(self.dir, "run")
        self.fields = dict(root=self.root, run_root=self.run_root, **fields)
        if runtime is not None:
            self.fields["runtime"] = runtime
        test.stores.append(self)
        if open_engine:
            Engine.__init__(self, self)

    def again(self, **fields):
        """Another engine on the same store."""
        return Engine(self, **fields)

    def adopt(self, container_id):
        self.ids.add(container_id)

    def database(self):
        """The raw bytes of the database: what it mentions, even of deleted rows."""
        data = b""
        for name in ("ctr.db", "ctr.db-wal"):
            try:
                with open(os.path.join(self.root, name), "rb") as f:
                    data += f.read()
            except OSError:
                pass
        return data

    def helpers(self):
        """{pid: name} of the living keepers, monitors and agents of this root."""
        found = {}
        for pid in pids():
            words = cmdline(pid)
            if self.root in words and os.path.basename(words[0]).startswith("ctr-") and proc_state(pid) not in ("", "Z", "X"):
                found[pid] = os.path.basename(words[0])
        return found

    def helper_pids(self, name):
        return [pid for pid, what in self.helpers().items() if what == name]

    def cgroups(self):
        """Cgroups of this store's containers: [(container id, path)]."""
        known = None
        found = []
        for name, path in cgroup_dirs():
            if HEX_ID.match(name) and name not in self.ids:
                known = self.database() if known is None else known
                if name.encode() in known:
                    self.ids.add(name)
            if name in self.ids:
                found.append((name, path))
        return found

    def segments(self):
        known = self.database()
        return [n for n in listdir("/dev/shm") if n.startswith("libctr-") and n[7:].rsplit("-", 1)[0].encode() in known]

    def leftovers(self):
        """What this store has on the machine that belongs to no container it lists: [text]."""
        engine = self if self.engine else self.again()
        live = {s.id: s for s in engine.list()}
        left = ["cgroup " + path for name, path in self.cgroups() if name not in live]
        left += ["mount " + m for m in mounts_below(self.dir) if m != self.root and not any(i in m for i in live)]
        for kind in ("containers", "exits", "storage/overlay", "storage/dir"):
            left += ["%s/%s" % (kind, n) for n in listdir(os.path.join(self.root, kind)) if len(n) >= 64 and n[:64] not in live]
        for boot in listdir(os.path.join(self.root, "runtime")):
            left += ["runtime state of " + n for n in listdir(os.path.join(self.root, "runtime", boot)) if n not in live]
        for pid in pids():
            group = read("/proc/%d/cgroup" % pid)
            if any("/libctr/" + i in group for i in self.ids if i not in live) and proc_state(pid) not in ("", "Z"):
                left.append("process %d (%s)" % (pid, " ".join(cmdline(pid))))
        info, audit = engine.info(), engine.lock_audit()
        if info["locks"]["used"] != len(live):
            left.append("%d lock slots used by %d containers" % (info["locks"]["used"], len(live)))
        left += ["leaked lock slot %s" % x for x in audit["leaked"]] + ["held lock %s" % x for x in audit["held"]]
        if engine is not self:
            engine.unref()
        return left

    def stop_monitors(self, seconds=10):
        """SIGTERM: a pair without containers ends. The names of those that did not."""
        found = self.helpers()
        for pid, name in found.items():
            if name == "ctr-monitor":
                signal_quietly(pid, signal.SIGTERM)
        end = time.monotonic() + seconds
        return ["%s (pid %d) goes on after SIGTERM" % (name, pid) for pid, name in found.items()
                if not wait_gone(pid, max(0, end - time.monotonic()))]

    def close(self):
        """For a store whose containers are all removed: everything of it must be gone, before its monitors end and after."""
        what = os.path.basename(self.dir)
        live = self.list() if self.engine else []
        for s in live:
            self.test.fail("store %s still lists %s (%s)", what, s.name, s.state)
        for text in self.leftovers():
            self.test.fail("left behind: %s", text)
        self.unref()
        for text in [] if live else self.stop_monitors():
            self.test.fail("left behind: %s", text)
        if not live:
            for text in ["cgroup " + p for _, p in self.cgroups()] + ["mount " + m for m in mounts_below(self.dir) if m != self.root]:
                self.test.fail("left behind at the end: %s", text)
        self.destroy()

    def destroy(self):
        """Takes everything away by force, without the library. Never raises."""
        if self.closed:
            return
        self.closed = True
        try:
            groups, segments = self.cgroups(), self.segments()
            # The keepers first: they would start their monitors again, and these their agents.
            # Stopped before: a monitor whose keeper dies becomes a keeper itself.
            for pid in self.helpers():
                signal_quietly(pid, signal.SIGSTOP)
            for wanted in ("ctr-keeper", "ctr-monitor", ""):
                for pid, name in self.helpers().items():
                    if name.startswith(wanted):
                        signal_quietly(pid, signal.SIGKILL)
                        wait_gone(pid, 5)
            for _, path in groups:
                kill_cgroup(path)
            for point in sorted(mounts_below(self.dir), reverse=True):
                subprocess.run(["umount", "-l", point], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            for name in segments:
                unlink_quietly(os.path.join("/dev/shm", name))
            if not self.test.keep:
                shutil.rmtree(self.dir, ignore_errors=True)
        except Exception:  # tear-down of a failed run must go on
            traceback.print_exc()


def signal_quietly(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def unlink_quietly(path):
    try:
        os.unlink(path)
    except OSError:
        pass


def kill_cgroup(path):
    """Kills what is in a cgroup and takes it away."""
    for state in ("THAWED", "0"):
        for name in ("freezer.state", "cgroup.freeze"):
            try:
                with open(os.path.join(path, name), "w", encoding="ascii") as f:
                    f.write(state)
            except OSError:
                pass
    for _ in range(5):
        inside = [int(p) for p in read(os.path.join(path, "cgroup.procs")).split()]
        for pid in inside:
            signal_quietly(pid, signal.SIGKILL)
        for pid in inside:
            wait_gone(pid, 5)
        if not inside:
            break
    try:
        os.rmdir(path)
    except OSError:
        pass


# ---- one acceptance program ----

class Test:
    def __init__(self, item, count=(1, 1), seconds=(0, 0), limit=(300, 3000)):
        """count, seconds, limit: (as make check runs it, with --long). limit: seconds until the watchdog ends it all."""
        parser = argparse.ArgumentParser(description="Acceptance item %s of libctr; exit status 0, 1, or 77 when it cannot run here." % item)
        parser.add_argument("--count", type=int, help="how many rounds (%d, with --long %d)" % count)
        parser.add_argument("--seconds", type=float, help="how long the timed parts take (%g, with --long %g)" % seconds)
        parser.add_argument("--seed", default=None, help="for the random choices; printed when not given")
        parser.add_argument("--long", action="store_true", help="the large run of make check-long")
        parser.add_argument("--keep", action="store_true", help="leave the temporary directory for a look")
        args = parser.parse_args()
        self.item, self.long, self.keep = item, args.long, args.keep
        self.count = args.count if args.count is not None else count[args.long]
        self.seconds = args.seconds if args.seconds is not None else seconds[args.long]
        self.seed = args.seed if args.seed is not None else str(int.from_bytes(os.urandom(4), "little"))
        self.random = random.Random(self.seed)
        self.failures, self.notes, self.stores, self.clean, self.checks = [], [], [], [], 0
        self.began = time.monotonic()
        self._lock, self._over, self._rootfs = threading.RLock(), False, None
        # Short, because control sockets and humans like short paths.
        self.tmp = tempfile.mkdtemp(prefix="h%s-" % item)
        os.chmod(self.tmp, 0o755)
        faulthandler.enable()
        sys.excepthook = self._crashed
        self._watch(limit[args.long] + (args.seconds or 0) * 2)

    # -- verdicts --

    def fail(self, text, *args):
        text = text % args if args else text
        with self._lock:
            self.failures.append(text)
            print("FAIL %s: %s" % (self.item, text), flush=True)

    def check(self, good, text, *args):
        """One assertion; goes on either way. Answers good."""
        self.checks += 1
        if not good:
            self.fail(text, *args)
        return bool(good)

    def equal(self, got, wanted, text, *args):
        return self.check(got == wanted, "%s: %r instead of %r", text % args if args else text, got, wanted)

    def refused(self, code, function, *args, **fields):
        """function(…) must fail with that code's name: the CtrError, or None after noting the failure."""
        self.checks += 1
        what = getattr(function, "__name__", str(function))
        try:
            function(*args, **fields)
        except CtrError as e:
            if e.name == code:
                return e
            self.fail("%s: %s instead of %s", what, e, code)
            return None
        self.fail("%s succeeded instead of %s", what, code)
        return None

    def note(self, text, *args):
        """Shown with the result, fails nothing: what could not be tested here, and why."""
        text = text % args if args else text
        self.notes.append(text)
        print("note %s: %s" % (self.item, text), flush=True)

    # -- surroundings --

    def need_root(self):
        if os.geteuid() != 0:
            self.skip("needs root")

    def runtimes(self):
        """The OCI runtimes that can run here; says why for those that cannot. None at all: the program is skipped."""
        usable, why = [], []
        store = Store(self, "null")
        for r in store.info()["runtimes"]:
            if r["name"] in ("crun", "runc"):
                (usable if r["usable"] else why).append(r["name"] if r["usable"] else "%s: %s" % (r["name"], r.get("why")))
        store.close()
        for text in why:
            self.note("not run with %s", text)
        if not usable:
            self.skip("no OCI runtime can run here (" + "; ".join(why) + ")")
        return usable

    def store(self, runtime=None, **fields):
        return Store(self, runtime, **fields)

    @property
    def rootfs(self):
        """A busybox root file system, made once."""
        with self._lock:
            if self._rootfs is None:
                self._rootfs = self.make_rootfs("rootfs")
            return self._rootfs

    def make_rootfs(self, name):
        path = os.path.join(self.tmp, name)
        r = subprocess.run([os.path.join(SRC, "scripts", "busybox-root"), path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, check=False)
        if r.returncode != 0:
            self.skip("no root file system: " + r.stdout.strip())
        return path

    def helper(self, name):
        """The path of a program built from tests/hold/NAME.c."""
        path = os.path.join(BUILD, "tests", "hold", name)
        if not os.path.exists(path):
            self.skip("%s is not built; make check builds it" % name)
        return path

    def tool(self, store, *words, timeout=60, **kw):
        """ctrtool with the store's directories and runtime: subprocess.CompletedProcess with text."""
        kw.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(tool_argv(store, *words), env=tool_env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=timeout, check=False, **kw)

    def at_end(self, function):
        """Called at tear-down, last one first; must not raise."""
        self.clean.append(function)

    # -- the end --

    def skip(self, why):
        self._end()
        print("SKIP: %s" % why, flush=True)
        os._exit(SKIP)

    def done(self, **figures):
        for s in self.stores:
            if not s.closed:
                self.fail("the test did not close store %s", os.path.basename(s.dir))
        self._finish(figures)

    def _finish(self, figures):
        with self._lock:
            if self._over:
                return
            self._over = True
        self._end()
        words = ["%s=%s" % (k, "%.4g" % v if isinstance(v, float) else v) for k, v in figures.items()]
        print("%s: %s checks=%d failures=%d %s seed=%s time=%.1fs" % (self.item, "FAIL" if self.failures else "PASS", self.checks,
              len(self.failures), " ".join(words), self.seed, time.monotonic() - self.began), flush=True)
        # Threads that hang in a call must not keep the program alive.
        os._exit(1 if self.failures else 0)

    def _end(self):
        for s in self.stores:
            s.destroy()
        for function in reversed(self.clean):
            function()
        if self.keep:
            print("kept: " + self.tmp)
            return
        for point in sorted(mounts_below(self.tmp), reverse=True):
            subprocess.run(["umount", "-l", point], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.tmp, ignore_errors=True)

    def _crashed(self, kind, value, trace):
        if kind is not KeyboardInterrupt:
            traceback.print_exception(kind, value, trace)
        self.fail("%s: %s", kind.__name__, value)
        self._finish({})

    def _watch(self, seconds):
        """A thread that ends everything at the time limit or on a signal, whatever the main thread is waiting for."""
        hear, tell = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        me, ending = os.getpid(), (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

        def heard(end):
            while readable(hear, max(0, end - time.monotonic())):
                number = os.read(hear, 1)[0]
                if number in ending:
                    return number
            return 0

        def watch():
            number = heard(time.monotonic() + seconds)
            text = "ended by signal %d" % number if number else "no end within %g seconds" % seconds
            if not number:
                faulthandler.dump_traceback(all_threads=True)
            if os.getpid() == me:
                self.fail(text)
                self._finish({})
        signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
        for number in ending:
            signal.signal(number, lambda *_: None)
        threading.Thread(target=watch, daemon=True).start()


def tool_argv(store, *words):
    path = os.path.join(BUILD, "tools", "ctrtool", ".libs", "ctrtool")
    if not os.path.exists(path):
        path = os.path.join(BUILD, "tools", "ctrtool", "ctrtool")
    argv = [path, "--root", store.root, "--runroot", store.run_root]
    if store.fields.get("runtime"):
        argv += ["--runtime", store.fields["runtime"]]
    return argv + list(words)


def tool_env(**more):
    return dict(os.environ, LD_LIBRARY_PATH=os.path.join(BUILD, ".libs"), **more)
