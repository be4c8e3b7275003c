/* SPDX-License-Identifier: Apache-2.0 */
/* For those who write a runtime backend: the table of verbs an engine calls. Stable by the size rule: structs only grow at the end,
 * slots never change meaning. */
#ifndef LIBCTR_BACKEND_RUNTIME_H
#define LIBCTR_BACKEND_RUNTIME_H

#include <stddef.h>
#include <stdint.h>
#include <libctr/error.h>
#include <libctr/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a verb is about. Strings are borrowed for the call. */
struct ctr_runtime_run {
	size_t size;
	const char *id, *name;
	uint64_t run;
	const char *bundle;          /* directory with config.json */
	const char *state_dir;       /* a directory that survives run_root, for the runtime's own state */
	const char *cgroup_manager;
	const char *rootfs_target;   /* where the root file system's mount is to appear; NULL: root.path is used as it is */
	const char *annotations;     /* JSON object of the container's annotations */
	const char *log_driver, *log_path;
	int64_t log_max_size;
	int32_t mount_fd;            /* detached mount for rootfs_target, -1 = none */
	int32_t use_stdio, stdin_fd, stdout_fd, stderr_fd, open_stdin;
	int32_t pid;                 /* of the current run, 0 = none */
	int32_t reserved1;           /* 0 */
	uint64_t pid_start;
	const char *cgroups;         /* where it is, as recorded at create; "" */
	uint64_t limit_ns;           /* how long the run may last from its start on, then SIGKILL; 0 = no limit */
	int32_t limit_all;           /* then to every process: it has no pid namespace of its own */
	int32_t log_max_files;       /* how many files of log_max_size are kept; 0 is 1 */
};

/* What create answers. */
struct ctr_runtime_process {
	size_t size;
	int32_t pid;                 /* 0: a runtime without processes */
	int32_t pidfd;               /* owned by the caller of the slot; -1 = none */
	uint64_t pid_start, pid_inode;
	char *cgroups;               /* allocated with host->alloc; NULL = none */
};

#define CTR_RUNTIME_CAP_NO_PROCESS UINT64_C(1)  /* containers have no process: stop and kill end the run by the slot `end` */
#define CTR_RUNTIME_CAP_NO_ROOT UINT64_C(2)     /* needs no privilege */
#define CTR_RUNTIME_CAP_NO_ROOTFS UINT64_C(4)   /* never opens the root file system */

struct ctr_runtime_ops {
	size_t size;
	uint64_t caps;
	/* required */
	int (*create)(void *self, const struct ctr_runtime_run *run, struct ctr_runtime_process *ret, ctr_op_t *op, ctr_error_t **err);
	int (*start)(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err);       /* 0 only after the command's execve succeeded */
	int (*remove)(void *self, const struct ctr_runtime_run *run, int32_t force, ctr_op_t *op, ctr_error_t **err); /* the runtime forgets it; nothing of it lives afterwards; idempotent */
	/* optional */
	int (*probe)(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err);  /* {name, path, version, usable, why, fix}; never fails because it is unusable */
	int (*end)(void *self, const struct ctr_runtime_run *run, int32_t signal, ctr_op_t *op, ctr_error_t **err);   /* NO_PROCESS: end the run as this signal would */
	void (*destroy)(void *self);
	/* optional, since 0.2: the halves of create and of start, so that one thread can have many made at once. begin does not wait for the
	 * work; what it hands out (NULL counts) goes to the end of the same run, which is called in any case, waits, and frees it, also on
	 * failure. A run whose begin failed gets no end. */
	int (*create_begin)(void *self, const struct ctr_runtime_run *run, void **ret_pending, ctr_op_t *op, ctr_error_t **err);
	int (*create_end)(void *self, const struct ctr_runtime_run *run, void *pending, struct ctr_runtime_process *ret, ctr_op_t *op,
			  ctr_error_t **err);
	int (*start_begin)(void *self, const struct ctr_runtime_run *run, void **ret_pending, ctr_op_t *op, ctr_error_t **err);
	int (*start_end)(void *self, const struct ctr_runtime_run *run, void *pending, ctr_op_t *op, ctr_error_t **err);
	/* optional: where a cgroup has no freezer */
	int (*pause)(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err);
	int (*resume)(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err);
	/* optional: the limits in <bundle>/resources.json (an OCI LinuxResources object) hold from now on, all or none */
	int (*update)(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err);
};

#ifdef __cplusplus
}
#endif
#endif
