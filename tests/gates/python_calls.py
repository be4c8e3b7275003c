#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every public function called from Python: first with nothing for every argument, then for its purpose, on the null runtime."""
import ctypes
import json
import os
import select
import signal
import sys
import tempfile
from ctypes import byref, c_int, c_int32

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gatelib  # noqa: E402

if gatelib.library() is None:
    sys.exit("no .libs/libctr.so.0: build first")
if gatelib.sanitized():
    gatelib.skip("the interpreter cannot load a library built with a sanitizer")
os.environ["LIBCTR"] = gatelib.library()
sys.path.insert(0, os.path.join(gatelib.SRC, "examples", "python"))
import libctr as ctr  # noqa: E402

GATE = gatelib.Gate("python_calls")
USED = set()


class Used:
    """The module, noting which functions are taken from it."""

    def __getattr__(self, name):
        if name in ctr.FUNCTIONS:
            USED.add(name)
        return getattr(ctr, name)


C = Used()


def expect(good, what):
    if not good:
        GATE.fail(what)


def refused(name, code, function, *args):
    """function(*args) raises an error with that code."""
    try:
        ctr.call(function, *args)
        GATE.fail("%s does not fail" % name)
    except ctr.CtrError as e:
        if e.code != code:
            GATE.fail("%s: %s instead of %d" % (name, e, code))
        return e


def nothing(name):
    """One function with zero for every argument."""
    f = getattr(ctr, name)
    args = []
    for t in f.argtypes:
        args.append(0 if t in (c_int, c_int32, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_size_t)
                    else t() if issubclass(t, ctypes._CFuncPtr) else None)
    result = f(*args)
    fallible = f.restype is c_int and f.argtypes and f.argtypes[-1] is ctypes.POINTER(ctr.ctr_error_t)
    if fallible:
        expect(result == ctr.CTR_ERR_INVALID_ARG, "%s with nothing answers %r" % (name, result))
    elif name not in ("ctr_version", "ctr_error_new", "ctr_error_code_name", "ctr_state_name", "ctr_pod_state_name"):
        expect(not result, "%s with nothing answers %r" % (name, result))


def library():
    expect(C.ctr_version().decode().count(".") == 2, "ctr_version")
    expect(C.ctr_has_feature(b"no such feature") == 0, "ctr_has_feature")
    expect(C.ctr_state_name(ctr.CTR_STATE_CREATED) == b"initialized", "ctr_state_name")
    expect(ctr.out(c_int32, C.ctr_state_from_name, b"exited").value == ctr.CTR_STATE_EXITED, "ctr_state_from_name")
    for s in ("start", "stop", "remove", "wait", "list", "engine", "events", "recover", "log"):
        kind = getattr(ctr, "ctr_%s_opts" % s)
        opts = kind()
        getattr(C, "ctr_%s_opts_init" % s)(byref(opts), ctypes.sizeof(kind))
        expect(opts.size == ctypes.sizeof(kind), "ctr_%s_opts_init" % s)
    for entry in json.loads(ctr.out_json(C.ctr_probe_host, None)):
        expect({"feature", "ok", "why", "fix"} <= set(entry), "ctr_probe_host: %r" % entry)


def errors():
    cause = C.ctr_error_new(ctr.CTR_ERR_IO, b"the disk is gone", None)
    head = C.ctr_error_new(ctr.CTR_ERR_STORAGE, b"cannot do it", cause)
    C.ctr_error_unref(cause)
    expect(C.ctr_error_code(head) == ctr.CTR_ERR_STORAGE, "ctr_error_code")
    expect(C.ctr_error_code_name(ctr.CTR_ERR_STORAGE) == b"STORAGE", "ctr_error_code_name")
    expect(C.ctr_error_message(C.ctr_error_cause(head)) == b"the disk is gone", "ctr_error_cause, _message")
    expect(C.ctr_error_errno(head) == 0 and C.ctr_error_domain(head) == b"core", "ctr_error_errno, _domain")
    expect(C.ctr_error_retry(head) in (0, 1, 2), "ctr_error_retry")
    expect(C.ctr_error_detail(head, b"path") is None, "ctr_error_detail")
    expect(C.ctr_error_detail_count(head) == 0 and C.ctr_error_detail_key(head, 0) is None, "ctr_error_detail_count, _key")
    text = C.ctr_error_format(head)
    expect(ctypes.string_at(text) == b"cannot do it: the disk is gone", "ctr_error_format")
    C.ctr_free(text)
    tree = json.loads(ctr.take_text(C.ctr_error_to_json(head)))
    expect(tree["code"] == ctr.CTR_ERR_STORAGE and tree["cause"]["code"] == ctr.CTR_ERR_IO, "ctr_error_to_json: %r" % tree)
    C.ctr_error_unref(C.ctr_error_ref(head))
    C.ctr_error_clear(byref(head))
    expect(not head, "ctr_error_clear")


