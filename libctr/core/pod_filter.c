/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of pod lists. What pods and containers have in common is matched by the filters of containers: a pod's id,
 * name, labels and time as if it were one, and those of its members. */
#include "core/pod_filter.h"

#include <strings.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "model/spec.h"

enum kind { KIND_POD, KIND_STATUS, KIND_NUMBER, KIND_MEMBER };

static const struct {
	const char *name;
	enum kind kind;
	const char *as; /* the key of a container filter */
} keys[] = {
    {"id", KIND_POD, "id"},
    {"name", KIND_POD, "name"},
    {"label", KIND_POD, "label"},
    {"label!", KIND_POD, "label!"},
    {"until", KIND_POD, "until"},
    {"status", KIND_STATUS, NULL},
    {"ctr-number", KIND_NUMBER, NULL},
    {"ctr-ids", KIND_MEMBER, "id"},
    {"ctr-names", KIND_MEMBER, "name"},
    {"ctr-status", KIND_MEMBER, "status"},
};

static int bad_key(const char *name, ctr_error_t **err)
{
	const char *names[ARRAY_SIZE(keys)], *near;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		names[i] = keys[i].name;
	near = nearest_name(name, names, ARRAY_SIZE(keys));
	error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "there is no filter \"%s\" for pods%s%s%s", name,
		  near ? "; did you mean \"" : "; ctr_pod_list(3) names those there are", str_or_empty(near),
		  near ? "\"?" : "");
	error_detail(err, "path", name);
	return CTR_ERR_INVALID_ARG;
}

static int as_container_filter(const char *key, json_t *values, struct filter **ret, ctr_error_t **err)
{
	CLEANUP_JSON json_t *one = json_object_new_object();
	CLEANUP_FREE char *text = NULL;

	if (!one || json_put(one, key, json_object_get(values)) < 0 || !(text = json_print(one)))
		return error_no_memory(err);
	return filter_parse(text, CTR_STRLEN, clock_realtime_ns(), ret, err);
}

static int check_values(const char *key, json_t *values, int (*check)(const char *text), const char *wanted,
			ctr_error_t **err)
{
	if (json_object_get_type(values) != json_type_array)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the filter \"%s\" must have a list of strings",
				 key);
	for (size_t i = 0; i < json_object_array_length(values); i++) {
		json_t *value = json_object_array_get_idx(values, i);

		if (!value || json_object_get_type(value) != json_type_string ||
		    check(json_object_get_string(value)) < 0)
			return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the filter \"%s\" takes %s", key,
					 wanted);
	}
	return 0;
}

static int is_status(const char *text)
{
	int32_t state;

	return pod_state_from_name(text, &state);
}

static int is_number(const char *text)
{
	uint64_t number;

	return str_to_u64(text, 10, &number);
}

static int add(struct pod_filter *f, size_t key, json_t *values, ctr_error_t **err)
{
	int r = 0;

	if (keys[key].kind == KIND_STATUS)
		r = check_values(keys[key].name, values, is_status,
				 "created, running, degraded, paused, stopped, exited or error", err);
	else if (keys[key].kind == KIND_NUMBER)
		r = check_values(keys[key].name, values, is_number, "how many containers a pod has", err);
	else
		r = as_container_filter(keys[key].as, values,
					keys[key].kind == KIND_POD ? &f->pod[f->n_pod] : &f->members[f->n_members],
					err);
	if (r < 0)
		return r;
	f->n_pod += keys[key].kind == KIND_POD;
	f->n_members += keys[key].kind == KIND_MEMBER;
	if (keys[key].kind == KIND_STATUS)
		f->status = json_object_get(values);
	if (keys[key].kind == KIND_NUMBER)
		f->number = json_object_get(values);
	f->looks_at_members |= keys[key].kind != KIND_POD;
	return 0;
}

static int find_key(const char *name, size_t *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcasecmp(keys[i].name, name) == 0) {
			*ret = i;
			return 0;
		}
	}
	return -ENOENT;
}

static int add_all(json_t *given, struct pod_filter *f, ctr_error_t **err)
{
	uint32_t seen = 0;

	json_object_object_foreach(given, name, values)
	{
		size_t key = 0;
		int r = 0;

		if (find_key(name, &key) < 0)
			return bad_key(name, err);
		if (values && (seen & (UINT32_C(1) << key)))
			return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the filter \"%s\" stands there twice",
					 name);
		seen |= UINT32_C(1) << key;
		if (values && (r = add(f, key, values, err)) < 0)
			return r;
	}
	return 0;
}

int pod_filter_parse(const char *text, size_t len, struct pod_filter *ret, ctr_error_t **err)
{
	struct pod_filter f = {.n_pod = 0};
	CLEANUP_JSON json_t *given = NULL;
	const char *why = "";
	size_t offset = 0;
	int r = text ? json_parse(text, len, &given, &why, &offset) : 0;

	if (r == -ENOMEM)
		return error_no_memory(err);
	if (r < 0)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "the filters are not valid JSON at byte %zu: %s", offset, why);
	if (given && json_object_get_type(given) != json_type_object)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "the filters must be a JSON object of lists of strings");
	r = given ? add_all(given, &f, err) : 0;
	if (r < 0)
		pod_filter_reset(&f);
	else
		*ret = f;
	return r;
}

void pod_filter_reset(struct pod_filter *f)
{
	for (size_t i = 0; i < f->n_pod; i++)
		filter_free(f->pod[i]);
	for (size_t i = 0; i < f->n_members; i++)
		filter_free(f->members[i]);
	json_object_put(f->status);
	json_object_put(f->number);
	memset(f, 0, sizeof(*f));
}

static int any_member(const struct filter *f, const struct pod_members *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (filter_match(f, m->rows[i]))
			return 1;
	return 0;
}

static int status_matches(json_t *values, int32_t state)
{
	for (size_t i = 0; i < json_object_array_length(values); i++) {
		int32_t wanted;

		if (pod_state_from_name(json_object_get_string(json_object_array_get_idx(values, i)), &wanted) == 0 &&
		    wanted == state)
			return 1;
	}
	return 0;
}

static int number_matches(json_t *values, size_t n)
{
	for (size_t i = 0; i < json_object_array_length(values); i++) {
		uint64_t wanted;

		if (str_to_u64(json_object_get_string(json_object_array_get_idx(values, i)), 10, &wanted) == 0 &&
		    wanted == n)
			return 1;
	}
	return 0;
}

int pod_filter_match(const struct pod_filter *f, const struct pod_row *row, const struct pod_members *m)
{
	/* What the filters that pods may have look at */
	struct container_row as_container = {.name = row->name, .labels = row->labels, .created_ns = row->created_ns};

	memcpy(as_container.id, row->id, sizeof(as_container.id));
	for (size_t i = 0; i < f->n_pod; i++)
		if (!filter_match(f->pod[i], &as_container))
			return 0;
	for (size_t i = 0; i < f->n_members; i++)
		if (!any_member(f->members[i], m))
			return 0;
	return (!f->status || status_matches(f->status, m->state)) && (!f->number || number_matches(f->number, m->n));
}
