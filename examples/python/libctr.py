# SPDX-License-Identifier: Apache-2.0
"""libctr for Python through ctypes: every function with argtypes and restype, every constant and option struct.

Made by scripts/gen-python from the public headers; not to be edited. The names are those of C, the manual pages apply.
LIBCTR in the environment names another library file than libctr.so.0.

    import libctr
    engine = libctr.out(libctr.ctr_engine_t, libctr.ctr_engine_open, None, None)

call() and out() add the error argument and raise CtrError; everything else is plain ctypes.
"""
import ctypes
import os
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

lib = ctypes.CDLL(os.environ.get("LIBCTR", "libctr.so.0"), use_errno=False)

CTR_STRLEN = 18446744073709551615
CTR_OK = 0
CTR_ERR_INVALID_ARG = -5001
CTR_ERR_UNSUPPORTED_OPTION = -5002
CTR_ERR_NOT_SUPPORTED = -5003
CTR_ERR_NOT_IMPLEMENTED = -5004
CTR_ERR_NO_MEMORY = -5005
CTR_ERR_INTERNAL = -5006
CTR_ERR_FORKED = -5007
CTR_ERR_PERMISSION = -5008
CTR_ERR_CANCELLED = -5009
CTR_ERR_TIMEOUT = -5010
CTR_ERR_DEADLOCK = -5011
CTR_ERR_INTERRUPTED = -5012
CTR_ERR_IO = -5013
CTR_ERR_NO_SPACE = -5014
CTR_ERR_NO_RESOURCES = -5015
CTR_ERR_USER = -5016
CTR_ERR_PARTIAL = -5017
CTR_ERR_WOULD_BLOCK = -5018
CTR_ERR_END = -5019
CTR_ERR_NO_SUCH_CONTAINER = -5101
CTR_ERR_NO_SUCH_POD = -5102
CTR_ERR_NO_SUCH_VOLUME = -5103
CTR_ERR_NO_SUCH_IMAGE = -5104
CTR_ERR_NO_SUCH_EXEC = -5105
CTR_ERR_NO_SUCH_NETWORK = -5106
CTR_ERR_NO_SUCH_EXIT_CODE = -5107
CTR_ERR_NO_SUCH_FILE = -5108
CTR_ERR_EXISTS = -5201
CTR_ERR_NAME_IN_USE = -5202
CTR_ERR_AMBIGUOUS = -5203
CTR_ERR_IN_USE = -5204
CTR_ERR_HAS_DEPENDENTS = -5205
CTR_ERR_DEPENDENCY_CYCLE = -5206
CTR_ERR_STATE_INVALID = -5301
CTR_ERR_REMOVED = -5302
CTR_ERR_STOPPED = -5303
CTR_ERR_NO_LOGS = -5304
CTR_ERR_DETACHED = -5305
CTR_ERR_UNHEALTHY = -5306
CTR_ERR_STORE_DAMAGED = -5401
CTR_ERR_STORE_LOCKED = -5402
CTR_ERR_STORE_VERSION = -5403
CTR_ERR_STORE_MISMATCH = -5404
CTR_ERR_STORAGE = -5405
CTR_ERR_RUNTIME = -5501
CTR_ERR_RUNTIME_NOT_FOUND = -5502
CTR_ERR_COMMAND_NOT_FOUND = -5503
CTR_ERR_COMMAND_NOT_EXECUTABLE = -5504
CTR_ERR_MONITOR = -5505
CTR_ERR_NETWORK = -5506
CTR_ERR_CHECKPOINT = -5507
CTR_RETRY_NEVER = 0
CTR_RETRY_LATER = 1
CTR_RETRY_AFTER_FIX = 2
CTR_FOREVER = 18446744073709551615
CTR_LOG_DEFAULT = 0
CTR_LOG_ERROR = 1
CTR_LOG_WARNING = 2
CTR_LOG_INFO = 3
CTR_LOG_DEBUG = 4
CTR_STOP_FOREVER = 4294967295
CTR_WAIT_REMOVED = 4294967296
CTR_WAIT_HEALTHY = 8589934592
CTR_WAIT_UNHEALTHY = 17179869184
CTR_WAIT_NEXT_EXIT = 34359738368
CTR_EXIT_UNKNOWN = -1
CTR_STATE_UNKNOWN = 0
CTR_STATE_CONFIGURED = 1
CTR_STATE_CREATED = 2
CTR_STATE_RUNNING = 3
CTR_STATE_STOPPED = 4
CTR_STATE_PAUSED = 5
CTR_STATE_EXITED = 6
CTR_STATE_REMOVING = 7
CTR_STATE_STOPPING = 8
CTR_HEALTH_NONE = 0
CTR_HEALTH_STARTING = 1
CTR_HEALTH_HEALTHY = 2
CTR_HEALTH_UNHEALTHY = 3
CTR_HEALTH_RESET = 4
CTR_HEALTH_STOPPED = 5
CTR_ARTIFACT_MAX = 67108864
CTR_STREAMS_STDIN = 1
CTR_STREAMS_STDOUT = 2
CTR_STREAMS_STDERR = 4
CTR_STREAM_STDIN = 0
CTR_STREAM_STDOUT = 1
CTR_STREAM_STDERR = 2
CTR_STREAM_GAP = 3
CTR_POD_ERROR = 0
CTR_POD_CREATED = 1
CTR_POD_RUNNING = 2
CTR_POD_DEGRADED = 3
CTR_POD_PAUSED = 4
CTR_POD_STOPPED = 5
CTR_POD_EXITED = 6


def CTR_WAIT_STATE(state):
    """The condition bit of a state, for struct ctr_wait_opts."""
    return 1 << state


class struct_ctr_error(Structure):
    """Opaque."""


class struct_ctr_op(Structure):
    """Opaque."""


class struct_ctr_engine(Structure):
    """Opaque."""


class struct_ctr_spec(Structure):
    """Opaque."""


class struct_ctr_container(Structure):
    """Opaque."""


class struct_ctr_container_list(Structure):
    """Opaque."""


class struct_ctr_status(Structure):
    """Opaque."""


class struct_ctr_events(Structure):
    """Opaque."""


class struct_ctr_log_reader(Structure):
    """Opaque."""


class struct_ctr_log_record(Structure):
    """Opaque."""


class struct_ctr_pod(Structure):
    """Opaque."""


class struct_ctr_pod_list(Structure):
    """Opaque."""


class struct_ctr_pod_status(Structure):
    """Opaque."""


