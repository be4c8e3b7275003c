/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of readers and records of logs. */
#include <libctr/log.h>
#include "api/api.h"
#include "base/opts.h"
#include "core/logs.h"

#define LOG_OPTS_V1 56

void ctr_log_opts_init(struct ctr_log_opts *opts, size_t size)
{
	opts_init(opts, size);
}

static int check_opts(const struct ctr_log_opts *o, ctr_error_t **err)
{
	if (o->reserved1)
		return error_set(err, CTR_ERR_UNSUPPORTED_OPTION, DOMAIN_CORE, "struct ctr_log_opts: reserved1 must be 0");
	if (o->streams & ~(CTR_STREAMS_STDOUT | CTR_STREAMS_STDERR))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "struct ctr_log_opts: streams may have CTR_STREAMS_STDOUT and CTR_STREAMS_STDERR only");
	if ((o->follow != 0 && o->follow != 1) || o->tail < -1 || o->since_ns < 0 || o->until_ns < 0)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "struct ctr_log_opts: follow must be 0 or 1, tail -1 or more, since_ns and until_ns not negative");
	if (o->cursor && o->tail)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "struct ctr_log_opts: cursor and tail both say where to begin; set one of them");
	return 0;
}

int ctr_container_logs(ctr_container_t *c, const struct ctr_log_opts *opts, ctr_op_t *op, ctr_log_reader_t **ret, ctr_error_t **err)
{
	API_ENTER();
	struct ctr_log_opts copy;
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c || !ret)
		return api_null(err, "ctr_container_logs", c ? "ret" : "c");
	r = api_opts(&copy, sizeof(copy), LOG_OPTS_V1, opts, "ctr_log_opts", &e);
	if (r == 0)
		r = check_opts(&copy, &e);
	if (r == 0)
		r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_logs(c, &copy, &call, ret, &e);
	return error_publish(r, e, err);
}

ctr_log_reader_t *ctr_log_reader_ref(ctr_log_reader_t *r)
{
	return core_log_reader_ref(r);
}

ctr_log_reader_t *ctr_log_reader_unref(ctr_log_reader_t *r)
{
	API_ENTER();

	return core_log_reader_unref(r);
}

int ctr_log_reader_fd(const ctr_log_reader_t *r)
{
	if (!r)
		return 0;
	return core_check_fork(core_log_reader_maker(r), NULL) < 0 ? CTR_ERR_FORKED : core_log_reader_fd(r);
}

int ctr_log_reader_next(ctr_log_reader_t *r, ctr_log_record_t **ret, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int rc;

	if (!r || !ret)
		return api_null(err, "ctr_log_reader_next", r ? "ret" : "r");
	rc = core_check_fork(core_log_reader_maker(r), &e);
	if (rc == 0)
		rc = core_log_reader_next(r, ret, &e);
	/* Ordinary answers, and no errors. */
	if (rc == CTR_ERR_WOULD_BLOCK || rc == CTR_ERR_END)
		return rc;
	return error_publish(rc, e, err);
}

int ctr_log_reader_wait(ctr_log_reader_t *r, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int rc;

	if (!r)
		return api_null(err, "ctr_log_reader_wait", "r");
	rc = core_check_fork(core_log_reader_maker(r), &e);
	if (rc == 0)
		rc = api_begin(&call, op, CTR_FOREVER, &e);
	if (rc == 0)
		rc = core_log_reader_wait(r, &call, &e);
	return error_publish(rc, e, err);
}

ctr_log_record_t *ctr_log_record_ref(ctr_log_record_t *rec)
{
	if (rec)
		atomic_fetch_add_explicit(&rec->refs, 1, memory_order_relaxed);
	return rec;
}

ctr_log_record_t *ctr_log_record_unref(ctr_log_record_t *rec)
{
	if (rec && atomic_fetch_sub_explicit(&rec->refs, 1, memory_order_acq_rel) == 1)
		free(rec);
	return NULL;
}

const void *ctr_log_record_data(const ctr_log_record_t *rec, size_t *ret_len)
{
	if (ret_len)
		*ret_len = rec ? rec->len : 0;
	return rec ? rec->data : NULL;
}

int32_t ctr_log_record_stream(const ctr_log_record_t *rec)
{
	return rec ? rec->stream : 0;
}

int64_t ctr_log_record_time_ns(const ctr_log_record_t *rec)
{
	return rec ? rec->time_ns : 0;
}

uint64_t ctr_log_record_seq(const ctr_log_record_t *rec)
{
	return rec ? rec->seq : 0;
}

int ctr_log_record_partial(const ctr_log_record_t *rec)
{
	return rec ? rec->partial : 0;
}

const char *ctr_log_record_cursor(const ctr_log_record_t *rec)
{
	return rec ? rec->cursor : "";
}
