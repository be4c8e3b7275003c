/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of every option struct on LP64, asserted field by field. What stands here never changes; new fields are appended. */
#include <libctr/libctr.h>

#ifdef __cplusplus
#define ASSERT(x) static_assert(x, #x)
#else
#define ASSERT(x) _Static_assert(x, #x)
#endif
#define SIZE(type, bytes) ASSERT(sizeof(struct type) == (bytes))
#define FIELD(type, field, offset, bytes) \
	ASSERT(offsetof(struct type, field) == (offset) && sizeof(((struct type *)0)->field) == (bytes))

SIZE(ctr_engine_opts, 152);
FIELD(ctr_engine_opts, size, 0, 8);
FIELD(ctr_engine_opts, root, 8, 8);
FIELD(ctr_engine_opts, run_root, 16, 8);
FIELD(ctr_engine_opts, runtime, 24, 8);
FIELD(ctr_engine_opts, storage, 32, 8);
FIELD(ctr_engine_opts, network, 40, 8);
FIELD(ctr_engine_opts, monitor_mode, 48, 8);
FIELD(ctr_engine_opts, cgroup_manager, 56, 8);
FIELD(ctr_engine_opts, monitor_path, 64, 8);
FIELD(ctr_engine_opts, agent_path, 72, 8);
FIELD(ctr_engine_opts, hooks_dir, 80, 8);
FIELD(ctr_engine_opts, seccomp_profile, 88, 8);
FIELD(ctr_engine_opts, config_file, 96, 8);
FIELD(ctr_engine_opts, default_timeout_ns, 104, 8);
FIELD(ctr_engine_opts, default_stop_timeout_s, 112, 4);
FIELD(ctr_engine_opts, log_level, 116, 4);
FIELD(ctr_engine_opts, log_fn, 120, 8);
FIELD(ctr_engine_opts, log_userdata, 128, 8);
FIELD(ctr_engine_opts, log_destroy, 136, 8);
FIELD(ctr_engine_opts, reserved1, 144, 8);

SIZE(ctr_recover_opts, 16);
FIELD(ctr_recover_opts, size, 0, 8);
FIELD(ctr_recover_opts, no_start, 8, 4);
FIELD(ctr_recover_opts, dry_run, 12, 4);

SIZE(ctr_start_opts, 32);
FIELD(ctr_start_opts, size, 0, 8);
FIELD(ctr_start_opts, recursive, 8, 4);
FIELD(ctr_start_opts, use_stdio, 12, 4);
FIELD(ctr_start_opts, stdin_fd, 16, 4);
FIELD(ctr_start_opts, stdout_fd, 20, 4);
FIELD(ctr_start_opts, stderr_fd, 24, 4);
FIELD(ctr_start_opts, reserved1, 28, 4);

SIZE(ctr_stop_opts, 16);
FIELD(ctr_stop_opts, size, 0, 8);
FIELD(ctr_stop_opts, timeout_s, 8, 4);
FIELD(ctr_stop_opts, timeout_set, 12, 4);

SIZE(ctr_remove_opts, 32);
FIELD(ctr_remove_opts, size, 0, 8);
FIELD(ctr_remove_opts, force, 8, 4);
FIELD(ctr_remove_opts, volumes, 12, 4);
FIELD(ctr_remove_opts, depend, 16, 4);
FIELD(ctr_remove_opts, timeout_set, 20, 4);
FIELD(ctr_remove_opts, timeout_s, 24, 4);
FIELD(ctr_remove_opts, reserved1, 28, 4);

SIZE(ctr_wait_opts, 16);
FIELD(ctr_wait_opts, size, 0, 8);
FIELD(ctr_wait_opts, conditions, 8, 8);

SIZE(ctr_events_opts, 56);
FIELD(ctr_events_opts, size, 0, 8);
FIELD(ctr_events_opts, filters, 8, 8);
FIELD(ctr_events_opts, filters_len, 16, 8);
FIELD(ctr_events_opts, after_id, 24, 8);
FIELD(ctr_events_opts, since_ns, 32, 8);
FIELD(ctr_events_opts, until_ns, 40, 8);
FIELD(ctr_events_opts, follow, 48, 4);
FIELD(ctr_events_opts, reserved1, 52, 4);

SIZE(ctr_log_opts, 56);
FIELD(ctr_log_opts, size, 0, 8);
FIELD(ctr_log_opts, cursor, 8, 8);
FIELD(ctr_log_opts, since_ns, 16, 8);
FIELD(ctr_log_opts, until_ns, 24, 8);
FIELD(ctr_log_opts, tail, 32, 8);
FIELD(ctr_log_opts, streams, 40, 8);
FIELD(ctr_log_opts, follow, 48, 4);
FIELD(ctr_log_opts, reserved1, 52, 4);

SIZE(ctr_list_opts, 24);
FIELD(ctr_list_opts, size, 0, 8);
FIELD(ctr_list_opts, filters, 8, 8);
FIELD(ctr_list_opts, filters_len, 16, 8);
