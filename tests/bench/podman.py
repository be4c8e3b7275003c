# SPDX-License-Identifier: Apache-2.0
"""The peer of the benchmark: Podman's API service on directories of its own, spoken to over its socket."""
import http.client
import json
import os
import shutil
import socket
import subprocess
import time

CONF = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "%s"
"""


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("podman", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.sock.connect(self.path)


class Podman:
    """Raises OSError or RuntimeError with the reason when there is none to be had."""

    def __init__(self, folder, runtime):
        if not shutil.which("podman"):
            raise RuntimeError("podman is not installed")
        self.folder, self.socket = folder, os.path.join(folder, "socket")
        os.mkdir(folder)
        conf = os.path.join(folder, "containers.conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(CONF % runtime)
        words = ["podman", "--root", folder + "/root", "--runroot", folder + "/run", "--tmpdir", folder + "/tmp", "--storage-driver", "vfs",
                 "system", "service", "-t", "0", "unix://" + self.socket]
        # crun 1.8 refuses hybrid cgroups unless it does not see the unified hierarchy.
        if os.path.isdir("/sys/fs/cgroup/unified"):
            words = ["unshare", "-m", "sh", "-c", "umount /sys/fs/cgroup/unified; exec \"$@\"", "sh"] + words
        self.log = open(os.path.join(folder, "log"), "w+", encoding="utf-8", errors="replace")
        self.service = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env=dict(os.environ, CONTAINERS_CONF=conf))
        end = time.monotonic() + 20
        while True:
            try:
                self.http = Connection(self.socket)
                self.http.connect()
                break
            except OSError as e:
                if self.service.poll() is not None or time.monotonic() > end:
                    self.close()
                    raise RuntimeError("podman's API service does not start: %s" % (self.said() or e)) from e
                time.sleep(0.05)

    def said(self):
        self.log.seek(0)
        return self.log.read().strip()[-300:]

    def request(self, method, path, body=None):
        self.http.request(method, "/v4.0.0/libpod" + path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError("podman: %s %s: %d %s" % (method, path, answer.status, text.decode(errors="replace")[:300]))
        return json.loads(text) if text else None

    def once(self, rootfs, add, killed):
        """One container's life; add(name, seconds) takes the times."""
        began = time.monotonic()
        made = self.request("POST", "/containers/create", {"rootfs": rootfs, "command": ["/bin/sleep", "1000000"]})["Id"]
        created = time.monotonic()
        self.request("POST", "/containers/%s/start" % made)
        started = time.monotonic()
        add("create", created - began)
        add("start", started - created)
        add("create_start", started - began)
        for _ in range(5):
            at = time.monotonic()
            self.request("GET", "/containers/%s/json" % made)
            add("inspect", time.monotonic() - at)
        at = time.monotonic()
        if killed:
            self.request("POST", "/containers/%s/kill?signal=KILL" % made)
            self.request("POST", "/containers/%s/wait" % made)
        else:
            self.request("POST", "/containers/%s/stop?timeout=0" % made)
        add("kill" if killed else "stop", time.monotonic() - at)
        at = time.monotonic()
        self.request("DELETE", "/containers/%s" % made)
        add("remove", time.monotonic() - at)

    def close(self):
        self.service.terminate()
        try:
            self.service.wait(10)
        except subprocess.TimeoutExpired:
            self.service.kill()
            self.service.wait()
