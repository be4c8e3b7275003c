# SPDX-License-Identifier: Apache-2.0
"""A container's life as a model: who can be dead in the middle of it, what happens by itself then, and what one call does.

The states, which of them may follow which, and what each verb answers where come from the library's own table (state_table.c): a
save that the table forbids fails here as it does there. What the actors do is written down below, beside the file of the library
that does it; 2.2 runs the same tuples on the library and compares.

A tuple: state, intent, process alive, exit record there, monitor, caller (the process in the middle of a verb) and agent alive,
and whether the machine has been started anew since (boot).
"""
import collections
import itertools

INTENTS = ["none", "create", "init", "start", "stop", "cleanup", "remove", "pause", "unpause", "update"]
Tuple = collections.namedtuple("Tuple", "state intent process record monitor caller agent boot")
GONE = "gone"
OTHER = 2  # a monitor that took it over after the death of its own: it knows of no stop that was asked for
# Where a verb can be in the middle of; every other pair is damage, out of which at least remove by force must lead.
REAL = {("created", "create"), ("created", "init"), ("exited", "init"), ("initialized", "start"), ("initialized", "cleanup"),
        ("removing", "remove"), ("running", "pause"), ("paused", "unpause")}
# One call, each by a process that has just opened the store.
CALLS = ("open", "sync", "cleanup", "stop", "remove_force")


class Stuck(Exception):
    """The table forbids what would have to happen."""


def is_real(t, live):
    """A process is there in a live state, or one that init has made and not noted down yet."""
    if t.process and not live and t.intent != "init":
        return False
    return t.intent in ("none", "update") and t.state not in ("removing", "unknown") or (t.state, t.intent) in REAL


class Model:
    def __init__(self, table, null):
        self.states, self.verbs, self.null = table["states"], table["verbs"], null

    def live(self, state):
        return self.states[state]["live"]

    def save(self, t, state, **changes):
        if state not in self.states[t.state]["followers"]:
            raise Stuck("%s may not become %s" % (t.state, state))
        return t._replace(state=state, **changes)

    def legal(self, verb, t):
        return self.verbs[verb][t.state]

    def tuples(self):
        """All there are: with the null runtime nobody but the caller is there to be dead, and no process."""
        two = (0, 1)
        null = (0,)
        for t in itertools.product(self.states, INTENTS, *[null if self.null else two] * 3, null if self.null else two,
                                   null if self.null else two, two):
            yield Tuple(*t)

    # ---- what dead processes leave: core/intent.c ----

    def undo(self, t):
        """step_undo_run"""
        return self.save(t, "created" if t.state == "initialized" else t.state, intent="none", process=0, record=0)

    def clean(self, t):
        """step_cleanup: nothing in other states"""
        if t.state == "stopped":
            return self.save(t, "exited", intent="none", process=0, record=0)
        return self.undo(t) if t.state == "initialized" else t

    def finish(self, t):
        """[t] without the intent, or GONE; two where it depends on whether the command had begun."""
        if t.intent in ("create", "remove"):
            return [self.delete(t)]
        if t.intent == "init" and t.state in ("created", "initialized", "exited"):
            return [self.undo(t)]
        if t.intent == "start" and t.state in ("created", "initialized"):
            undone = self.undo(t)
            return [undone] if self.null or not (t.process or t.record) else [self.save(t, "running", intent="none"), undone]
        if t.intent == "cleanup" and t.state in ("initialized", "stopped"):
            return [self.clean(t)]
        if t.intent in ("pause", "unpause") and t.state in ("running", "paused"):
            return [self.save(t, s, intent="none") for s in ("running", "paused")]
        return [t._replace(intent="none")]

    def delete(self, t):
        if t.intent != "create":
            self.save(t, "removing")
        return GONE

    # ---- sync: core/sync.c ----

    def sync(self, t):
        out = []
        for u in self.finish(t) if t.intent != "none" else [t]:
            if u == GONE or not self.live(u.state) or self.null:
                out.append(u)
            elif u.record:
                out.append(self.save(u, "stopped", process=0))
            elif u.process:
                out.append(u._replace(monitor=u.monitor or OTHER))
            elif u.monitor:
                out += [u, self.save(u, "stopped", record=1)]  # the monitor has the word, and says it in the next moment
            else:
                out.append(self.save(u, "stopped", record=1))  # lost with the monitor
        return out

    # ---- by itself ----

    def settle(self, t):
        """All that t can come to without anybody's help, once nothing more happens to it."""
        if t == GONE:
            return [t]
        out = []
        for u in self.caller_ends(t):
            out += [u] if u == GONE else self.run_out(u)
        return out

    def caller_ends(self, t):
        """A verb that is under way comes to its end: what follows is what its successor would make of it, or its success."""
        if not t.caller or t.intent == "none":
            return [t._replace(caller=0)]
        t = t._replace(caller=0)
        done = {"init": ("initialized", 1), "start": ("running", 1), "create": ("created", 0)}
        if t.intent in done and (t.state, t.intent) in REAL and not t.boot:
            state, process = done[t.intent]
            return [self.save(t, state, intent="none", process=process)]
        return self.finish(t) if not t.boot else [t]

    def run_out(self, t):
        """helper/monitor: the stop timer, the record; the agent, which imports and cleans up, where no lock is held by the dead"""
        if t.boot or self.null:
            return [t]
        if t.state == "stopping" and t.monitor == 1 and t.process:
            t = t._replace(process=0)
        if self.live(t.state) and t.monitor and not t.process:
            t = t._replace(record=1)
        if not (t.agent and t.monitor and t.record and not t.process):
            return [t]
        return [u if u == GONE else self.clean(u) for u in self.sync(t)]

    # ---- one call ----

    def opened(self, t):
        """core/recover.c and state/epoch.c: another boot, then what is half done"""
        if t.boot:
            t = t._replace(state=self.states[t.state]["after_reboot"], process=0, record=0, monitor=0, caller=0, agent=0, boot=0)
        if t.caller:
            raise Stuck("its caller holds the lock")
        if t.intent == "none" and not (t.process and not t.monitor):
            return [t]
        return [u if u == GONE else self.settled_null(u) for u in self.sync(t)]

    def call(self, name, t):
        """[(code, what it is then)]"""
        out = []
        for u in self.opened(t):
            if u == GONE or name == "open":
                out.append((self.gone_code(name) if u == GONE else "OK", u))
                continue
            for v in self.sync_for(name, u):
                out += [(self.gone_code(name), v)] if v == GONE else [self.verb(name, v)]
        return out

    @staticmethod
    def gone_code(name):
        return "OK" if name in ("open", "remove_force") else "REMOVED"

    def sync_for(self, name, t):
        """Removal by force goes on where the rest gives up."""
        try:
            return self.sync(t)
        except Stuck:
            if name != "remove_force":
                raise
            return [t]

    def verb(self, name, t):
        if name == "sync":
            return "OK", self.settled_null(t)
        code = self.legal({"remove_force": "remove (force)"}.get(name, name), t)
        if code != "OK":
            return code, t
        if name == "remove_force":
            return "OK", self.delete(t._replace(process=0))
        if name == "cleanup" and t.state == "stopping" and t.process and t.monitor != 1:
            return "TIMEOUT", t  # it waits for an end that nobody brings
        if name == "cleanup":
            return "OK", self.clean(self.end(t) if t.state == "stopping" else t)
        return "OK", self.clean(self.end(t))

    def end(self, t):
        """stop: asked for, killed, recorded, imported"""
        if not self.null and t.state != "stopping":
            t = self.save(t, "stopping")
        return self.save(t, "stopped", process=0, record=0)

    def settled_null(self, t):
        """step_null_settle"""
        return self.clean(t) if self.null and t.state == "stopped" else t


