/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: tables of flags, one parser, help, and the nearest name to a wrong one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctrtool.h"

#define NEAR 3 /* edits a name may be away and still be meant */

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

static size_t distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(b);

	if (n >= 63 || strlen(a) >= 63)
		return 64;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t up = row[j];

			row[j] = min3(up + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
			corner = up;
		}
	}
	return row[n];
}

const char *nearest(const char *wrong, const char *(*name_at)(const void *list, size_t i), const void *list)
{
	const char *best = NULL, *name;
	size_t least = NEAR + 1;

	for (size_t i = 0; (name = name_at(list, i)); i++) {
		size_t d = distance(wrong, name);

		if (d < least) {
			least = d;
			best = name;
		}
	}
	return best;
}

static const char *flag_name_at(const void *list, size_t i)
{
	for (const struct flag *const *t = list; *t; t++)
		for (const struct flag *f = *t; f->name; f++)
			if (i-- == 0)
				return f->name;
	return NULL;
}

static const struct flag *find(const struct flag *const *tables, const char *name, size_t len, char letter)
{
	for (const struct flag *const *t = tables; *t; t++)
		for (const struct flag *f = *t; f->name; f++)
			if (letter ? f->letter == letter : strlen(f->name) == len && strncmp(f->name, name, len) == 0)
				return f;
	return NULL;
}

static const struct flag *resolve(const struct flag *const *tables, const struct flag *f)
{
	const struct flag *real = f->alias_of ? find(tables, f->alias_of, strlen(f->alias_of), 0) : NULL;

	return real ? real : f;
}

static int add(struct args *a, const struct flag *f, const char *value)
{
	struct parsed *grown = realloc(a->flags, (a->n_flags + 1) * sizeof(*grown));

	if (!grown)
		return -1;
	a->flags = grown;
	grown[a->n_flags++] = (struct parsed){ f, value };
	return 0;
}

static int unknown(const char *verb, const char *word, const char *name, const struct flag *const *tables)
{
	const char *near = nearest(name, flag_name_at, tables);

	if (near)
		fail("unknown flag: %s; did you mean --%s?", word, near);
	else
		fail("unknown flag: %s; see 'ctrtool %s%s--help'", word, verb, *verb ? " " : "");
	return -1;
}

static int parse_long(struct args *a, const struct flag *const *tables, char ***at)
{
	const char *word = **at, *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
	const struct flag *f = find(tables, word + 2, len, 0);
	char name[64];

	if (!f) {
		snprintf(name, sizeof(name), "%.*s", (int)len, word + 2);
		return unknown(a->verb, word, name, tables);
	}
	f = resolve(tables, f);
	if (f->kind == FLAG_BOOL) {
		if (!equals || strcmp(equals, "=true") == 0)
			return add(a, f, "true");
		if (strcmp(equals, "=false") == 0)
			return add(a, f, "false");
		fail("flag --%s takes true or false, not \"%s\"", f->name, equals + 1);
		return -1;
	}
	if (equals)
		return add(a, f, equals + 1);
	if (f->kind == FLAG_OPTIONAL && (!(*at)[1] || (*at)[1][0] == '-'))
		return add(a, f, "");
	if (!(*at)[1]) {
		fail("flag needs an argument: --%s %s", f->name, f->argument);
		return -1;
	}
	(*at)++;
	return add(a, f, **at);
}

static int parse_short(struct args *a, const struct flag *const *tables, char ***at)
{
	for (const char *p = **at + 1; *p; p++) {
		const struct flag *f = find(tables, NULL, 0, *p);
		char name[2] = { *p, '\0' };

		if (!f)
			return unknown(a->verb, **at, name, tables);
		f = resolve(tables, f);
		if (f->kind == FLAG_BOOL) {
			if (add(a, f, "true") < 0)
				return -1;
			continue;
		}
		if (p[1])
			return add(a, f, p[1] == '=' ? p + 2 : p + 1);
		if (!(*at)[1]) {
			fail("flag needs an argument: -%c %s", *p, f->argument);
			return -1;
		}
		(*at)++;
		return add(a, f, **at);
	}
	return 0;
}

int args_parse(struct args *a, const char *verb, const struct flag *const *tables, int stop_at_word, char **argv)
{
	size_t n = 0;

	memset(a, 0, sizeof(*a));
	a->verb = verb;
	while (argv[n])
		n++;
	a->rest = calloc(n + 1, sizeof(*a->rest));
	if (!a->rest)
		return -1;
	for (char **at = argv; *at; at++) {
		int r = 0;

		if (strcmp(*at, "--") == 0 || ((*at)[0] != '-' && stop_at_word) || strcmp(*at, "-") == 0) {
			if (strcmp(*at, "--") == 0)
				at++;
			for (; *at; at++)
				a->rest[a->n_rest++] = *at;
			break;
		}
		if ((*at)[0] != '-')
			a->rest[a->n_rest++] = *at;
		else
			r = (*at)[1] == '-' ? parse_long(a, tables, &at) : parse_short(a, tables, &at);
		if (r < 0)
			return -1;
	}
	return 0;
}

void args_reset(struct args *a)
{
	free(a->flags);
	free(a->rest);
	memset(a, 0, sizeof(*a));
}

const char *args_item(const struct args *a, const char *name, size_t i)
{
	for (size_t k = 0; k < a->n_flags; k++)
		if (strcmp(a->flags[k].flag->name, name) == 0 && i-- == 0)
			return a->flags[k].value;
	return NULL;
}

int args_on(const struct args *a, const char *name, int fallback)
{
	for (size_t k = a->n_flags; k > 0; k--)
		if (strcmp(a->flags[k - 1].flag->name, name) == 0)
			return a->flags[k - 1].flag->kind != FLAG_BOOL || strcmp(a->flags[k - 1].value, "true") == 0;
	return fallback;
}

int args_has(const struct args *a, const char *name)
{
	return args_on(a, name, 0);
}

const char *args_value(const struct args *a, const char *name, const char *fallback)
{
	for (size_t k = a->n_flags; k > 0; k--)
		if (strcmp(a->flags[k - 1].flag->name, name) == 0)
			return a->flags[k - 1].value;
	return fallback;
}

void flags_help(const struct flag *const *tables)
{
	for (const struct flag *const *t = tables; *t; t++)
		for (const struct flag *f = *t; f->name; f++) {
			char left[64];

			snprintf(left, sizeof(left), "--%s%s%s", f->name, f->argument ? " " : "", f->argument ? f->argument : "");
			printf("  %c%c%s %-28s %s%s\n", f->letter ? '-' : ' ', f->letter ? f->letter : ' ', f->letter ? "," : " ", left,
			       f->alias_of ? "same as --" : "", f->alias_of ? f->alias_of : f->help);
		}
}
