/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs that change a living container: the runtime's pause, resume and update. */
#include "monitor.h"

#include "base/mem.h"

static void on_changed(void *userdata, const struct job_result *res)
{
	struct ctn *c = userdata;
	struct req *r = TAKE_PTR(c->job_req);
	ctr_error_t *err = NULL;
	struct job_spec spec;

	c->job = NULL;
	job_fill_spec(c, c->job_kind, &spec);
	if (res->cancelled || res->wait_status != 0) {
		job_error(&spec, res, &err);
		req_fail(r, err);
	} else {
		req_answer(r, NULL, -1);
	}
	job_ended(c);
}

static void change(struct monitor *m, struct req *r, json_t *msg, enum job_kind kind)
{
	const char *id = json_get_str(msg, "container", "");
	struct ctn *c = ctn_find(m, id, json_get_u64(msg, "run", 0));
	ctr_error_t *err = NULL;
	struct job_spec spec;

	if (!c)
		error_set(&err, CTR_ERR_NO_SUCH_CONTAINER, DOMAIN_MONITOR, "the monitor does not hold this run of container %s", id);
	else if (ctn_busy(c))
		error_set(&err, CTR_ERR_IN_USE, DOMAIN_MONITOR, "a job of container %s still runs: wait for it first", id);
	else if (c->phase != PHASE_CREATED && c->phase != PHASE_RUNNING)
		error_set(&err, CTR_ERR_STATE_INVALID, DOMAIN_MONITOR, "container %s cannot be changed: its process has ended already", id);
	if (!err) {
		job_fill_spec(c, kind, &spec);
		if (job_start(m->loop, &spec, on_changed, c, &c->job, &err) == 0) {
			job_begun(c, kind, r);
			return;
		}
	}
	req_fail(r, err);
}

void verb_pause(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	change(m, r, msg, JOB_PAUSE);
}

void verb_resume(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	change(m, r, msg, JOB_RESUME);
}

void verb_update(struct monitor *m, struct req *r, json_t *msg, int *fds UNUSED, size_t n_fds UNUSED)
{
	change(m, r, msg, JOB_UPDATE);
}