def make_op():
    op = ctr.out(ctr.ctr_op_t, C.ctr_op_new)
    C.ctr_op_unref(C.ctr_op_ref(op))
    C.ctr_op_set_timeout_ns(op, 20 * 10**9)
    C.ctr_op_set_deadline_ns(op, ctr.CTR_FOREVER)
    C.ctr_op_set_progress(op, ctr.ctr_progress_fn(), None, ctr.ctr_destroy_fn())
    C.ctr_op_set_interruptible(op, 0)
    return op


def make_spec():
    spec = ctr.out(ctr.ctr_spec_t, C.ctr_spec_new)
    for name, values in (
            ("set_name", (b"one",)), ("set_rootfs", (b"/",)), ("set_hostname", (b"host",)), ("set_user", (b"0:0",)),
            ("set_workdir", (b"/",)), ("set_stop_signal", (signal.SIGTERM,)), ("set_stop_timeout", (3,)), ("set_read_only", (1,)),
            ("set_privileged", (0,)), ("set_entrypoint", (ctr.argv(["echo"]),)), ("set_command", (ctr.argv(["hello"]),)),
            ("set_env", (b"KEY", b"value")), ("set_label", (b"test", b"yes")), ("set_annotation", (b"libctr.null.exit", b"7")),
            ("set_sysctl", (b"net.ipv4.ip_forward", b"1")), ("add_mount", (b"tmpfs", None, b"/tmp", b"nosuid")),
            ("add_cap", (b"sys_time",)), ("drop_cap", (b"CAP_CHOWN",)),
            ("set_json", (b"resource_limits", b'{"pids":{"limit":64}}', ctr.CTR_STRLEN))):
        ctr.call(getattr(C, "ctr_spec_" + name), spec, *values)
    text = ctr.out_json(C.ctr_spec_to_json, spec)
    again = ctr.out(ctr.ctr_spec_t, C.ctr_spec_from_json, text.encode(), ctr.CTR_STRLEN)
    expect(json.loads(ctr.out_json(C.ctr_spec_to_json, again)) == json.loads(text), "a spec through JSON and back: " + text)
    C.ctr_spec_unref(C.ctr_spec_ref(again))
    C.ctr_spec_unref(again)
    return spec


def check_status(c, op, run_over):
    s = ctr.out(ctr.ctr_status_t, C.ctr_container_status, c, op)
    C.ctr_status_unref(C.ctr_status_ref(s))
    expect(C.ctr_status_id(s) == C.ctr_container_id(c) and C.ctr_status_name(s) == b"one", "ctr_status_id, _name")
    expect(C.ctr_status_image(s) == b"" and C.ctr_status_pod_id(s) == b"" and C.ctr_status_error(s) == b"", "ctr_status texts")
    expect(C.ctr_status_runtime(s) == b"null" and C.ctr_status_log_path(s) is not None, "ctr_status_runtime, _log_path")
    expect(C.ctr_status_label(s, b"test") == b"yes" and C.ctr_status_label(s, b"no") is None, "ctr_status_label")
    expect(C.ctr_status_pid(s) == 0 and C.ctr_status_restart_count(s) == 0, "ctr_status_pid, _restart_count")
    expect(C.ctr_status_oom_killed(s) == 0 and C.ctr_status_terminal(s) == 0, "ctr_status_oom_killed, _terminal")
    expect(C.ctr_status_auto_remove(s) == 0 and C.ctr_status_health(s) == ctr.CTR_HEALTH_NONE, "ctr_status_auto_remove, _health")
    expect(C.ctr_status_mounted(s) in (0, 1) and C.ctr_status_stopped_by_user(s) in (0, 1), "ctr_status_mounted, _stopped_by_user")
    expect(C.ctr_status_created_ns(s) > 10**18, "ctr_status_created_ns")
    expect(json.loads(ctr.out_json(C.ctr_status_to_json, s))["Names"] == ["one"], "ctr_status_to_json")
    if run_over:
        expect(C.ctr_status_state(s) in (ctr.CTR_STATE_STOPPED, ctr.CTR_STATE_EXITED), "ctr_status_state")
        expect(C.ctr_status_exit_known(s) == 1 and C.ctr_status_exit_code(s) == 7, "ctr_status_exit_code")
        expect(C.ctr_status_exit_signal(s) == 0 and C.ctr_status_run(s) > 0, "ctr_status_exit_signal, _run")
        expect(C.ctr_status_finished_ns(s) >= C.ctr_status_started_ns(s) > 0, "ctr_status_started_ns, _finished_ns")
    else:
        expect(C.ctr_status_state(s) == ctr.CTR_STATE_CONFIGURED and C.ctr_status_run(s) == 0, "ctr_status of a new container")
        expect(C.ctr_status_exit_code(s) == ctr.CTR_EXIT_UNKNOWN, "ctr_status_exit_code of a new container")
    ctr.ctr_status_unref(s)


