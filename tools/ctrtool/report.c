/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the user: failures with their exit codes, tables, JSON. */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

int fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "Error: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_ENGINE;
}

int fail_error(const char *what, ctr_error_t *err)
{
	static const struct {
		int code, exit;
	} known[] = { { CTR_ERR_COMMAND_NOT_FOUND, EXIT_NOT_FOUND }, { CTR_ERR_COMMAND_NOT_EXECUTABLE, EXIT_NOT_EXECUTABLE } };
	char *text = ctr_error_format(err);
	int exit_code = EXIT_ENGINE;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (ctr_error_code(err) == known[i].code)
			exit_code = known[i].exit;
	if (what)
		fail("%s: %s", what, text ? text : "out of memory");
	else
		fail("%s", text ? text : "out of memory");
	ctr_free(text);
	ctr_error_unref(err);
	return exit_code;
}

int done(int r, const char *named, ctr_error_t *err)
{
	if (r < 0)
		return fail_error(NULL, err);
	puts(named);
	return 0;
}

int wants_json(const struct args *a)
{
	const char *format = args_value(a, "format", NULL);

	if (format && strcmp(format, "json") != 0) {
		fail("--format \"%s\" is not known; there is json", format);
		return -1;
	}
	return format || args_has(a, "json");
}

void print_json_pretty(const char *text)
{
	struct json_object *j = json_tokener_parse(text);

	puts(j ? json_object_to_json_string_ext(j, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE) : text);
	json_object_put(j);
}

const char *json_text(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	return json_object_object_get_ex(o, key, &v) && v ? json_object_get_string(v) : "";
}

struct json_object *status_json(const ctr_status_t *s)
{
	char *text = NULL;
	struct json_object *o = NULL;

	if (ctr_status_to_json(s, &text, NULL) == 0)
		o = json_tokener_parse(text);
	ctr_free(text);
	return o;
}

void table_add(struct table *t, const char *cell)
{
	char *copy = strdup(cell ? cell : "");
	char **grown = t->n < t->size ? t->cells : realloc(t->cells, (t->size + 64) * sizeof(*grown));

	if (!grown || !copy) {
		free(copy);
		return;
	}
	if (t->n >= t->size)
		t->size += 64;
	t->cells = grown;
	t->cells[t->n++] = copy;
}

static int width(const struct table *t, size_t column)
{
	size_t widest = 0;

	for (size_t i = column; i < t->n; i += t->columns)
		if (strlen(t->cells[i]) > widest)
			widest = strlen(t->cells[i]);
	return (int)widest;
}

void table_print(const struct table *t, int skip_heading)
{
	for (size_t i = skip_heading ? t->columns : 0; i < t->n; i++) {
		int last = (i + 1) % t->columns == 0;

		printf("%-*s%s", last ? 0 : width(t, i % t->columns), t->cells[i], last ? "\n" : "  ");
	}
}

void table_reset(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	memset(t, 0, sizeof(*t));
}
