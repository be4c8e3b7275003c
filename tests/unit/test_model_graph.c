/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of dependencies: depths, the order of starting, cycles by name, what is missing, and long chains on a small stack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/macros.h"
#include "base/mem.h"
#include "model/graph.h"

#define LONG_CHAIN 2000

/* Ids are the names; needs: names with blanks between them. */
static void add(struct graph *g, const char *name, const char *needs)
{
	CLEANUP_ROW struct container_row *row = container_row_new();

	assert_non_null(row);
	assert_int_equal(str_copy(row->id, sizeof(row->id), name), 0);
	assert_int_equal(container_row_set(&row->name, name), 0);
	assert_int_equal(container_row_set(&row->depends, needs), 0);
	assert_int_equal(graph_add(g, row), 0);
}

static void expect_order(const struct graph *g, const char *want)
{
	char got[256] = "";

	for (size_t i = 0; i < g->n; i++)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s%u", i ? " " : "", g->nodes[i].row->id, g->nodes[i].depth);
	assert_string_equal(got, want);
}

static void test_levels(void **state)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};

	(void)state;
	add(&g, "top", "left right");
	add(&g, "right", "base");
	add(&g, "left", "");
	add(&g, "base", "");
	add(&g, "alone", "");
	add(&g, "alone", "top"); /* there already: as it was */
	assert_int_equal(graph_sort(&g, NULL), 0);
	expect_order(&g, "alone0 base0 left0 right1 top2");
	assert_int_equal(graph_level(&g, 0), 3);
	assert_int_equal(graph_level(&g, 3), 1);
	assert_int_equal(graph_level(&g, 4), 1);
	assert_true(graph_needs(graph_find(&g, "top")->row, "right"));
	assert_false(graph_needs(graph_find(&g, "top")->row, "base"));
	assert_false(graph_needs(graph_find(&g, "top")->row, "rig"));
	assert_null(graph_find(&g, "nobody"));
}

static void expect_cycle(struct graph *g, const char *const *names)
{
	CLEANUP_ERROR ctr_error_t *err = NULL;

	assert_int_equal(graph_sort(g, &err), CTR_ERR_DEPENDENCY_CYCLE);
	for (; *names; names++)
		assert_non_null(strstr(error_message(err), *names));
	assert_null(strstr(error_message(err), "\"outside\""));
}

static void test_cycles(void **state)
{
	CLEANUP_GRAPH struct graph self = {.n = 0};
	CLEANUP_GRAPH struct graph three = {.n = 0};

	(void)state;
	add(&self, "own", "own");
	expect_cycle(&self, (const char *const[]){"\"own\" needs \"own\"", NULL});
	add(&three, "outside", "one");
	add(&three, "one", "two");
	add(&three, "two", "three");
	add(&three, "three", "one");
	expect_cycle(&three, (const char *const[]){"\"one\" needs \"two\"", "\"two\" needs \"three\"", "\"three\" needs \"one\"", NULL});
}

static void test_missing(void **state)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};
	CLEANUP_ERROR ctr_error_t *err = NULL;

	(void)state;
	add(&g, "web", "db");
	assert_int_equal(graph_sort(&g, &err), CTR_ERR_NO_SUCH_CONTAINER);
	assert_non_null(strstr(error_message(err), "\"web\""));
	assert_string_equal(error_get_detail(err, "dependency"), "db");
}

static void test_long_chain(void **state)
{
	CLEANUP_GRAPH struct graph g = {.n = 0};
	char name[16], before[16] = "";

	(void)state;
	for (unsigned i = 0; i < LONG_CHAIN; i++) {
		(void)snprintf(name, sizeof(name), "c%05u", i);
		add(&g, name, before);
		memcpy(before, name, sizeof(before));
	}
	assert_int_equal(graph_sort(&g, NULL), 0);
	assert_int_equal(g.nodes[LONG_CHAIN - 1].depth, LONG_CHAIN - 1);
	assert_string_equal(g.nodes[LONG_CHAIN - 1].row->id, name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_levels),
	    cmocka_unit_test(test_cycles),
	    cmocka_unit_test(test_missing),
	    cmocka_unit_test(test_long_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
