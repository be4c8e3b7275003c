/* SPDX-License-Identifier: Apache-2.0 */
/* Event filters: a table of keys, each with its match. Values of one key are OR-ed, keys AND-ed, as Podman does. */
#include "model/event_filter.h"

#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "model/spec.h"

typedef int (*match_fn)(const char *value, json_t *event);

struct event_filter_key {
	const char *name;
	match_fn match;
};

struct event_term {
	match_fn match;
	char **values;
	size_t n;
};

struct event_filter {
	struct event_term *terms;
	size_t n;
};

static int is_of_type(json_t *event, const char *type)
{
	return STREQ(json_get_str(event, "Type", ""), type);
}

/* The exact name, or the beginning of the id */
static int match_object(const char *value, json_t *event, const char *type)
{
	return is_of_type(event, type) && (STREQ(json_get_str(event, "Name", ""), value) ||
					   str_has_prefix(json_get_str(event, "ID", ""), value));
}

static int match_container(const char *value, json_t *event)
{
	return match_object(value, event, "container");
}

static int match_pod(const char *value, json_t *event)
{
	return match_object(value, event, "pod");
}

static int match_image(const char *value, json_t *event)
{
	return match_object(value, event, "image");
}

static int match_volume(const char *value, json_t *event)
{
	return is_of_type(event, "volume") && str_has_prefix(json_get_str(event, "Name", ""), value);
}

static int match_status(const char *value, json_t *event)
{
	return STREQ(json_get_str(event, "Status", ""), STREQ(value, "die") ? "died" : value);
}

static int match_type(const char *value, json_t *event)
{
	return is_of_type(event, value);
}

static int match_label(const char *value, json_t *event)
{
	const char *equals = strchr(value, '=');
	CLEANUP_FREE char *key = str_ndup(value, equals ? (size_t)(equals - value) : strlen(value));
	json_t *there = NULL, *attributes = json_get(event, "Attributes");

	/* Not json_get: labels may differ in case only. */
	if (!key || !attributes || !json_object_object_get_ex(attributes, key, &there))
		return 0;
	return !equals || (there && STREQ(json_object_get_string(there), equals + 1));
}

static const struct event_filter_key keys[] = {
    {"container", match_container}, {"pod", match_pod},	  {"image", match_image}, {"volume", match_volume},
    {"event", match_status},	    {"status", match_status}, {"type", match_type},   {"label", match_label},
};

static int bad_key(const char *name, ctr_error_t **err)
{
	const char *names[ARRAY_SIZE(keys)], *near;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		names[i] = keys[i].name;
	near = nearest_name(name, names, ARRAY_SIZE(keys));
	error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "there is no event filter \"%s\"%s%s%s", name,
		  near ? "; did you mean \"" : "; ctr_events_open(3) names those there are", str_or_empty(near), near ? "\"?" : "");
	error_detail(err, "path", name);
	return CTR_ERR_INVALID_ARG;
}

static int copy_values(const char *name, json_t *list, struct event_term *ret, ctr_error_t **err)
{
	size_t n = json_object_array_length(list);

	ret->values = mem_new0(n + 1, sizeof(*ret->values));
	if (!ret->values)
		return error_no_memory(err);
	for (size_t i = 0; i < n; i++) {
		json_t *value = json_object_array_get_idx(list, i);

		if (!value || json_object_get_type(value) != json_type_string)
			return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
					 "the event filter \"%s\" must have strings in its list", name);
		ret->values[i] = str_dup(json_object_get_string(value));
		if (!ret->values[i])
			return error_no_memory(err);
		ret->n++;
	}
	return 0;
}

static int parse_term(const char *name, json_t *list, struct event_term *ret, ctr_error_t **err)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys) && !ret->match; i++) {
		if (strcasecmp(keys[i].name, name) == 0)
			ret->match = keys[i].match;
	}
	if (!ret->match)
		return bad_key(name, err);
	if (json_object_get_type(list) != json_type_array)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "the event filter \"%s\" must have a list of strings", name);
	return copy_values(name, list, ret, err);
}

static int parse_terms(json_t *given, struct event_filter *f, ctr_error_t **err)
{
	f->terms = mem_new0((size_t)json_object_object_length(given) + 1, sizeof(*f->terms));
	if (!f->terms)
		return error_no_memory(err);
	json_object_object_foreach(given, name, list)
	{
		int r = list ? parse_term(name, list, &f->terms[f->n++], err) : 0; /* null is absence */

		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_text(const char *text, size_t len, json_t **ret, ctr_error_t **err)
{
	const char *why = "";
	size_t offset = 0;
	int r = json_parse(text, len, ret, &why, &offset);

	if (r == -ENOMEM)
		return error_no_memory(err);
	if (r < 0)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "the event filters are not valid JSON at byte %zu: %s", offset, why);
	if (*ret && json_object_get_type(*ret) != json_type_object)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "the event filters must be a JSON object of lists of strings");
	return 0;
}

static void cleanup_filter_fn(struct event_filter **f)
{
	event_filter_free(*f);
}

int event_filter_parse(const char *text, size_t len, struct event_filter **ret, ctr_error_t **err)
{
	CLEANUP(cleanup_filter_fn) struct event_filter *f = NEW0(struct event_filter);
	CLEANUP_JSON json_t *given = NULL;
	int r = f ? 0 : error_no_memory(err);

	if (r == 0 && text)
		r = parse_text(text, len, &given, err);
	if (r == 0 && given)
		r = parse_terms(given, f, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(f);
	return 0;
}

void event_filter_free(struct event_filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++) {
		for (size_t j = 0; j < f->terms[i].n; j++)
			free(f->terms[i].values[j]);
		free(f->terms[i].values);
	}
	free(f->terms);
	free(f);
}

int event_filter_is_empty(const struct event_filter *f)
{
	return f->n == 0;
}

static int term_matches(const struct event_term *term, json_t *event)
{
	if (term->n == 0)
		return 1; /* nothing is asked for, as when the key is absent */
	for (size_t i = 0; i < term->n; i++) {
		if (term->match(term->values[i], event))
			return 1;
	}
	return 0;
}

int event_filter_match(const struct event_filter *f, json_t *event)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!term_matches(&f->terms[i], event))
			return 0;
	}
	return 1;
}
