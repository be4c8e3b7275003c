/* SPDX-License-Identifier: Apache-2.0 */
/* The `null` runtime: containers without a process, which live in the store and end by kill, stop or the time their annotation names. */
#include "runtime/runtime.h"

#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "error/error.h"
#include "os/exit_file.h"

#define ANNOTATION "libctr.null.exit"

struct null_runtime {
	int exits_fd;
};

/* "CODE[,MILLISECONDS]"; 0 or -EINVAL */
static int parse_end(const char *text, int32_t *ret_code, uint64_t *ret_delay_ns)
{
	const char *comma = strchrnul(text, ',');
	uint64_t code, ms = 0, delay_ns;
	char number[8];

	if ((size_t)(comma - text) >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, (size_t)(comma - text));
	number[comma - text] = '\0';
	if (str_to_u64(number, 10, &code) < 0 || code > 255)
		return -EINVAL;
	if (*comma && str_to_u64(comma + 1, 10, &ms) < 0)
		return -EINVAL;
	if (__builtin_mul_overflow(ms, NSEC_PER_MSEC, &delay_ns) || delay_ns > INT64_MAX)
		return -EINVAL;
	*ret_code = (int32_t)code;
	*ret_delay_ns = delay_ns;
	return 0;
}

/* 1: it will end by itself, 0: it will not, -ENOMEM, -EINVAL */
static int planned_end(const char *annotations, int32_t *ret_code, uint64_t *ret_delay_ns)
{
	json_t *j CLEANUP_JSON = NULL;
	const char *text;
	int errnum;

	if (!annotations || !annotations[0])
		return 0;
	errnum = json_parse(annotations, SIZE_MAX, &j, NULL, NULL);
	if (errnum < 0)
		return errnum == -ENOMEM ? -ENOMEM : -EINVAL;
	text = j ? json_get_str(j, ANNOTATION, NULL) : NULL;
	if (!text)
		return 0;
	errnum = parse_end(text, ret_code, ret_delay_ns);
	return errnum < 0 ? errnum : 1;
}

int runtime_null_due(const char *annotations_json, int64_t started_ns, int64_t now_ns, int32_t *ret_code, int64_t *ret_end_ns)
{
	uint64_t delay_ns;
	int64_t end_ns;
	int32_t code;

	if (planned_end(annotations_json, &code, &delay_ns) != 1)
		return 0;
	if (__builtin_add_overflow(started_ns, (int64_t)delay_ns, &end_ns) || now_ns < end_ns)
		return 0;
	*ret_code = code;
	*ret_end_ns = end_ns;
	return 1;
}

static int refuse(int errnum, const struct ctr_runtime_run *run, ctr_error_t **err)
{
	if (errnum == -ENOMEM)
		return error_no_memory(err);
	return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_RUNTIME,
			 "container %s: annotation %s must be \"CODE[,MILLISECONDS]\" with CODE 0 to 255, for example \"3,500\"", run->id,
			 ANNOTATION);
}

static int create(void *self, const struct ctr_runtime_run *run, struct ctr_runtime_process *ret, ctr_op_t *op, ctr_error_t **err)
{
	const struct null_runtime *rt = self;
	uint64_t delay_ns;
	int32_t code;
	int errnum;

	(void)op;
	errnum = planned_end(run->annotations, &code, &delay_ns);
	if (errnum < 0)
		return refuse(errnum, run, err);
	errnum = exit_file_prepare(rt->exits_fd, run->id, run->run);
	if (errnum < 0 && errnum != -EEXIST)
		return error_set_errno(err, 0, DOMAIN_RUNTIME, errnum, "cannot prepare the exit record of container %s", run->id);
	ret->pid = 0;
	ret->pidfd = -1;
	return 0;
}

/* Whoever comes first has written it; the second one finds the run ended and is content. */
static int write_record(const struct null_runtime *rt, const struct ctr_runtime_run *run, int32_t code, int32_t signal, ctr_error_t **err)
{
	struct exit_record rec = {.run = run->run, .known = 1, .exit_code = code, .exit_signal = signal};
	int errnum;

	str_copy(rec.id, sizeof(rec.id), run->id);
	rec.finished_ns = clock_realtime_ns();
	errnum = exit_file_write_after_others(rt->exits_fd, &rec);
	if (errnum == -EEXIST)
		return 0;
	if (errnum < 0)
		return error_set_errno(err, 0, DOMAIN_RUNTIME, errnum, "cannot write the exit record of container %s", run->id);
	exit_file_wake(rt->exits_fd, run->id, run->run);
	return 0;
}

/* One that ends later costs nothing until then: whoever looks or waits knows the time from runtime_null_due, and only for those who
 * merely poll an fd does the engine ask a monitor for a clock. */
static int start(void *self, const struct ctr_runtime_run *run, ctr_op_t *op, ctr_error_t **err)
{
	uint64_t delay_ns = 0;
	int32_t code = 0;
	int planned = planned_end(run->annotations, &code, &delay_ns);

	(void)op;
	if (planned < 0)
		return refuse(planned, run, err);
	return planned && !delay_ns ? write_record(self, run, code, 0, err) : 0;
}

static int end_run(void *self, const struct ctr_runtime_run *run, int32_t signal, ctr_op_t *op, ctr_error_t **err)
{
	(void)op;
	if (signal < 1 || signal > 64)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_RUNTIME, "%d is no signal number; use 1 to 64", (int)signal);
	return write_record(self, run, 128 + signal, signal, err);
}

/* Nothing lives outside the store; a timer still running in the monitor finds the record written or gone. */
static int remove_run(void *self, const struct ctr_runtime_run *run, int32_t force, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)run;
	(void)force;
	(void)op;
	(void)err;
	return 0;
}

static int probe(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)op;
	*ret_json = str_dup("{\"name\":\"null\",\"path\":\"\",\"version\":null,\"usable\":true,\"why\":null,\"fix\":null}");
	return *ret_json ? 0 : error_no_memory(err);
}

int runtime_null_new(const struct ctr_host_api *host, int exits_fd, void **ret_self, ctr_error_t **err)
{
	struct null_runtime *rt = NEW0(struct null_runtime);

	if (!rt)
		return error_no_memory(err);
	(void)host; /* it starts nothing and asks nobody */
	rt->exits_fd = exits_fd;
	*ret_self = rt;
	return 0;
}

static const struct ctr_runtime_ops ops = {
	.size = sizeof(ops),
	.caps = CTR_RUNTIME_CAP_NO_PROCESS | CTR_RUNTIME_CAP_NO_ROOT | CTR_RUNTIME_CAP_NO_ROOTFS,
	.create = create,
	.start = start,
	.remove = remove_run,
	.probe = probe,
	.end = end_run,
	.destroy = free,
};

const struct ctr_runtime_ops *runtime_null_ops(void)
{
	return &ops;
}
