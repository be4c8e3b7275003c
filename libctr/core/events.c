/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of events. One reads a page, hands it out one by one, and holds nothing of the store between two calls; it falls
 * asleep on a bell that it has hung up before it looked the last time. */
#include "core/core.h"

#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "model/event_filter.h"
#include "os/bell.h"
#include "os/pollset.h"
#include "os/wait.h"

struct ctr_events {
	_Atomic int refs;
	pid_t pid;
	ctr_engine_t *engine;  /* a reference */
	struct event_filter *filter;
	int64_t since_ns, until_ns; /* 0 = unset */
	int follow, ended;
	uint64_t last;         /* the number of the last one looked at … */
	int resumes;           /* … after which a hole is a loss and not what lies before the beginning */
	struct event_page page;
	size_t at;
	char *ready;           /* what next will say */
	int set, bell, timer, more; /* the fd that is handed out, and what is in it; more: there may be more without a bell */
	int more_is_on;
};

static void close_all(ctr_events_t *m)
{
	cleanup_close_fn(&m->set);
	cleanup_close_fn(&m->bell);
	cleanup_close_fn(&m->timer);
	cleanup_close_fn(&m->more);
}

ctr_events_t *core_events_ref(ctr_events_t *m)
{
	if (m)
		atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

ctr_events_t *core_events_unref(ctr_events_t *m)
{
	if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	if (m->pid == getpid())
		close_all(m);
	event_page_reset(&m->page);
	event_filter_free(m->filter);
	free(m->ready);
	core_engine_unref(m->engine);
	free(m);
	return NULL;
}

pid_t core_events_maker(const ctr_events_t *m)
{
	return m->pid;
}

int core_events_fd(const ctr_events_t *m)
{
	return m->set;
}

static int fd_error(int errnum, ctr_error_t **err)
{
	return error_set_errno(err, 0, DOMAIN_CORE, errnum, "cannot make the descriptor of a reader of events");
}

static int put_in(ctr_events_t *m, int fd, int *ret, ctr_error_t **err)
{
	int r;

	if (fd < 0)
		return fd_error(fd, err);
	*ret = fd;
	r = os_pollset_add(m->set, fd);
	return r < 0 ? fd_error(r, err) : 0;
}

static int make_fds(ctr_events_t *m, ctr_error_t **err)
{
	int r;

	m->set = os_pollset_new();
	if (m->set < 0)
		return fd_error(m->set, err);
	m->more_is_on = 1;
	r = put_in(m, os_flag_new(1), &m->more, err);
	if (r == 0 && m->follow && m->until_ns)
		r = put_in(m, os_timer_new(m->until_ns), &m->timer, err);
	return r;
}

/* UINT64_MAX: what comes from now on. A number that has not been given yet is another store's. */
static int begin_at(ctr_events_t *m, uint64_t after_id, ctr_error_t **err)
{
	uint64_t newest = 0;
	int r = after_id ? store_events_newest(m->engine->store, &newest, err) : 0;

	if (r < 0)
		return r;
	if (after_id != UINT64_MAX && after_id > newest)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "cannot resume after event %llu: the newest one of the store %s is %llu; resume with a "
				 "number that came from this store, or by time",
				 (unsigned long long)after_id, m->engine->config.root, (unsigned long long)newest);
	m->last = after_id == UINT64_MAX ? newest : after_id;
	m->resumes = after_id != 0;
	return 0;
}

static void cleanup_events_fn(ctr_events_t **m)
{
	core_events_unref(*m);
}

