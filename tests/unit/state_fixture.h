/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a directory of its own, for the tests of the state room. */
#ifndef TESTS_UNIT_STATE_FIXTURE_H
#define TESTS_UNIT_STATE_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/mem.h"
#include "os/fd.h"
#include "os/fs.h"
#include "state/state.h"

#define EPOCH "boot-1"

struct fixture {
	char dir[64];
	int rootfd;
	struct store *s;
};

static inline int fixture_open(struct fixture *f, const char *epoch, struct store **ret, ctr_error_t **err)
{
	struct store_facts wanted = {.root = f->dir, .run_root = (char *)"/run/x", .pidns_inode = 7, .pidns_start = 8}, facts;
	int r;

	snprintf(wanted.boot_id, sizeof(wanted.boot_id), "%s", epoch);
	r = store_open(f->rootfd, f->dir, &wanted, epoch, NULL, ret, &facts, err);
	if (r == 0)
		store_facts_reset(&facts);
	return r;
}

/* A directory without a store */
static inline int fixture_bare(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	strcpy(f.dir, "/tmp/libctr-state-XXXXXX");
	if (!mkdtemp(f.dir))
		return -1;
	f.rootfd = open(f.dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	*state = &f;
	return f.rootfd < 0 ? -1 : 0;
}

static inline int fixture_set_up(void **state)
{
	struct fixture *f;

	if (fixture_bare(state) < 0)
		return -1;
	f = *state;
	return fixture_open(f, EPOCH, &f->s, NULL);
}

/* What the next process would do after this one had gone. */
static inline void fixture_reopen(struct fixture *f)
{
	f->s = store_close(f->s);
	assert_int_equal(fixture_open(f, EPOCH, &f->s, NULL), 0);
}

static inline int fixture_tear_down(void **state)
{
	struct fixture *f = *state;
	char *uuid = NULL;

	if (f->s && store_meta_get(f->s, "lock_uuid", &uuid, NULL) == 0 && uuid) {
		for (unsigned i = 0; i < 16; i++)
			lock_segment_remove(uuid, i);
	}
	free(uuid);
	store_close(f->s);
	close(f->rootfd);
	return os_remove_tree(AT_FDCWD, f->dir);
}

static inline void make_id(char id[ID_SIZE], unsigned n)
{
	snprintf(id, ID_SIZE, "%08x%056x", n * 2654435761u, n);
}

static inline struct container_row *make_row(unsigned n)
{
	struct container_row *row = container_row_new();
	char name[32];

	assert_non_null(row);
	make_id(row->id, n);
	snprintf(name, sizeof(name), "name%u", n);
	assert_int_equal(container_row_set(&row->name, name), 0);
	assert_int_equal(container_row_set(&row->config, "{\"a\":1}"), 0);
	assert_int_equal(container_row_set(&row->labels, "{}"), 0);
	row->created_ns = n + 1;
	return row;
}

/* Made and finished: a container that everybody sees. The lock is free again. */
static inline int make_container(struct store *s, unsigned n, ctr_error_t **err)
{
	struct container_row *row = make_row(n);
	struct lock_guard guard = {0};
	int r = store_container_insert(s, row, NULL, &guard, err);

	if (r == 0) {
		row->intent = INTENT_NONE;
		r = store_container_save(s, &row, NULL, NULL, err);
	}
	lock_release(&guard);
	container_row_unref(row);
	return r;
}

static inline struct lock_ref ref_of(const struct container_row *row)
{
	return (struct lock_ref){.slot = row->slot, .generation = row->generation, .id = row->id};
}

#endif
