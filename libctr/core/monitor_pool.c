/* SPDX-License-Identifier: Apache-2.0 */
/* Connections to monitors, kept for the next call: a connection serves one call at a time. */
#include <pthread.h>
#include <string.h>
#include "base/mem.h"
#include "core/core.h"

#define POOL_MAX 8

struct monitor_pool {
	pthread_mutex_t lock;
	struct monitor_conn *idle[POOL_MAX];
	size_t n;
};

struct monitor_pool *monitor_pool_new(void)
{
	struct monitor_pool *pool = NEW0(struct monitor_pool);

	if (pool)
		pthread_mutex_init(&pool->lock, NULL);
	return pool;
}

struct monitor_pool *monitor_pool_free(struct monitor_pool *pool)
{
	if (!pool)
		return NULL;
	for (size_t i = 0; i < pool->n; i++)
		monitor_conn_close(pool->idle[i]);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
	return NULL;
}

static struct monitor_conn *take_idle(struct monitor_pool *pool, const char *key)
{
	struct monitor_conn *found = NULL;

	pthread_mutex_lock(&pool->lock);
	for (size_t i = pool->n; i > 0 && !found; i--)
		if (STREQ(monitor_conn_key(pool->idle[i - 1]), key)) {
			found = pool->idle[i - 1];
			pool->idle[i - 1] = pool->idle[--pool->n];
		}
	pthread_mutex_unlock(&pool->lock);
	return found;
}

int core_monitor_get(ctr_engine_t *e, const char *key, int start, const struct op_call *call, struct monitor_conn **ret,
		     ctr_error_t **err)
{
	struct monitor_conn *conn;

	while ((conn = take_idle(e->monitors, key))) {
		if (monitor_conn_is_good(conn)) {
			*ret = conn;
			return 0;
		}
		monitor_conn_close(conn);
	}
	return monitor_connect(&e->place, key, start, call, ret, err);
}

void core_monitor_put(ctr_engine_t *e, struct monitor_conn *conn)
{
	struct monitor_conn *drop = NULL;

	if (!conn)
		return;
	if (!monitor_conn_is_good(conn)) {
		monitor_conn_close(conn);
		return;
	}
	pthread_mutex_lock(&e->monitors->lock);
	if (e->monitors->n < POOL_MAX)
		e->monitors->idle[e->monitors->n++] = conn;
	else
		drop = conn;
	pthread_mutex_unlock(&e->monitors->lock);
	if (drop)
		monitor_conn_close(drop);
}
