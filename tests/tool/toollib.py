# SPDX-License-Identifier: Apache-2.0
"""What the programs of tests/tool share: hold.py, and ctrtool called on a store with its answers checked."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "hold"))
import hold  # noqa: E402


class Tool:
    """ctrtool on one store."""

    def __init__(self, test, store):
        self.test, self.store = test, store

    def __call__(self, *words, code=0, **kw):
        """Runs it and checks its exit status: the CompletedProcess."""
        r = self.test.tool(self.store, *words, **kw)
        what = "ctrtool " + " ".join(words)
        self.test.check(r.returncode == code, "%s: exit status %d instead of %d; %s", what, r.returncode, code, (r.stdout + r.stderr).strip())
        if code == 125:
            self.test.check(r.stderr.startswith("Error: "), "%s: an error looks like one: %r", what, r.stderr)
        return r

    def out(self, *words, **kw):
        return self(*words, **kw).stdout

    def json(self, *words, **kw):
        return json.loads(self(*words, **kw).stdout)
