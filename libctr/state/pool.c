/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: one per thread that is in the store right now, a few kept. They are held for the time of some SQL only, so
 * a thread that finds all in use waits for the next one without a limit of its own. */
#include "state/store.h"

static struct conn *pop_idle(struct store *s)
{
	struct conn *c = s->idle;

	s->idle = c->next;
	c->next = NULL;
	s->n_idle--;
	return c;
}

/* An idle connection, or NULL with a place reserved for a new one */
static struct conn *wait_for_place(struct store *s, int may_open)
{
	struct conn *c = NULL;

	pthread_mutex_lock(&s->mutex);
	while (!s->idle && (s->n_conns >= CONNS_MAX || (!may_open && s->n_conns > 0)))
		pthread_cond_wait(&s->returned, &s->mutex);
	if (s->idle)
		c = pop_idle(s);
	else
		s->n_conns++;
	pthread_mutex_unlock(&s->mutex);
	return c;
}

/* Whether others have connections for which one can wait */
static int give_place_back(struct store *s)
{
	int others;

	pthread_mutex_lock(&s->mutex);
	others = --s->n_conns > 0;
	pthread_cond_signal(&s->returned);
	pthread_mutex_unlock(&s->mutex);
	return others;
}

int conn_get(struct store *s, const struct op_call *call, struct conn **ret, ctr_error_t **err)
{
	struct conn *c = wait_for_place(s, 1);
	struct quiet quiet;
	int r = 0;

	quiet_begin(&quiet);
	while (!c) {
		CLEANUP_ERROR ctr_error_t *why = NULL;

		r = conn_open(s, &c, &why);
		if (r == 0)
			break;
		/* Out of descriptors: share what we have. */
		if (give_place_back(s) && r == CTR_ERR_NO_RESOURCES) {
			c = wait_for_place(s, 0);
			continue;
		}
		quiet_end(&quiet);
		return error_publish(r, TAKE_PTR(why), err);
	}
	c->quiet = quiet;
	c->call = call;
	c->busy_since_ns = 0;
	c->busy_code = 0;
	*ret = c;
	return 0;
}

void conn_put(struct conn *c)
{
	struct store *s;
	struct quiet quiet;
	int keep;

	if (!c)
		return;
	s = c->store;
	quiet = c->quiet;
	c->call = NULL;
	pthread_mutex_lock(&s->mutex);
	keep = s->n_idle < CONNS_IDLE_MAX;
	if (keep) {
		c->next = s->idle;
		s->idle = c;
		s->n_idle++;
	} else {
		s->n_conns--;
	}
	pthread_cond_signal(&s->returned);
	pthread_mutex_unlock(&s->mutex);
	if (!keep)
		conn_close(c, 0);
	quiet_end(&quiet);
}

/* A short WAL is left for the next one to read: cheaper than syncing and copying it at each end of a program. */
void pool_close(struct store *s)
{
	int checkpoint = atomic_load(&s->wal_frames) > 64;
	struct quiet quiet;

	quiet_begin(&quiet);
	while (s->idle)
		conn_close(pop_idle(s), checkpoint);
	quiet_end(&quiet);
}