def check_list(engine, op, count):
    opts = ctr.options(ctr.ctr_list_opts, filters='{"label":["test=yes"]}', filters_len=ctr.CTR_STRLEN)
    found = ctr.out(ctr.ctr_container_list_t, C.ctr_container_list, engine, byref(opts), op)
    expect(C.ctr_container_list_count(found) == count, "ctr_container_list_count")
    if count:
        c = C.ctr_container_list_get(found, 0)
        s = C.ctr_container_list_status(found, 0)
        expect(ctr.ctr_status_id(s) == ctr.ctr_container_id(c), "ctr_container_list_get, _status")
    C.ctr_container_list_unref(C.ctr_container_list_ref(found))
    ctr.ctr_container_list_unref(found)


def pausing(engine, spec, op):
    """A container that would end at once, were it not paused in time: its clock stands still."""
    ctr.call(ctr.ctr_spec_set_annotation, spec, b"libctr.null.exit", b"7,86400000")
    c = ctr.out(ctr.ctr_container_t, ctr.ctr_container_create, engine, spec, op)
    ctr.call(ctr.ctr_container_start, c, None, op)
    ctr.call(C.ctr_container_pause, c, op)
    refused("pause of a paused container", ctr.CTR_ERR_STATE_INVALID, C.ctr_container_pause, c, op)
    ctr.call(C.ctr_container_unpause, c, op)
    ctr.call(C.ctr_container_update, c, b'{"env":{"A":"1"},"resource_limits":{"pids":{"limit":9}}}', ctr.CTR_STRLEN, op)
    refused("an update of what there is not", ctr.CTR_ERR_UNSUPPORTED_OPTION, C.ctr_container_update, c, b'{"envv":{}}', ctr.CTR_STRLEN, op)
    expect(json.loads(ctr.out_json(C.ctr_container_stats, c, op))["PIDs"] == 0, "ctr_container_stats")
    expect(json.loads(ctr.out_json(C.ctr_container_top, c, op))["Processes"] == [], "ctr_container_top")
    refused("unpause of a running container", ctr.CTR_ERR_STATE_INVALID, C.ctr_container_unpause, c, op)
    ctr.call(ctr.ctr_container_kill, c, 9, op)
    ctr.call(ctr.ctr_container_remove, c, None, op)
    ctr.ctr_container_unref(c)


def many(engine, op):
    """A pod of one container, all of it at once; and containers that are stopped together."""
    p = ctr.out(ctr.ctr_pod_t, C.ctr_pod_create, engine, b'{"name":"many"}', ctr.CTR_STRLEN, op)
    spec = ctr.out(ctr.ctr_spec_t, C.ctr_spec_from_json, b'{"name":"member","pod":"many","rootfs":"/","command":["x"]}', ctr.CTR_STRLEN)
    c = ctr.out(ctr.ctr_container_t, C.ctr_container_create, engine, spec, op)
    for verb, args in (("start", ()), ("pause", ()), ("unpause", ()), ("kill", (1,)), ("restart", (None,)), ("stop", (None,)), ("start", ())):
        ctr.call(getattr(C, "ctr_pod_" + verb), p, *args, op)
    handles = (ctr.ctr_container_t * 2)(c, c)
    ctr.call(C.ctr_containers_stop_many, handles, 2, None, op)
    status = ctr.out(ctr.ctr_status_t, C.ctr_container_status, c, op)
    expect(C.ctr_status_state(status) == ctr.CTR_STATE_EXITED, "ctr_containers_stop_many")
    C.ctr_status_unref(status)
    ctr.ctr_container_unref(c)
    ctr.ctr_spec_unref(spec)
    ctr.call(C.ctr_pod_remove, p, byref(ctr.options(ctr.ctr_remove_opts, force=1)), op)
    ctr.ctr_pod_unref(p)