int core_events_open(ctr_engine_t *e, const struct ctr_events_opts *opts, ctr_events_t **ret, ctr_error_t **err)
{
	CLEANUP(cleanup_events_fn) ctr_events_t *m = NEW0(struct ctr_events);
	int r;

	if (!m)
		return error_no_memory(err);
	atomic_init(&m->refs, 1);
	m->pid = e->pid;
	m->engine = core_engine_ref(e);
	m->set = m->bell = m->timer = m->more = -1;
	m->since_ns = opts->since_ns;
	m->until_ns = opts->until_ns;
	m->follow = opts->follow != 0;
	r = event_filter_parse(opts->filters, opts->filters_len, &m->filter, err);
	if (r == 0)
		r = begin_at(m, opts->after_id, err);
	if (r == 0)
		r = make_fds(m, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

static void say_more(ctr_events_t *m, int on)
{
	if (m->more_is_on != on)
		os_flag_set(m->more, on);
	m->more_is_on = on;
}

/* 1, 0 or -ENOMEM. A row that cannot be read matches no filter. */
static int matches(const ctr_events_t *m, const struct stored_event *ev)
{
	CLEANUP_JSON json_t *doc = NULL;
	int r;

	if ((m->since_ns && ev->time_ns < m->since_ns) || (m->until_ns && ev->time_ns > m->until_ns))
		return 0;
	if (event_filter_is_empty(m->filter))
		return 1;
	r = json_parse(ev->text, SIZE_MAX, &doc, NULL, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return doc && event_filter_match(m->filter, doc);
}

/* The next of the page becomes what next will say, or is passed over. Out of memory leaves all as it was. */
static int take_one(ctr_events_t *m, ctr_error_t **err)
{
	struct stored_event *ev = &m->page.events[m->at];
	int r;

	if (m->resumes && ev->seq > m->last + 1) {
		m->ready = event_gap(m->last + 1, ev->seq - 1);
		if (!m->ready)
			return error_no_memory(err);
		m->last = ev->seq - 1;
		return 0;
	}
	r = matches(m, ev);
	if (r > 0)
		m->ready = event_with_seq(ev->text, ev->seq);
	if (r < 0 || (r > 0 && !m->ready))
		return error_no_memory(err);
	free(TAKE_PTR(ev->text));
	m->resumes = 1;
	m->last = ev->seq;
	m->at++;
	return 0;
}

/* Before looking, so that what comes after the look is heard. */
static int hang_up_bell(ctr_events_t *m, ctr_error_t **err)
{
	CLEANUP_CLOSE int fresh = -1;
	int r;

	if (m->bell >= 0 && !os_bell_is_rung(m->bell))
		return 0;
	r = store_events_bell(m->engine->store, &fresh, err);
	if (r < 0)
		return r;
	r = os_pollset_add(m->set, fresh);
	if (r < 0)
		return fd_error(r, err);
	if (m->bell >= 0)
		os_pollset_drop(m->set, m->bell);
	cleanup_close_fn(&m->bell);
	m->bell = TAKE_FD(fresh);
	return 0;
}

static int read_page(ctr_events_t *m, ctr_error_t **err)
{
	int r = m->follow ? hang_up_bell(m, err) : 0;

	event_page_reset(&m->page);
	m->at = 0;
	return r < 0 ? r : store_events_read(m->engine->store, m->last, &m->page, err);
}

/* The wall clock may have been set back after the timer had rung. */
static int is_past(const ctr_events_t *m)
{
	return m->until_ns && clock_realtime_ns() >= m->until_ns;
}

/* 0: m->ready is set; END, WOULD_BLOCK (the fd sleeps then), or another negative code with its error */
static int find(ctr_events_t *m, ctr_error_t **err)
{
	int is_last, r;

	while (!m->ready) {
		if (m->at < m->page.n) {
			r = take_one(m, err);
			if (r < 0)
				return r;
			continue;
		}
		if (m->ended)
			return CTR_ERR_END;
		is_last = !m->follow || is_past(m);
		r = read_page(m, err);
		if (r < 0)
			return r;
		if (m->page.n)
			continue;
		m->resumes = 1;
		m->ended = is_last;
		say_more(m, is_last);
		if (m->timer >= 0 && !is_last)
			os_timer_again(m->timer, m->until_ns);
		return is_last ? CTR_ERR_END : CTR_ERR_WOULD_BLOCK;
	}
	say_more(m, 1);
	return 0;
}

int core_events_next(ctr_events_t *m, char **ret_json, ctr_error_t **err)
{
	int r = find(m, err);

	if (r == 0)
		*ret_json = TAKE_PTR(m->ready);
	return r;
}

int core_events_wait(ctr_events_t *m, const struct op_call *call, ctr_error_t **err)
{
	for (;;) {
		int r = find(m, err);

		if (r == 0 || r == CTR_ERR_END)
			return 0;
		if (r == CTR_ERR_WOULD_BLOCK)
			r = os_wait_fd(m->set, POLLIN, call, "waiting for events", err);
		if (r < 0)
			return r;
	}
}