ctr_error_t = POINTER(struct_ctr_error)
ctr_op_t = POINTER(struct_ctr_op)
ctr_engine_t = POINTER(struct_ctr_engine)
ctr_spec_t = POINTER(struct_ctr_spec)
ctr_container_t = POINTER(struct_ctr_container)
ctr_container_list_t = POINTER(struct_ctr_container_list)
ctr_status_t = POINTER(struct_ctr_status)
ctr_events_t = POINTER(struct_ctr_events)
ctr_log_reader_t = POINTER(struct_ctr_log_reader)
ctr_log_record_t = POINTER(struct_ctr_log_record)
ctr_pod_t = POINTER(struct_ctr_pod)
ctr_pod_list_t = POINTER(struct_ctr_pod_list)
ctr_pod_status_t = POINTER(struct_ctr_pod_status)
ctr_destroy_fn = CFUNCTYPE(None, c_void_p)
ctr_progress_fn = CFUNCTYPE(None, c_char_p, c_uint64, c_uint64, c_void_p)
ctr_log_fn = CFUNCTYPE(None, c_int32, c_char_p, c_char_p, c_char_p, c_void_p)
ctr_batch_fn = CFUNCTYPE(c_int, ctr_container_t, c_void_p, POINTER(ctr_error_t))


class ctr_engine_opts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("root", c_char_p),
        ("run_root", c_char_p),
        ("runtime", c_char_p),
        ("storage", c_char_p),
        ("network", c_char_p),
        ("monitor_mode", c_char_p),
        ("cgroup_manager", c_char_p),
        ("monitor_path", c_char_p),
        ("agent_path", c_char_p),
        ("hooks_dir", c_char_p),
        ("seccomp_profile", c_char_p),
        ("config_file", c_char_p),
        ("default_timeout_ns", c_uint64),
        ("default_stop_timeout_s", c_uint32),
        ("log_level", c_int32),
        ("log_fn", ctr_log_fn),
        ("log_userdata", c_void_p),
        ("log_destroy", ctr_destroy_fn),
        ("reserved1", c_uint64),
    ]


class ctr_recover_opts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("no_start", c_int32),
        ("dry_run", c_int32),
    ]


class ctr_start_opts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("recursive", c_int32),
        ("use_stdio", c_int32),
        ("stdin_fd", c_int32),
        ("stdout_fd", c_int32),
        ("stderr_fd", c_int32),
        ("reserved1", c_int32),
    ]


class ctr_stop_opts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("timeout_s", c_uint32),
        ("timeout_set", c_int32),
    ]


class ctr_remove_opts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("force", c_int32),
        ("volumes", c_int32),
        ("depend", c_int32),
        ("timeout_set", c_int32),
        ("timeout_s", c_uint32),
        ("reserved1", c_uint32),
    ]


class ctr_wait_opts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("conditions", c_uint64),
    ]


class ctr_list_opts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("filters", c_char_p),
        ("filters_len", c_size_t),
    ]


class ctr_events_opts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("filters", c_char_p),
        ("filters_len", c_size_t),
        ("after_id", c_uint64),
        ("since_ns", c_int64),
        ("until_ns", c_int64),
        ("follow", c_int32),
        ("reserved1", c_int32),
    ]


class ctr_log_opts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("cursor", c_char_p),
        ("since_ns", c_int64),
        ("until_ns", c_int64),
        ("tail", c_int64),
        ("streams", c_uint64),
        ("follow", c_int32),
        ("reserved1", c_int32),
    ]


