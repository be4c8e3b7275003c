# SPDX-License-Identifier: Apache-2.0
"""States that no call leads to, written straight into a store.

The database is touched by a process of its own: a second sqlite in this one would take the library's file locks with it. Whoever
has a handle of a container whose row is forged opens another one: its snapshot is valid as long as the row's rev is the same.
"""
import json
import os
import subprocess
import sys

NUMBERS = {"unknown": 0, "created": 1, "initialized": 2, "running": 3, "stopped": 4, "paused": 5, "exited": 6, "removing": 7,
           "stopping": 8}
STATES = list(NUMBERS)
INTENTS = {"none": 0, "create": 1, "init": 2, "start": 3, "stop": 4, "cleanup": 5, "remove": 6, "pause": 7, "unpause": 8, "update": 9}


class Forge:
    def __init__(self, test, store):
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen([sys.executable, "-B", os.path.abspath(__file__), os.path.join(store.root, "ctr.db")],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        test.at_end(self.end)

    def sql(self, text, *values):
        """The rows that one statement gives; committed."""
        self.process.stdin.write(json.dumps([text, values]).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def row(self, container_id, **columns):
        names = sorted(columns)
        self.sql("UPDATE container SET %s WHERE id = ?" % ", ".join(n + " = ?" for n in names), *[columns[n] for n in names], container_id)

    def state(self, container_id, state, intent="none", **columns):
        self.row(container_id, state=NUMBERS[state], intent=INTENTS[intent], **columns)

    def last_event(self):
        return self.sql("SELECT coalesce(max(seq), 0) FROM event")[0][0]

    def end(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(10)
        self.process.stdout.close()


def serve(path):
    import sqlite3
    db = sqlite3.connect(path, timeout=20, isolation_level=None)
    for line in sys.stdin:
        text, values = json.loads(line)
        print(json.dumps(db.execute(text, values).fetchall()), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