# ---- the claim ----

def is_over(t):
    return t == GONE or (t.state in ("exited", "created") and t.intent == "none" and not t.process and not t.boot)


def ways(model, t):
    """{call: [(what it comes to, path)]}; None: by itself"""
    out = {}
    for name in (None,) + CALLS:
        ends = []
        for u in model.settle(t):
            if name is None:
                ends.append((u, [t, u]))
                continue
            if u == GONE:
                ends.append((u, [t, u]))
                continue
            for code, v in model.call(name, u):
                ends += [(w, [t, u, "%s: %s" % (name, code), v, w]) for w in model.settle(v)]
        out[name] = ends
    return out


def show(path):
    words = []
    for x in path:
        if isinstance(x, Tuple):
            words.append("(%s)" % ", ".join("%s=%s" % f for f in zip(Tuple._fields, x)))
        else:
            words.append(str(x))
    return " -> ".join(words)


def stuck(model, t):
    """None, or how t does not end: one call must do from wherever a verb can be, remove by force from everywhere."""
    try:
        found = ways(model, t)
    except Stuck as e:
        return "%s: %s" % (show([t]), e)
    for name, ends in found.items():
        if name == "remove_force":
            bad = [p for end, p in ends if end != GONE]
            if bad:
                return "remove by force does not: " + show(bad[0])
    if not is_real(t, model.live(t.state)):
        return None
    if any(all(is_over(end) for end, _ in ends) for name, ends in found.items() if name != "remove_force"):
        return None
    return "no single call does: " + show(found["stop"][0][1])


def walk(table, null):
    """(number of tuples, [how one is stuck])"""
    model, n, bad = Model(table, null), 0, []
    for t in model.tuples():
        n += 1
        why = stuck(model, t)
        if why:
            bad.append(why)
    return n, bad