def keep_artifacts(c):
    ctr.call(C.ctr_container_artifact_add, c, b"note", b"a\0b", 3)
    size = ctypes.c_size_t()
    data = ctr.ctypes.c_void_p()
    ctr.call(C.ctr_container_artifact_get, c, b"note", byref(data), byref(size))
    expect(ctypes.string_at(data, size.value) == b"a\0b", "ctr_container_artifact_get")
    C.ctr_free(data)
    expect(json.loads(ctr.out_json(C.ctr_container_artifact_list, c)) == ["note"], "ctr_container_artifact_list")
    ctr.call(C.ctr_container_artifact_remove, c, b"note")


def batched(c):
    seen = []

    def inside(b, userdata, err):
        seen.append(C.ctr_container_id(b))
        ctr.call(C.ctr_container_rename, b, b"two", None)
        ctr.call(C.ctr_container_rename, b, b"one", None)
        return len(seen)

    e = refused("a callback that returns 1", ctr.CTR_ERR_USER, C.ctr_container_batch, c, ctr.ctr_batch_fn(inside), None, None)
    expect(seen == [C.ctr_container_id(c)] and e.details["callback_result"] == "1", "ctr_container_batch")


def read_log(c, op):
    """One that has ended, with a log that somebody wrote: enough to call everything."""
    status = ctr.out(ctr.ctr_status_t, C.ctr_container_status, c, op)
    with open(C.ctr_status_log_path(status), "w") as f:
        f.write("2026-01-02T03:04:05.000000006+00:00 stderr P half\n")
    C.ctr_status_unref(status)
    opts = ctr.options(ctr.ctr_log_opts, streams=ctr.CTR_STREAMS_STDERR, follow=1)
    r = ctr.out(ctr.ctr_log_reader_t, C.ctr_container_logs, c, byref(opts), op)
    C.ctr_log_reader_unref(C.ctr_log_reader_ref(r))
    fd = C.ctr_log_reader_fd(r)
    expect(fd >= 3 and select.select([fd], [], [], 0)[0], "ctr_log_reader_fd")
    ctr.call(C.ctr_log_reader_wait, r, op)
    rec = ctr.out(ctr.ctr_log_record_t, C.ctr_log_reader_next, r)
    C.ctr_log_record_unref(C.ctr_log_record_ref(rec))
    size = ctypes.c_size_t()
    expect(ctypes.string_at(C.ctr_log_record_data(rec, byref(size)), 4) == b"half" and size.value == 4, "ctr_log_record_data")
    expect(C.ctr_log_record_stream(rec) == ctr.CTR_STREAM_STDERR, "ctr_log_record_stream")
    expect(C.ctr_log_record_partial(rec) == 1 and C.ctr_log_record_seq(rec) == 1, "ctr_log_record_partial, _seq")
    expect(C.ctr_log_record_time_ns(rec) == 1767323045000000006, "ctr_log_record_time_ns: %d" % C.ctr_log_record_time_ns(rec))
    opts.cursor = C.ctr_log_record_cursor(rec)
    again = ctr.out(ctr.ctr_log_reader_t, C.ctr_container_logs, c, byref(opts), op)
    expect(C.ctr_log_reader_next(again, byref(ctr.ctr_log_record_t()), None) == ctr.CTR_ERR_END, "ctr_log_record_cursor")
    C.ctr_log_reader_unref(again)
    C.ctr_log_record_unref(rec)
    C.ctr_log_reader_unref(r)


