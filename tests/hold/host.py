# SPDX-License-Identifier: Apache-2.0
"""A host program of libctr for the acceptance programs: a process of its own that does what it is told, one line of JSON at a time.

It is a subreaper (unless told otherwise) and never waits for a child, so whatever is orphaned beneath it becomes its child and
stays a zombie until it ends. Used from a test:

    h = host.Host(t, store)                  # more: env={…}, subreaper=False
    h.create("a", ["sh", "-c", "exit 3"])    # any verb of hold.Container: h.NAME(container, …); failures are host.Refused
    h.exit_fd("a"); h.ready(["a"], 10)       # which of the exit_fds taken so far have fired (waits for all of those named)
    h.end()
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


class Refused(Exception):
    """A call of the host that failed; name: the error's code."""

    def __init__(self, name, text):
        super().__init__(text)
        self.name = name


class Host:
    def __init__(self, test, store, env=None, subreaper=True, prefix=(), **fields):
        self.store = store
        what = {"fields": dict(store.fields, **fields), "rootfs": test.rootfs, "subreaper": subreaper}
        argv = list(prefix) + [sys.executable, "-B", os.path.join(HERE, "host.py"), json.dumps(what)]
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ, **(env or {})),
                                        start_new_session=True)
        self.pid = self.process.pid
        test.at_end(self.end)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the host process has ended (%s)" % self.process.poll())
        a = json.loads(line)
        if "name" in a:
            raise Refused(a["name"], a["text"])
        return a["value"]

    def call(self, function, *args, **fields):
        self.process.stdin.write(json.dumps([function, args, fields]).encode() + b"\n")
        self.process.stdin.flush()
        return self.answer()

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **fields: self.call(name, *args, **fields)

    def end(self):
        """Killed: nothing of a host's own may be needed for a good end."""
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


# ---- inside the host ----

class Inside:
    def __init__(self, what):
        import hold
        self.hold, self.what = hold, what
        self.test = self
        self.rootfs, self.fields, self.ids = what["rootfs"], what["fields"], set()
        began = hold.time.monotonic()
        self.engine = hold.Engine(self)
        self.seconds = hold.time.monotonic() - began
        self.boxes, self.fds, self.pipes, self.threads = {}, {}, {}, {}

    def create(self, name, command, **fields):
        self.boxes[name] = self.engine.create(command, name=name, **fields)
        return self.boxes[name].id

    def open(self, name):
        self.boxes[name] = self.engine.open(name)

    def start(self, name):
        self.boxes[name].start()

    def start_with_pipes(self, name):
        """Its stdin and output are pipes of this process."""
        in_r, in_w = os.pipe()
        out_r, out_w = os.pipe()
        self.boxes[name].start(stdin=in_r, stdout=out_w, stderr=out_w)
        os.close(in_r)
        os.close(out_w)
        self.pipes[name] = (in_w, out_r)

    def say(self, name, text):
        os.write(self.pipes[name][0], text.encode())

    def hear(self, name, n):
        """Exactly n bytes of its output, less at the end of file."""
        text = b""
        while len(text) < n and self.hold.readable(self.pipes[name][1], 30):
            part = os.read(self.pipes[name][1], n - len(text))
            if not part:
                break
            text += part
        return text.decode()

    def close_stdin(self, name):
        os.close(self.pipes[name][0])

    def exit_fd(self, name):
        self.fds[name] = self.boxes[name].exit_fd()

    def ready(self, wanted=(), seconds=0):
        """Waits until the exit_fds of those named have fired; all that have, of those taken."""
        end = self.hold.time.monotonic() + seconds
        for name in wanted:
            self.hold.readable(self.fds[name], max(0, end - self.hold.time.monotonic()))
        return sorted(n for n, fd in self.fds.items() if self.hold.readable(fd, 0))

    def begin_wait(self, name, seconds=120):
        """A thread that waits for its end; end_wait has what came of it."""
        box, found = self.boxes[name], {}

        def run():
            try:
                found["value"] = box.wait(seconds)
            except self.hold.CtrError as e:
                found["name"], found["text"] = e.name, str(e)
        thread = self.hold.threading.Thread(target=run, daemon=True)
        self.threads[name] = (thread, found)
        thread.start()

    def end_wait(self, name, seconds=60):
        thread, found = self.threads.pop(name)
        thread.join(seconds)
        if not found:
            raise RuntimeError("wait for %s does not return" % name)
        if "name" in found:
            raise Refused(found["name"], found["text"])
        return found["value"]

    def begin_churn(self, n, command):
        """n threads that use the library without a pause; end_churn has how often, and what failed."""
        self.going, self.turns, self.faults = True, 0, []

        def run(number):
            turn = 0
            while self.going:
                turn += 1
                try:
                    c = self.engine.create(command, name="churn%d-%d" % (number, turn))
                    c.start()
                    code = c.wait()
                    c.status()
                    c.remove()
                    if code != 0:
                        self.faults.append("exit code %d" % code)
                except self.hold.CtrError as e:
                    self.faults.append(str(e))
                self.turns += 1
        self.churn = [self.hold.threading.Thread(target=run, args=(i,), daemon=True) for i in range(n)]
        for thread in self.churn:
            thread.start()

    def end_churn(self):
        self.going = False
        for thread in self.churn:
            thread.join(60)
        return [self.turns, self.faults]

    def recover(self, no_start=0, dry_run=0):
        return self.engine.recover(no_start, dry_run)

    def statuses(self):
        return {s.name: s._asdict() for s in self.engine.list()}

    def opened_in(self):
        """Seconds that opening the engine took."""
        return self.seconds

    def list(self):
        return {s.name: s.state for s in self.engine.list()}

    def census(self):
        """Descriptors, threads."""
        return [len(self.hold.listdir("/proc/self/fd")), len(self.hold.listdir("/proc/self/task"))]

    def call(self, function, args, fields):
        own = getattr(self, function, None)
        if own:
            return own(*args, **fields)
        value = getattr(self.boxes[args[0]], function)(*args[1:], **fields)
        return value._asdict() if hasattr(value, "_asdict") else value


def answer(function):
    try:
        a = {"value": function()}
    except Refused as e:
        a = {"name": e.name, "text": str(e)}
    except Exception as e:  # told to the test, which decides
        a = {"name": getattr(e, "name", type(e).__name__), "text": str(e)}
    os.write(1, json.dumps(a).encode() + b"\n")


def main():
    import ctypes
    what = json.loads(sys.argv[1])
    if what["subreaper"]:
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    inside = []
    answer(lambda: inside.append(Inside(what)))
    for line in sys.stdin.buffer:
        function, args, fields = json.loads(line)
        answer(lambda: inside[0].call(function, args, fields))


if __name__ == "__main__":
    main()
