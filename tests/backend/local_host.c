/* SPDX-License-Identifier: Apache-2.0 */
/* The host table, and the few public functions the kit calls, over the rooms themselves: there is no libctr.so in these tests. */
#include "local_host.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "error/error.h"
#include "op/op.h"
#include "os/fs.h"

int ctr_error_code(const ctr_error_t *err)
{
	return error_code(err);
}

const char *ctr_error_message(const ctr_error_t *err)
{
	return error_message(err);
}

ctr_error_t *ctr_error_unref(ctr_error_t *err)
{
	return error_unref(err);
}

int ctr_op_new(ctr_op_t **ret, ctr_error_t **err)
{
	return op_new(ret, err);
}

void ctr_op_cancel(ctr_op_t *op)
{
	op_cancel(op);
}

ctr_op_t *ctr_op_unref(ctr_op_t *op)
{
	return op_unref(op);
}

static void *host_alloc(size_t size)
{
	return malloc(size);
}

static int host_error(ctr_error_t **err, int code, const char *domain, int errnum, const char *message)
{
	return errnum ? error_set_errno(err, code, domain, errnum, "%s", message) : error_set(err, code, domain, "%s", message);
}

static void host_log(void *engine, int32_t level, const char *domain, const char *message)
{
	(void)engine;
	(void)level;
	(void)domain;
	(void)message;
}

static int host_op_check(ctr_op_t *op, ctr_error_t **err)
{
	struct op_call call;

	op_call_begin(&call, op, CTR_FOREVER);
	return op_call_check(&call, "testing", err);
}

static int host_job(void *engine, const struct ctr_job *job, struct ctr_runtime_process *ret, ctr_op_t *op, ctr_error_t **err)
{
	struct local_host *h = engine;

	(void)op;
	h->jobs++;
	h->kind = job->kind;
	h->hide_unified = job->hide_unified;
	h->exit_code = job->exit_code;
	h->delay_ns = job->delay_ns;
	str_copy(h->runtime_path, sizeof(h->runtime_path), job->runtime_path);
	if (h->result < 0) {
		error_set(err, h->result, DOMAIN_MONITOR, "the runtime's command failed");
		error_detail(err, "exit_status", h->exit_status);
		error_detail(err, "stderr", h->stderr_text);
		error_detail(err, "exec_errno", h->exec_errno);
	} else if (ret) {
		ret->pid = 4711;
	}
	return h->result;
}

/* What is pending is the question itself; its answer is that of the whole job. */
static int host_job_begin(void *engine, const struct ctr_job *job, void **ret_pending, ctr_op_t *op, ctr_error_t **err)
{
	struct local_host *h = engine;

	(void)op;
	(void)err;
	h->pending++;
	h->kind = job->kind;
	*ret_pending = h;
	return 0;
}

static int host_job_end(void *engine, const struct ctr_job *job, void *pending, struct ctr_runtime_process *ret, ctr_op_t *op,
			ctr_error_t **err)
{
	struct local_host *h = engine;

	if (pending != h || h->kind != job->kind)
		abort();
	h->pending--;
	return host_job(engine, job, ret, op, err);
}

static const char *host_directory(void *engine, const char *kind)
{
	(void)engine;
	(void)kind;
	return NULL;
}

void local_host_init(struct local_host *h)
{
	*h = (struct local_host){
		.api = {.size = sizeof(h->api),
			.alloc = host_alloc,
			.free = free,
			.error = host_error,
			.error_detail = error_detail,
			.log = host_log,
			.op_check = host_op_check,
			.job = host_job,
			.directory = host_directory,
			.job_begin = host_job_begin,
			.job_end = host_job_end},
	};
	h->api.engine = h;
}

void local_scratch(char *buf, size_t size)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(buf, size, "%s/libctr-test-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp");
	if (!mkdtemp(buf)) {
		perror(buf);
		abort();
	}
}

/* Not nftw: some tests make trees deeper than PATH_MAX. */
void local_scratch_remove(const char *path)
{
	int errnum = os_remove_tree(AT_FDCWD, path);

	if (errnum < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(-errnum));
}