def following(engine, op):
    """What has happened until now, then one more."""
    opts = ctr.options(ctr.ctr_events_opts, filters='{"event":["sync"]}', filters_len=ctr.CTR_STRLEN, follow=1)
    m = ctr.out(ctr.ctr_events_t, C.ctr_events_open, engine, byref(opts), op)
    C.ctr_events_unref(C.ctr_events_ref(m))
    seen = []
    while True:
        text = ctypes.c_void_p()
        r = C.ctr_events_next(m, byref(text), None)
        if r:
            expect(r == ctr.CTR_ERR_WOULD_BLOCK, "ctr_events_next: %d" % r)
            break
        seen.append(json.loads(ctr.take_text(text)))
    expect([e["Status"] for e in seen] == ["sync"], "ctr_events_next: %r" % seen)
    fd = C.ctr_events_fd(m)
    expect(fd >= 3 and not select.select([fd], [], [], 0)[0], "ctr_events_fd")
    ctr.ctr_op_set_timeout_ns(op, 1)
    refused("waiting for nothing", ctr.CTR_ERR_TIMEOUT, C.ctr_events_wait, m, op)
    ctr.ctr_op_set_timeout_ns(op, 20 * 10**9)
    ctr.ctr_events_unref(m)


def pods(engine, op):
    """A pod with a member, from create to remove."""
    text = b'{"name":"pod","labels":{"test":"yes"}}'
    pod = ctr.out(ctr.ctr_pod_t, C.ctr_pod_create, engine, text, len(text), op)
    same = ctr.out(ctr.ctr_pod_t, C.ctr_pod_open, engine, b"pod")
    expect(C.ctr_pod_id(same) == C.ctr_pod_id(pod) and C.ctr_pod_name(same) == b"pod", "ctr_pod_open, _id, _name")
    C.ctr_pod_unref(C.ctr_pod_ref(same))
    ctr.ctr_pod_unref(same)

    def state():
        s = ctr.out(ctr.ctr_pod_status_t, C.ctr_pod_status, pod, op)
        C.ctr_pod_status_unref(C.ctr_pod_status_ref(s))
        word = C.ctr_pod_state_name(C.ctr_pod_status_state(s)).decode()
        ctr.ctr_pod_status_unref(s)
        return word
    expect(state() == "Created", "ctr_pod_status of a new pod: " + state())
    for verb, args, after in (("start", (), "Running"), ("pause", (), "Paused"), ("unpause", (), "Running"), ("restart", (None,), "Running"),
                              ("kill", (9,), "Exited"), ("start", (), "Running"), ("stop", (None,), "Exited")):
        ctr.call(getattr(C, "ctr_pod_" + verb), pod, *args, op)
        expect(state() == after, "after ctr_pod_%s: %s" % (verb, state()))
    expect(json.loads(ctr.out_json(C.ctr_pod_inspect, pod, op))["NumContainers"] == 1, "ctr_pod_inspect")
    opts = ctr.options(ctr.ctr_list_opts, filters='{"label":["test=yes"]}', filters_len=ctr.CTR_STRLEN)
    found = ctr.out(ctr.ctr_pod_list_t, C.ctr_pod_list, engine, byref(opts), op)
    C.ctr_pod_list_unref(C.ctr_pod_list_ref(found))
    expect(C.ctr_pod_list_count(found) == 1 and ctr.ctr_pod_id(C.ctr_pod_list_get(found, 0)) == ctr.ctr_pod_id(pod), "ctr_pod_list")
    ctr.ctr_pod_list_unref(found)
    ctr.call(C.ctr_pod_remove, pod, None, op)
    refused("status of a removed pod", ctr.CTR_ERR_REMOVED, C.ctr_pod_status, pod, op, byref(ctr.ctr_pod_status_t()))
    ctr.ctr_pod_unref(pod)