ctr_free = lib.ctr_free
ctr_free.argtypes = [c_void_p]
ctr_free.restype = None
ctr_version = lib.ctr_version
ctr_version.argtypes = []
ctr_version.restype = c_char_p
ctr_has_feature = lib.ctr_has_feature
ctr_has_feature.argtypes = [c_char_p]
ctr_has_feature.restype = c_int
ctr_error_new = lib.ctr_error_new
ctr_error_new.argtypes = [c_int, c_char_p, ctr_error_t]
ctr_error_new.restype = ctr_error_t
ctr_error_ref = lib.ctr_error_ref
ctr_error_ref.argtypes = [ctr_error_t]
ctr_error_ref.restype = ctr_error_t
ctr_error_unref = lib.ctr_error_unref
ctr_error_unref.argtypes = [ctr_error_t]
ctr_error_unref.restype = ctr_error_t
ctr_error_clear = lib.ctr_error_clear
ctr_error_clear.argtypes = [POINTER(ctr_error_t)]
ctr_error_clear.restype = None
ctr_error_code = lib.ctr_error_code
ctr_error_code.argtypes = [ctr_error_t]
ctr_error_code.restype = c_int
ctr_error_errno = lib.ctr_error_errno
ctr_error_errno.argtypes = [ctr_error_t]
ctr_error_errno.restype = c_int
ctr_error_domain = lib.ctr_error_domain
ctr_error_domain.argtypes = [ctr_error_t]
ctr_error_domain.restype = c_char_p
ctr_error_message = lib.ctr_error_message
ctr_error_message.argtypes = [ctr_error_t]
ctr_error_message.restype = c_char_p
ctr_error_cause = lib.ctr_error_cause
ctr_error_cause.argtypes = [ctr_error_t]
ctr_error_cause.restype = ctr_error_t
ctr_error_retry = lib.ctr_error_retry
ctr_error_retry.argtypes = [ctr_error_t]
ctr_error_retry.restype = c_int32
ctr_error_detail = lib.ctr_error_detail
ctr_error_detail.argtypes = [ctr_error_t, c_char_p]
ctr_error_detail.restype = c_char_p
ctr_error_detail_count = lib.ctr_error_detail_count
ctr_error_detail_count.argtypes = [ctr_error_t]
ctr_error_detail_count.restype = c_size_t
ctr_error_detail_key = lib.ctr_error_detail_key
ctr_error_detail_key.argtypes = [ctr_error_t, c_size_t]
ctr_error_detail_key.restype = c_char_p
ctr_error_code_name = lib.ctr_error_code_name
ctr_error_code_name.argtypes = [c_int]
ctr_error_code_name.restype = c_char_p
ctr_error_format = lib.ctr_error_format
ctr_error_format.argtypes = [ctr_error_t]
ctr_error_format.restype = c_void_p
ctr_error_to_json = lib.ctr_error_to_json
ctr_error_to_json.argtypes = [ctr_error_t]
ctr_error_to_json.restype = c_void_p
ctr_op_new = lib.ctr_op_new
ctr_op_new.argtypes = [POINTER(ctr_op_t), POINTER(ctr_error_t)]
ctr_op_new.restype = c_int
ctr_op_ref = lib.ctr_op_ref
ctr_op_ref.argtypes = [ctr_op_t]
ctr_op_ref.restype = ctr_op_t
ctr_op_unref = lib.ctr_op_unref
ctr_op_unref.argtypes = [ctr_op_t]
ctr_op_unref.restype = ctr_op_t
ctr_op_set_timeout_ns = lib.ctr_op_set_timeout_ns
ctr_op_set_timeout_ns.argtypes = [ctr_op_t, c_uint64]
ctr_op_set_timeout_ns.restype = None
ctr_op_set_deadline_ns = lib.ctr_op_set_deadline_ns
ctr_op_set_deadline_ns.argtypes = [ctr_op_t, c_uint64]
ctr_op_set_deadline_ns.restype = None
ctr_op_cancel = lib.ctr_op_cancel
ctr_op_cancel.argtypes = [ctr_op_t]
ctr_op_cancel.restype = None
ctr_op_reset = lib.ctr_op_reset
ctr_op_reset.argtypes = [ctr_op_t]
ctr_op_reset.restype = None
ctr_op_set_progress = lib.ctr_op_set_progress
ctr_op_set_progress.argtypes = [ctr_op_t, ctr_progress_fn, c_void_p, ctr_destroy_fn]
ctr_op_set_progress.restype = None
ctr_op_set_interruptible = lib.ctr_op_set_interruptible
ctr_op_set_interruptible.argtypes = [ctr_op_t, c_int]
ctr_op_set_interruptible.restype = None
ctr_engine_opts_init = lib.ctr_engine_opts_init
ctr_engine_opts_init.argtypes = [POINTER(ctr_engine_opts), c_size_t]
ctr_engine_opts_init.restype = None
ctr_engine_open = lib.ctr_engine_open
ctr_engine_open.argtypes = [POINTER(ctr_engine_opts), ctr_op_t, POINTER(ctr_engine_t), POINTER(ctr_error_t)]
ctr_engine_open.restype = c_int
ctr_engine_ref = lib.ctr_engine_ref
ctr_engine_ref.argtypes = [ctr_engine_t]
ctr_engine_ref.restype = ctr_engine_t
ctr_engine_unref = lib.ctr_engine_unref
ctr_engine_unref.argtypes = [ctr_engine_t]
ctr_engine_unref.restype = ctr_engine_t
ctr_engine_info = lib.ctr_engine_info
ctr_engine_info.argtypes = [ctr_engine_t, ctr_op_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_engine_info.restype = c_int
ctr_engine_probe = lib.ctr_engine_probe
ctr_engine_probe.argtypes = [ctr_engine_t, ctr_op_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_engine_probe.restype = c_int
ctr_probe_host = lib.ctr_probe_host
ctr_probe_host.argtypes = [ctr_op_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_probe_host.restype = c_int
ctr_recover_opts_init = lib.ctr_recover_opts_init
ctr_recover_opts_init.argtypes = [POINTER(ctr_recover_opts), c_size_t]
ctr_recover_opts_init.restype = None
ctr_engine_recover = lib.ctr_engine_recover
ctr_engine_recover.argtypes = [ctr_engine_t, POINTER(ctr_recover_opts), ctr_op_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_engine_recover.restype = c_int
ctr_engine_lock_audit = lib.ctr_engine_lock_audit
ctr_engine_lock_audit.argtypes = [ctr_engine_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_engine_lock_audit.restype = c_int
ctr_spec_new = lib.ctr_spec_new
ctr_spec_new.argtypes = [POINTER(ctr_spec_t), POINTER(ctr_error_t)]
ctr_spec_new.restype = c_int
ctr_spec_from_json = lib.ctr_spec_from_json
ctr_spec_from_json.argtypes = [c_char_p, c_size_t, POINTER(ctr_spec_t), POINTER(ctr_error_t)]
ctr_spec_from_json.restype = c_int
ctr_spec_to_json = lib.ctr_spec_to_json
ctr_spec_to_json.argtypes = [ctr_spec_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_spec_to_json.restype = c_int
ctr_spec_ref = lib.ctr_spec_ref
ctr_spec_ref.argtypes = [ctr_spec_t]
ctr_spec_ref.restype = ctr_spec_t
ctr_spec_unref = lib.ctr_spec_unref
ctr_spec_unref.argtypes = [ctr_spec_t]
ctr_spec_unref.restype = ctr_spec_t
ctr_spec_set_json = lib.ctr_spec_set_json
ctr_spec_set_json.argtypes = [ctr_spec_t, c_char_p, c_char_p, c_size_t, POINTER(ctr_error_t)]
ctr_spec_set_json.restype = c_int
ctr_spec_set_name = lib.ctr_spec_set_name
ctr_spec_set_name.argtypes = [ctr_spec_t, c_char_p, POINTER(ctr_error_t)]
ctr_spec_set_name.restype = c_int
ctr_spec_set_rootfs = lib.ctr_spec_set_rootfs
ctr_spec_set_rootfs.argtypes = [ctr_spec_t, c_char_p, POINTER(ctr_error_t)]
ctr_spec_set_rootfs.restype = c_int
ctr_spec_set_hostname = lib.ctr_spec_set_hostname
ctr_spec_set_hostname.argtypes = [ctr_spec_t, c_char_p, POINTER(ctr_error_t)]
ctr_spec_set_hostname.restype = c_int
ctr_spec_set_user = lib.ctr_spec_set_user
ctr_spec_set_user.argtypes = [ctr_spec_t, c_char_p, POINTER(ctr_error_t)]
ctr_spec_set_user.restype = c_int
ctr_spec_set_workdir = lib.ctr_spec_set_workdir
ctr_spec_set_workdir.argtypes = [ctr_spec_t, c_char_p, POINTER(ctr_error_t)]
ctr_spec_set_workdir.restype = c_int
ctr_spec_set_stop_signal = lib.ctr_spec_set_stop_signal
ctr_spec_set_stop_signal.argtypes = [ctr_spec_t, c_int, POINTER(ctr_error_t)]
ctr_spec_set_stop_signal.restype = c_int
ctr_spec_set_stop_timeout = lib.ctr_spec_set_stop_timeout
ctr_spec_set_stop_timeout.argtypes = [ctr_spec_t, c_uint32, POINTER(ctr_error_t)]
ctr_spec_set_stop_timeout.restype = c_int
ctr_spec_set_read_only = lib.ctr_spec_set_read_only
ctr_spec_set_read_only.argtypes = [ctr_spec_t, c_int, POINTER(ctr_error_t)]
ctr_spec_set_read_only.restype = c_int
ctr_spec_set_privileged = lib.ctr_spec_set_privileged
ctr_spec_set_privileged.argtypes = [ctr_spec_t, c_int, POINTER(ctr_error_t)]
ctr_spec_set_privileged.restype = c_int
ctr_spec_set_command = lib.ctr_spec_set_command
ctr_spec_set_command.argtypes = [ctr_spec_t, POINTER(c_char_p), POINTER(ctr_error_t)]
ctr_spec_set_command.restype = c_int
ctr_spec_set_entrypoint = lib.ctr_spec_set_entrypoint
ctr_spec_set_entrypoint.argtypes = [ctr_spec_t, POINTER(c_char_p), POINTER(ctr_error_t)]
ctr_spec_set_entrypoint.restype = c_int
ctr_spec_set_env = lib.ctr_spec_set_env
ctr_spec_set_env.argtypes = [ctr_spec_t, c_char_p, c_char_p, POINTER(ctr_error_t)]
ctr_spec_set_env.restype = c_int
ctr_spec_set_label = lib.ctr_spec_set_label
ctr_spec_set_label.argtypes = [ctr_spec_t, c_char_p, c_char_p, POINTER(ctr_error_t)]
ctr_spec_set_label.restype = c_int
ctr_spec_set_annotation = lib.ctr_spec_set_annotation
ctr_spec_set_annotation.argtypes = [ctr_spec_t, c_char_p, c_char_p, POINTER(ctr_error_t)]
ctr_spec_set_annotation.restype = c_int
ctr_spec_set_sysctl = lib.ctr_spec_set_sysctl
ctr_spec_set_sysctl.argtypes = [ctr_spec_t, c_char_p, c_char_p, POINTER(ctr_error_t)]
ctr_spec_set_sysctl.restype = c_int
ctr_spec_add_mount = lib.ctr_spec_add_mount
ctr_spec_add_mount.argtypes = [ctr_spec_t, c_char_p, c_char_p, c_char_p, c_char_p, POINTER(ctr_error_t)]
ctr_spec_add_mount.restype = c_int
ctr_spec_add_cap = lib.ctr_spec_add_cap
ctr_spec_add_cap.argtypes = [ctr_spec_t, c_char_p, POINTER(ctr_error_t)]
ctr_spec_add_cap.restype = c_int
ctr_spec_drop_cap = lib.ctr_spec_drop_cap
ctr_spec_drop_cap.argtypes = [ctr_spec_t, c_char_p, POINTER(ctr_error_t)]
ctr_spec_drop_cap.restype = c_int
ctr_start_opts_init = lib.ctr_start_opts_init
ctr_start_opts_init.argtypes = [POINTER(ctr_start_opts), c_size_t]
ctr_start_opts_init.restype = None
ctr_stop_opts_init = lib.ctr_stop_opts_init
ctr_stop_opts_init.argtypes = [POINTER(ctr_stop_opts), c_size_t]
ctr_stop_opts_init.restype = None
ctr_remove_opts_init = lib.ctr_remove_opts_init
ctr_remove_opts_init.argtypes = [POINTER(ctr_remove_opts), c_size_t]
ctr_remove_opts_init.restype = None
ctr_wait_opts_init = lib.ctr_wait_opts_init
ctr_wait_opts_init.argtypes = [POINTER(ctr_wait_opts), c_size_t]
ctr_wait_opts_init.restype = None
ctr_list_opts_init = lib.ctr_list_opts_init
ctr_list_opts_init.argtypes = [POINTER(ctr_list_opts), c_size_t]
ctr_list_opts_init.restype = None
ctr_container_create = lib.ctr_container_create
ctr_container_create.argtypes = [ctr_engine_t, ctr_spec_t, ctr_op_t, POINTER(ctr_container_t), POINTER(ctr_error_t)]
ctr_container_create.restype = c_int
ctr_container_open = lib.ctr_container_open
ctr_container_open.argtypes = [ctr_engine_t, c_char_p, POINTER(ctr_container_t), POINTER(ctr_error_t)]
ctr_container_open.restype = c_int
ctr_container_ref = lib.ctr_container_ref
ctr_container_ref.argtypes = [ctr_container_t]
ctr_container_ref.restype = ctr_container_t
ctr_container_unref = lib.ctr_container_unref
ctr_container_unref.argtypes = [ctr_container_t]
ctr_container_unref.restype = ctr_container_t
ctr_container_id = lib.ctr_container_id
ctr_container_id.argtypes = [ctr_container_t]
ctr_container_id.restype = c_char_p
ctr_container_name = lib.ctr_container_name
ctr_container_name.argtypes = [ctr_container_t]
ctr_container_name.restype = c_char_p
ctr_container_init = lib.ctr_container_init
ctr_container_init.argtypes = [ctr_container_t, POINTER(ctr_start_opts), ctr_op_t, POINTER(ctr_error_t)]
ctr_container_init.restype = c_int
ctr_container_start = lib.ctr_container_start
ctr_container_start.argtypes = [ctr_container_t, POINTER(ctr_start_opts), ctr_op_t, POINTER(ctr_error_t)]
ctr_container_start.restype = c_int
ctr_container_kill = lib.ctr_container_kill
ctr_container_kill.argtypes = [ctr_container_t, c_int, ctr_op_t, POINTER(ctr_error_t)]
ctr_container_kill.restype = c_int
ctr_container_pause = lib.ctr_container_pause
ctr_container_pause.argtypes = [ctr_container_t, ctr_op_t, POINTER(ctr_error_t)]
ctr_container_pause.restype = c_int
ctr_container_unpause = lib.ctr_container_unpause
ctr_container_unpause.argtypes = [ctr_container_t, ctr_op_t, POINTER(ctr_error_t)]
ctr_container_unpause.restype = c_int
ctr_container_stop = lib.ctr_container_stop
ctr_container_stop.argtypes = [ctr_container_t, POINTER(ctr_stop_opts), ctr_op_t, POINTER(ctr_error_t)]
ctr_container_stop.restype = c_int
ctr_containers_stop_many = lib.ctr_containers_stop_many
ctr_containers_stop_many.argtypes = [POINTER(ctr_container_t), c_size_t, POINTER(ctr_stop_opts), ctr_op_t, POINTER(ctr_error_t)]
ctr_containers_stop_many.restype = c_int
ctr_container_restart = lib.ctr_container_restart
ctr_container_restart.argtypes = [ctr_container_t, POINTER(ctr_stop_opts), ctr_op_t, POINTER(ctr_error_t)]
ctr_container_restart.restype = c_int
ctr_container_should_restart = lib.ctr_container_should_restart
ctr_container_should_restart.argtypes = [ctr_container_t, ctr_op_t, POINTER(c_int), POINTER(ctr_error_t)]
ctr_container_should_restart.restype = c_int
ctr_container_should_start_on_boot = lib.ctr_container_should_start_on_boot
ctr_container_should_start_on_boot.argtypes = [ctr_container_t, ctr_op_t, POINTER(c_int), POINTER(ctr_error_t)]
ctr_container_should_start_on_boot.restype = c_int
ctr_container_wait = lib.ctr_container_wait
ctr_container_wait.argtypes = [ctr_container_t, POINTER(ctr_wait_opts), ctr_op_t, POINTER(c_int32), POINTER(ctr_error_t)]
ctr_container_wait.restype = c_int
ctr_container_exit_fd = lib.ctr_container_exit_fd
ctr_container_exit_fd.argtypes = [ctr_container_t, POINTER(c_int), POINTER(ctr_error_t)]
ctr_container_exit_fd.restype = c_int
ctr_container_status = lib.ctr_container_status
ctr_container_status.argtypes = [ctr_container_t, ctr_op_t, POINTER(ctr_status_t), POINTER(ctr_error_t)]
ctr_container_status.restype = c_int
ctr_container_inspect = lib.ctr_container_inspect
ctr_container_inspect.argtypes = [ctr_container_t, ctr_op_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_container_inspect.restype = c_int
ctr_container_sync = lib.ctr_container_sync
ctr_container_sync.argtypes = [ctr_container_t, ctr_op_t, POINTER(ctr_error_t)]
ctr_container_sync.restype = c_int
ctr_container_cleanup = lib.ctr_container_cleanup
ctr_container_cleanup.argtypes = [ctr_container_t, c_int, ctr_op_t, POINTER(ctr_error_t)]
ctr_container_cleanup.restype = c_int
ctr_container_remove = lib.ctr_container_remove
ctr_container_remove.argtypes = [ctr_container_t, POINTER(ctr_remove_opts), ctr_op_t, POINTER(ctr_error_t)]
ctr_container_remove.restype = c_int
ctr_container_rename = lib.ctr_container_rename
ctr_container_rename.argtypes = [ctr_container_t, c_char_p, ctr_op_t, POINTER(ctr_error_t)]
ctr_container_rename.restype = c_int
ctr_container_batch = lib.ctr_container_batch
ctr_container_batch.argtypes = [ctr_container_t, ctr_batch_fn, c_void_p, ctr_op_t, POINTER(ctr_error_t)]
ctr_container_batch.restype = c_int
ctr_container_list = lib.ctr_container_list
ctr_container_list.argtypes = [ctr_engine_t, POINTER(ctr_list_opts), ctr_op_t, POINTER(ctr_container_list_t), POINTER(ctr_error_t)]
ctr_container_list.restype = c_int
ctr_container_list_count = lib.ctr_container_list_count
ctr_container_list_count.argtypes = [ctr_container_list_t]
ctr_container_list_count.restype = c_size_t
ctr_container_list_get = lib.ctr_container_list_get
ctr_container_list_get.argtypes = [ctr_container_list_t, c_size_t]
ctr_container_list_get.restype = ctr_container_t
ctr_container_list_status = lib.ctr_container_list_status
ctr_container_list_status.argtypes = [ctr_container_list_t, c_size_t]
ctr_container_list_status.restype = ctr_status_t
ctr_container_list_ref = lib.ctr_container_list_ref
ctr_container_list_ref.argtypes = [ctr_container_list_t]
ctr_container_list_ref.restype = ctr_container_list_t
ctr_container_list_unref = lib.ctr_container_list_unref
ctr_container_list_unref.argtypes = [ctr_container_list_t]
ctr_container_list_unref.restype = ctr_container_list_t
ctr_state_name = lib.ctr_state_name
ctr_state_name.argtypes = [c_int32]
ctr_state_name.restype = c_char_p
ctr_state_from_name = lib.ctr_state_from_name
ctr_state_from_name.argtypes = [c_char_p, POINTER(c_int32), POINTER(ctr_error_t)]
ctr_state_from_name.restype = c_int
ctr_status_ref = lib.ctr_status_ref
ctr_status_ref.argtypes = [ctr_status_t]
ctr_status_ref.restype = ctr_status_t
ctr_status_unref = lib.ctr_status_unref
ctr_status_unref.argtypes = [ctr_status_t]
ctr_status_unref.restype = ctr_status_t
ctr_status_id = lib.ctr_status_id
ctr_status_id.argtypes = [ctr_status_t]
ctr_status_id.restype = c_char_p
ctr_status_name = lib.ctr_status_name
ctr_status_name.argtypes = [ctr_status_t]
ctr_status_name.restype = c_char_p
ctr_status_image = lib.ctr_status_image
ctr_status_image.argtypes = [ctr_status_t]
ctr_status_image.restype = c_char_p
ctr_status_pod_id = lib.ctr_status_pod_id
ctr_status_pod_id.argtypes = [ctr_status_t]
ctr_status_pod_id.restype = c_char_p
ctr_status_error = lib.ctr_status_error
ctr_status_error.argtypes = [ctr_status_t]
ctr_status_error.restype = c_char_p
ctr_status_runtime = lib.ctr_status_runtime
ctr_status_runtime.argtypes = [ctr_status_t]
ctr_status_runtime.restype = c_char_p
ctr_status_log_path = lib.ctr_status_log_path
ctr_status_log_path.argtypes = [ctr_status_t]
ctr_status_log_path.restype = c_char_p
ctr_status_label = lib.ctr_status_label
ctr_status_label.argtypes = [ctr_status_t, c_char_p]
ctr_status_label.restype = c_char_p
ctr_status_state = lib.ctr_status_state
ctr_status_state.argtypes = [ctr_status_t]
ctr_status_state.restype = c_int32
ctr_status_health = lib.ctr_status_health
ctr_status_health.argtypes = [ctr_status_t]
ctr_status_health.restype = c_int32
ctr_status_pid = lib.ctr_status_pid
ctr_status_pid.argtypes = [ctr_status_t]
ctr_status_pid.restype = c_int32
ctr_status_exit_code = lib.ctr_status_exit_code
ctr_status_exit_code.argtypes = [ctr_status_t]
ctr_status_exit_code.restype = c_int32
ctr_status_exit_signal = lib.ctr_status_exit_signal
ctr_status_exit_signal.argtypes = [ctr_status_t]
ctr_status_exit_signal.restype = c_int32
ctr_status_exit_known = lib.ctr_status_exit_known
ctr_status_exit_known.argtypes = [ctr_status_t]
ctr_status_exit_known.restype = c_int
ctr_status_oom_killed = lib.ctr_status_oom_killed
ctr_status_oom_killed.argtypes = [ctr_status_t]
ctr_status_oom_killed.restype = c_int
ctr_status_stopped_by_user = lib.ctr_status_stopped_by_user
ctr_status_stopped_by_user.argtypes = [ctr_status_t]
ctr_status_stopped_by_user.restype = c_int
ctr_status_mounted = lib.ctr_status_mounted
ctr_status_mounted.argtypes = [ctr_status_t]
ctr_status_mounted.restype = c_int
ctr_status_terminal = lib.ctr_status_terminal
ctr_status_terminal.argtypes = [ctr_status_t]
ctr_status_terminal.restype = c_int
ctr_status_auto_remove = lib.ctr_status_auto_remove
ctr_status_auto_remove.argtypes = [ctr_status_t]
ctr_status_auto_remove.restype = c_int
ctr_status_created_ns = lib.ctr_status_created_ns
ctr_status_created_ns.argtypes = [ctr_status_t]
ctr_status_created_ns.restype = c_int64
ctr_status_started_ns = lib.ctr_status_started_ns
ctr_status_started_ns.argtypes = [ctr_status_t]
ctr_status_started_ns.restype = c_int64
ctr_status_finished_ns = lib.ctr_status_finished_ns
ctr_status_finished_ns.argtypes = [ctr_status_t]
ctr_status_finished_ns.restype = c_int64
ctr_status_restart_count = lib.ctr_status_restart_count
ctr_status_restart_count.argtypes = [ctr_status_t]
ctr_status_restart_count.restype = c_uint32
ctr_status_run = lib.ctr_status_run
ctr_status_run.argtypes = [ctr_status_t]
ctr_status_run.restype = c_uint64
ctr_status_to_json = lib.ctr_status_to_json
ctr_status_to_json.argtypes = [ctr_status_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_status_to_json.restype = c_int
ctr_container_artifact_add = lib.ctr_container_artifact_add
ctr_container_artifact_add.argtypes = [ctr_container_t, c_char_p, c_void_p, c_size_t, POINTER(ctr_error_t)]
ctr_container_artifact_add.restype = c_int
ctr_container_artifact_get = lib.ctr_container_artifact_get
ctr_container_artifact_get.argtypes = [ctr_container_t, c_char_p, POINTER(c_void_p), POINTER(c_size_t), POINTER(ctr_error_t)]
ctr_container_artifact_get.restype = c_int
ctr_container_artifact_remove = lib.ctr_container_artifact_remove
ctr_container_artifact_remove.argtypes = [ctr_container_t, c_char_p, POINTER(ctr_error_t)]
ctr_container_artifact_remove.restype = c_int
ctr_container_artifact_list = lib.ctr_container_artifact_list
ctr_container_artifact_list.argtypes = [ctr_container_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_container_artifact_list.restype = c_int
ctr_container_update = lib.ctr_container_update
ctr_container_update.argtypes = [ctr_container_t, c_char_p, c_size_t, ctr_op_t, POINTER(ctr_error_t)]
ctr_container_update.restype = c_int
ctr_container_stats = lib.ctr_container_stats
ctr_container_stats.argtypes = [ctr_container_t, ctr_op_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_container_stats.restype = c_int
ctr_container_top = lib.ctr_container_top
ctr_container_top.argtypes = [ctr_container_t, ctr_op_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_container_top.restype = c_int
ctr_events_opts_init = lib.ctr_events_opts_init
ctr_events_opts_init.argtypes = [POINTER(ctr_events_opts), c_size_t]
ctr_events_opts_init.restype = None
ctr_events_open = lib.ctr_events_open
ctr_events_open.argtypes = [ctr_engine_t, POINTER(ctr_events_opts), ctr_op_t, POINTER(ctr_events_t), POINTER(ctr_error_t)]
ctr_events_open.restype = c_int
ctr_events_ref = lib.ctr_events_ref
ctr_events_ref.argtypes = [ctr_events_t]
ctr_events_ref.restype = ctr_events_t
ctr_events_unref = lib.ctr_events_unref
ctr_events_unref.argtypes = [ctr_events_t]
ctr_events_unref.restype = ctr_events_t
ctr_events_fd = lib.ctr_events_fd
ctr_events_fd.argtypes = [ctr_events_t]
ctr_events_fd.restype = c_int
ctr_events_next = lib.ctr_events_next
ctr_events_next.argtypes = [ctr_events_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_events_next.restype = c_int
ctr_events_wait = lib.ctr_events_wait
ctr_events_wait.argtypes = [ctr_events_t, ctr_op_t, POINTER(ctr_error_t)]
ctr_events_wait.restype = c_int
ctr_log_opts_init = lib.ctr_log_opts_init
ctr_log_opts_init.argtypes = [POINTER(ctr_log_opts), c_size_t]
ctr_log_opts_init.restype = None
ctr_container_logs = lib.ctr_container_logs
ctr_container_logs.argtypes = [ctr_container_t, POINTER(ctr_log_opts), ctr_op_t, POINTER(ctr_log_reader_t), POINTER(ctr_error_t)]
ctr_container_logs.restype = c_int
ctr_log_reader_ref = lib.ctr_log_reader_ref
ctr_log_reader_ref.argtypes = [ctr_log_reader_t]
ctr_log_reader_ref.restype = ctr_log_reader_t
ctr_log_reader_unref = lib.ctr_log_reader_unref
ctr_log_reader_unref.argtypes = [ctr_log_reader_t]
ctr_log_reader_unref.restype = ctr_log_reader_t
ctr_log_reader_fd = lib.ctr_log_reader_fd
ctr_log_reader_fd.argtypes = [ctr_log_reader_t]
ctr_log_reader_fd.restype = c_int
ctr_log_reader_next = lib.ctr_log_reader_next
ctr_log_reader_next.argtypes = [ctr_log_reader_t, POINTER(ctr_log_record_t), POINTER(ctr_error_t)]
ctr_log_reader_next.restype = c_int
ctr_log_reader_wait = lib.ctr_log_reader_wait
ctr_log_reader_wait.argtypes = [ctr_log_reader_t, ctr_op_t, POINTER(ctr_error_t)]
ctr_log_reader_wait.restype = c_int
ctr_log_record_ref = lib.ctr_log_record_ref
ctr_log_record_ref.argtypes = [ctr_log_record_t]
ctr_log_record_ref.restype = ctr_log_record_t
ctr_log_record_unref = lib.ctr_log_record_unref
ctr_log_record_unref.argtypes = [ctr_log_record_t]
ctr_log_record_unref.restype = ctr_log_record_t
ctr_log_record_data = lib.ctr_log_record_data
ctr_log_record_data.argtypes = [ctr_log_record_t, POINTER(c_size_t)]
ctr_log_record_data.restype = c_void_p
ctr_log_record_stream = lib.ctr_log_record_stream
ctr_log_record_stream.argtypes = [ctr_log_record_t]
ctr_log_record_stream.restype = c_int32
ctr_log_record_time_ns = lib.ctr_log_record_time_ns
ctr_log_record_time_ns.argtypes = [ctr_log_record_t]
ctr_log_record_time_ns.restype = c_int64
ctr_log_record_seq = lib.ctr_log_record_seq
ctr_log_record_seq.argtypes = [ctr_log_record_t]
ctr_log_record_seq.restype = c_uint64
ctr_log_record_partial = lib.ctr_log_record_partial
ctr_log_record_partial.argtypes = [ctr_log_record_t]
ctr_log_record_partial.restype = c_int
ctr_log_record_cursor = lib.ctr_log_record_cursor
ctr_log_record_cursor.argtypes = [ctr_log_record_t]
ctr_log_record_cursor.restype = c_char_p
ctr_pod_state_name = lib.ctr_pod_state_name
ctr_pod_state_name.argtypes = [c_int32]
ctr_pod_state_name.restype = c_char_p
ctr_pod_create = lib.ctr_pod_create
ctr_pod_create.argtypes = [ctr_engine_t, c_char_p, c_size_t, ctr_op_t, POINTER(ctr_pod_t), POINTER(ctr_error_t)]
ctr_pod_create.restype = c_int
ctr_pod_open = lib.ctr_pod_open
ctr_pod_open.argtypes = [ctr_engine_t, c_char_p, POINTER(ctr_pod_t), POINTER(ctr_error_t)]
ctr_pod_open.restype = c_int
ctr_pod_ref = lib.ctr_pod_ref
ctr_pod_ref.argtypes = [ctr_pod_t]
ctr_pod_ref.restype = ctr_pod_t
ctr_pod_unref = lib.ctr_pod_unref
ctr_pod_unref.argtypes = [ctr_pod_t]
ctr_pod_unref.restype = ctr_pod_t
ctr_pod_id = lib.ctr_pod_id
ctr_pod_id.argtypes = [ctr_pod_t]
ctr_pod_id.restype = c_char_p
ctr_pod_name = lib.ctr_pod_name
ctr_pod_name.argtypes = [ctr_pod_t]
ctr_pod_name.restype = c_char_p
ctr_pod_start = lib.ctr_pod_start
ctr_pod_start.argtypes = [ctr_pod_t, ctr_op_t, POINTER(ctr_error_t)]
ctr_pod_start.restype = c_int
ctr_pod_stop = lib.ctr_pod_stop
ctr_pod_stop.argtypes = [ctr_pod_t, POINTER(ctr_stop_opts), ctr_op_t, POINTER(ctr_error_t)]
ctr_pod_stop.restype = c_int
ctr_pod_kill = lib.ctr_pod_kill
ctr_pod_kill.argtypes = [ctr_pod_t, c_int, ctr_op_t, POINTER(ctr_error_t)]
ctr_pod_kill.restype = c_int
ctr_pod_restart = lib.ctr_pod_restart
ctr_pod_restart.argtypes = [ctr_pod_t, POINTER(ctr_stop_opts), ctr_op_t, POINTER(ctr_error_t)]
ctr_pod_restart.restype = c_int
ctr_pod_pause = lib.ctr_pod_pause
ctr_pod_pause.argtypes = [ctr_pod_t, ctr_op_t, POINTER(ctr_error_t)]
ctr_pod_pause.restype = c_int
ctr_pod_unpause = lib.ctr_pod_unpause
ctr_pod_unpause.argtypes = [ctr_pod_t, ctr_op_t, POINTER(ctr_error_t)]
ctr_pod_unpause.restype = c_int
ctr_pod_remove = lib.ctr_pod_remove
ctr_pod_remove.argtypes = [ctr_pod_t, POINTER(ctr_remove_opts), ctr_op_t, POINTER(ctr_error_t)]
ctr_pod_remove.restype = c_int
ctr_pod_status = lib.ctr_pod_status
ctr_pod_status.argtypes = [ctr_pod_t, ctr_op_t, POINTER(ctr_pod_status_t), POINTER(ctr_error_t)]
ctr_pod_status.restype = c_int
ctr_pod_status_ref = lib.ctr_pod_status_ref
ctr_pod_status_ref.argtypes = [ctr_pod_status_t]
ctr_pod_status_ref.restype = ctr_pod_status_t
ctr_pod_status_unref = lib.ctr_pod_status_unref
ctr_pod_status_unref.argtypes = [ctr_pod_status_t]
ctr_pod_status_unref.restype = ctr_pod_status_t
ctr_pod_status_state = lib.ctr_pod_status_state
ctr_pod_status_state.argtypes = [ctr_pod_status_t]
ctr_pod_status_state.restype = c_int32
ctr_pod_inspect = lib.ctr_pod_inspect
ctr_pod_inspect.argtypes = [ctr_pod_t, ctr_op_t, POINTER(c_void_p), POINTER(ctr_error_t)]
ctr_pod_inspect.restype = c_int
ctr_pod_list = lib.ctr_pod_list
ctr_pod_list.argtypes = [ctr_engine_t, POINTER(ctr_list_opts), ctr_op_t, POINTER(ctr_pod_list_t), POINTER(ctr_error_t)]
ctr_pod_list.restype = c_int
ctr_pod_list_count = lib.ctr_pod_list_count
ctr_pod_list_count.argtypes = [ctr_pod_list_t]
ctr_pod_list_count.restype = c_size_t
ctr_pod_list_get = lib.ctr_pod_list_get
ctr_pod_list_get.argtypes = [ctr_pod_list_t, c_size_t]
ctr_pod_list_get.restype = ctr_pod_t
ctr_pod_list_ref = lib.ctr_pod_list_ref
ctr_pod_list_ref.argtypes = [ctr_pod_list_t]
ctr_pod_list_ref.restype = ctr_pod_list_t
ctr_pod_list_unref = lib.ctr_pod_list_unref
ctr_pod_list_unref.argtypes = [ctr_pod_list_t]
ctr_pod_list_unref.restype = ctr_pod_list_t

FUNCTIONS = (
    "ctr_free",
    "ctr_version",
    "ctr_has_feature",
    "ctr_error_new",
    "ctr_error_ref",
    "ctr_error_unref",
    "ctr_error_clear",
    "ctr_error_code",
    "ctr_error_errno",
    "ctr_error_domain",
    "ctr_error_message",
    "ctr_error_cause",
    "ctr_error_retry",
    "ctr_error_detail",
    "ctr_error_detail_count",
    "ctr_error_detail_key",
    "ctr_error_code_name",
    "ctr_error_format",
    "ctr_error_to_json",
    "ctr_op_new",
    "ctr_op_ref",
    "ctr_op_unref",
    "ctr_op_set_timeout_ns",
    "ctr_op_set_deadline_ns",
    "ctr_op_cancel",
    "ctr_op_reset",
    "ctr_op_set_progress",
    "ctr_op_set_interruptible",
    "ctr_engine_opts_init",
    "ctr_engine_open",
    "ctr_engine_ref",
    "ctr_engine_unref",
    "ctr_engine_info",
    "ctr_engine_probe",
    "ctr_probe_host",
    "ctr_recover_opts_init",
    "ctr_engine_recover",
    "ctr_engine_lock_audit",
    "ctr_spec_new",
    "ctr_spec_from_json",
    "ctr_spec_to_json",
    "ctr_spec_ref",
    "ctr_spec_unref",
    "ctr_spec_set_json",
    "ctr_spec_set_name",
    "ctr_spec_set_rootfs",
    "ctr_spec_set_hostname",
    "ctr_spec_set_user",
    "ctr_spec_set_workdir",
    "ctr_spec_set_stop_signal",
    "ctr_spec_set_stop_timeout",
    "ctr_spec_set_read_only",
    "ctr_spec_set_privileged",
    "ctr_spec_set_command",
    "ctr_spec_set_entrypoint",
    "ctr_spec_set_env",
    "ctr_spec_set_label",
    "ctr_spec_set_annotation",
    "ctr_spec_set_sysctl",
    "ctr_spec_add_mount",
    "ctr_spec_add_cap",
    "ctr_spec_drop_cap",
    "ctr_start_opts_init",
    "ctr_stop_opts_init",
    "ctr_remove_opts_init",
    "ctr_wait_opts_init",
    "ctr_list_opts_init",
    "ctr_container_create",
    "ctr_container_open",
    "ctr_container_ref",
    "ctr_container_unref",
    "ctr_container_id",
    "ctr_container_name",
    "ctr_container_init",
    "ctr_container_start",
    "ctr_container_kill",
    "ctr_container_pause",
    "ctr_container_unpause",
    "ctr_container_stop",
    "ctr_containers_stop_many",
    "ctr_container_restart",
    "ctr_container_should_restart",
    "ctr_container_should_start_on_boot",
    "ctr_container_wait",
    "ctr_container_exit_fd",
    "ctr_container_status",
    "ctr_container_inspect",
    "ctr_container_sync",
    "ctr_container_cleanup",
    "ctr_container_remove",
    "ctr_container_rename",
    "ctr_container_batch",
    "ctr_container_list",
    "ctr_container_list_count",
    "ctr_container_list_get",
    "ctr_container_list_status",
    "ctr_container_list_ref",
    "ctr_container_list_unref",
    "ctr_state_name",
    "ctr_state_from_name",
    "ctr_status_ref",
    "ctr_status_unref",
    "ctr_status_id",
    "ctr_status_name",
    "ctr_status_image",
    "ctr_status_pod_id",
    "ctr_status_error",
    "ctr_status_runtime",
    "ctr_status_log_path",
    "ctr_status_label",
    "ctr_status_state",
    "ctr_status_health",
    "ctr_status_pid",
    "ctr_status_exit_code",
    "ctr_status_exit_signal",
    "ctr_status_exit_known",
    "ctr_status_oom_killed",
    "ctr_status_stopped_by_user",
    "ctr_status_mounted",
    "ctr_status_terminal",
    "ctr_status_auto_remove",
    "ctr_status_created_ns",
    "ctr_status_started_ns",
    "ctr_status_finished_ns",
    "ctr_status_restart_count",
    "ctr_status_run",
    "ctr_status_to_json",
    "ctr_container_artifact_add",
    "ctr_container_artifact_get",
    "ctr_container_artifact_remove",
    "ctr_container_artifact_list",
    "ctr_container_update",
    "ctr_container_stats",
    "ctr_container_top",
    "ctr_events_opts_init",
    "ctr_events_open",
    "ctr_events_ref",
    "ctr_events_unref",
    "ctr_events_fd",
    "ctr_events_next",
    "ctr_events_wait",
    "ctr_log_opts_init",
    "ctr_container_logs",
    "ctr_log_reader_ref",
    "ctr_log_reader_unref",
    "ctr_log_reader_fd",
    "ctr_log_reader_next",
    "ctr_log_reader_wait",
    "ctr_log_record_ref",
    "ctr_log_record_unref",
    "ctr_log_record_data",
    "ctr_log_record_stream",
    "ctr_log_record_time_ns",
    "ctr_log_record_seq",
    "ctr_log_record_partial",
    "ctr_log_record_cursor",
    "ctr_pod_state_name",
    "ctr_pod_create",
    "ctr_pod_open",
    "ctr_pod_ref",
    "ctr_pod_unref",
    "ctr_pod_id",
    "ctr_pod_name",
    "ctr_pod_start",
    "ctr_pod_stop",
    "ctr_pod_kill",
    "ctr_pod_restart",
    "ctr_pod_pause",
    "ctr_pod_unpause",
    "ctr_pod_remove",
    "ctr_pod_status",
    "ctr_pod_status_ref",
    "ctr_pod_status_unref",
    "ctr_pod_status_state",
    "ctr_pod_inspect",
    "ctr_pod_list",
    "ctr_pod_list_count",
    "ctr_pod_list_get",
    "ctr_pod_list_ref",
    "ctr_pod_list_unref",
)

class CtrError(Exception):
    """A failed call: code (one of CTR_ERR_*), name ("TIMEOUT"), details {key: text}; str() is the whole sentence."""

    def __init__(self, code, err):
        self.code = code
        self.name = ctr_error_code_name(code).decode()
        keys = [ctr_error_detail_key(err, i) for i in range(ctr_error_detail_count(err))] if err else []
        self.details = {k.decode(): ctr_error_detail(err, k).decode("utf-8", "replace") for k in keys}
        super().__init__(self.name + ": " + (take_text(ctr_error_format(err)) if err else ""))


def take_text(pointer):
    """The str behind a char * that is ours, which is freed."""
    value = pointer if isinstance(pointer, int) or pointer is None else ctypes.cast(pointer, c_void_p).value
    if not value:
        return ""
    text = ctypes.string_at(value).decode("utf-8", "replace")
    ctr_free(value)
    return text


def call(function, *args):
    """function(*args, &err); raises CtrError when it does not answer 0."""
    err = ctr_error_t()
    code = function(*args, byref(err))
    if code != 0:
        try:
            raise CtrError(code, err)
        finally:
            ctr_error_unref(err)


def out(kind, function, *args):
    """function(*args, &result, &err): the result, of the ctypes type kind."""
    result = kind()
    call(function, *args, byref(result))
    return result


def out_json(function, *args):
    """function(*args, &json, &err): the text."""
    return take_text(out(c_void_p, function, *args))


def options(kind, **fields):
    """An option struct, initialised, with fields set."""
    opts = kind()
    opts.size = ctypes.sizeof(kind)
    for name, value in fields.items():
        if name not in dict(kind._fields_):
            raise TypeError(kind.__name__ + " has no field " + name)
        setattr(opts, name, value.encode() if isinstance(value, str) else value)
    return opts


def argv(words):
    """A NULL-ended array of texts."""
    return (c_char_p * (len(words) + 1))(*[w.encode() if isinstance(w, str) else w for w in words], None)