def life(engine, spec, op):
    """One container from create to remove, and what handles do afterwards."""
    c = ctr.out(ctr.ctr_container_t, C.ctr_container_create, engine, spec, op)
    expect(C.ctr_container_name(c) == b"one", "ctr_container_name")
    check_status(c, op, run_over=False)
    fd = ctr.out(c_int, C.ctr_container_exit_fd, c).value
    expect(fd >= 3, "ctr_container_exit_fd gives %d" % fd)
    ctr.call(C.ctr_container_init, c, None, op)
    ctr.call(C.ctr_container_start, c, None, op)
    expect(ctr.out(c_int32, C.ctr_container_wait, c, None, op).value == 7, "ctr_container_wait")
    expect(select.select([fd], [], [], 20)[0] == [fd], "ctr_container_exit_fd is not ready")
    os.close(fd)
    check_status(c, op, run_over=True)
    expect(json.loads(ctr.out_json(C.ctr_container_inspect, c, op))["State"]["ExitCode"] == 7, "ctr_container_inspect")
    ctr.call(C.ctr_container_sync, c, op)
    ctr.call(C.ctr_container_cleanup, c, 0, op)
    e = refused("stop of an exited container", ctr.CTR_ERR_STOPPED, C.ctr_container_stop, c, None, op)
    expect(e.details, "the error of stop has no details")
    refused("kill of an exited container", ctr.CTR_ERR_STATE_INVALID, C.ctr_container_kill, c, 9, op)
    keep_artifacts(c)
    batched(c)
    read_log(c, op)
    ctr.call(C.ctr_container_restart, c, None, op)
    expect(ctr.out(c_int32, C.ctr_container_wait, c, None, op).value == 7, "wait after ctr_container_restart")
    expect(ctr.out(c_int, C.ctr_container_should_restart, c, op).value == 0, "ctr_container_should_restart")
    expect(ctr.out(c_int, C.ctr_container_should_start_on_boot, c, op).value == 0, "ctr_container_should_start_on_boot")
    said = json.loads(ctr.out_json(C.ctr_engine_recover, engine, None, op))
    expect([x["action"] for x in said["containers"]] == ["none"], "ctr_engine_recover: %r" % said)
    other = ctr.out(ctr.ctr_container_t, C.ctr_container_open, engine, b"one")
    C.ctr_container_unref(C.ctr_container_ref(other))
    check_list(engine, op, 1)
    ctr.call(C.ctr_container_remove, c, None, op)
    ctr.call(C.ctr_container_remove, other, None, op)
    refused("status of a removed container", ctr.CTR_ERR_REMOVED, C.ctr_container_status, other, op, byref(ctr.ctr_status_t()))
    check_list(engine, op, 0)
    ctr.ctr_container_unref(other)
    ctr.ctr_container_unref(c)


def engine_calls(folder):
    opts = ctr.options(ctr.ctr_engine_opts, root=folder + "/root", run_root=folder + "/run", runtime="null", storage="null")
    op, spec = make_op(), make_spec()
    engine = ctr.out(ctr.ctr_engine_t, C.ctr_engine_open, byref(opts), op)
    C.ctr_engine_unref(C.ctr_engine_ref(engine))
    expect(json.loads(ctr.out_json(C.ctr_engine_info, engine, op))["runtime"]["name"] == "null", "ctr_engine_info")
    expect(isinstance(json.loads(ctr.out_json(C.ctr_engine_probe, engine, op)), list), "ctr_engine_probe")
    life(engine, spec, op)
    following(engine, op)
    pods(engine, op)
    pausing(engine, spec, op)
    many(engine, op)
    expect(json.loads(ctr.out_json(C.ctr_engine_lock_audit, engine))["used"] == 0, "ctr_engine_lock_audit")
    C.ctr_op_cancel(op)
    refused("create with a cancelled op", ctr.CTR_ERR_CANCELLED, C.ctr_container_create, engine, spec, op, byref(ctr.ctr_container_t()))
    C.ctr_op_reset(op)
    check_list(engine, op, 0)
    ctr.ctr_engine_unref(engine)
    ctr.ctr_spec_unref(spec)
    ctr.ctr_op_unref(op)


def example(folder):
    """hello.py as a user would run it, on the null runtime."""
    env = dict(os.environ, CTR_ROOT=folder + "/hello", CTR_RUN_ROOT=folder + "/hello-run", CTR_RUNTIME="null", CTR_STORAGE="null",
               PYTHONDONTWRITEBYTECODE="1")
    r = gatelib.run([sys.executable, os.path.join(gatelib.SRC, "examples", "python", "hello.py"), "/", "true"], env=env)
    expect(r.returncode == 0 and r.stdout == "exit code 0\n", "hello.py: %d %s" % (r.returncode, r.stdout))


def main():
    signal.alarm(120)
    for name in ctr.FUNCTIONS:
        nothing(name)
    library()
    errors()
    folder = tempfile.mkdtemp(prefix="ctr-python-")
    try:
        engine_calls(folder)
        example(folder)
    except ctr.CtrError as e:
        GATE.fail("%s %r" % (e, e.details))
    finally:
        gatelib.remove_store(folder)
    for name in ctr.FUNCTIONS:
        if name not in USED and not GATE.findings:
            GATE.fail("%s is never called for its purpose" % name)
    GATE.note("%d functions" % len(ctr.FUNCTIONS))
    GATE.finish()


main()
