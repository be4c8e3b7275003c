/* SPDX-License-Identifier: Apache-2.0 */
/* The spec object: a document of canonical values, changed field by field through the one table. */
#include "model/spec.h"

#include <stdatomic.h>
#include <string.h>
#include "base/mem.h"
#include "model/spec_table.h"

struct ctr_spec {
	_Atomic int refs;
	json_t *doc;
};

static inline void cleanup_spec_fn(ctr_spec_t **spec)
{
	spec_unref(*spec);
}
#define CLEANUP_SPEC CLEANUP(cleanup_spec_fn)

int spec_new(ctr_spec_t **ret, ctr_error_t **err)
{
	CLEANUP_SPEC ctr_spec_t *spec = NEW0(ctr_spec_t);

	if (!spec)
		return error_no_memory(err);
	atomic_init(&spec->refs, 1);
	spec->doc = json_object_new_object();
	if (!spec->doc)
		return error_no_memory(err);
	*ret = TAKE_PTR(spec);
	return 0;
}

ctr_spec_t *spec_ref(ctr_spec_t *spec)
{
	if (spec)
		atomic_fetch_add_explicit(&spec->refs, 1, memory_order_relaxed);
	return spec;
}

ctr_spec_t *spec_unref(ctr_spec_t *spec)
{
	if (!spec || atomic_fetch_sub_explicit(&spec->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	json_object_put(spec->doc);
	free(spec);
	return NULL;
}

int spec_parse_text(const char *what, const char *text, size_t len, json_t **ret, ctr_error_t **err)
{
	const char *why = "";
	size_t offset = 0;
	int rc = json_parse(text, len, ret, &why, &offset);

	if (rc == -ENOMEM)
		return error_no_memory(err);
	if (rc == -E2BIG)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE,
				 "%s is longer than 16 MiB or nested deeper than 32 levels", what);
	if (rc < 0)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "%s is not valid JSON at byte %zu: %s", what,
				 offset, why);
	return 0;
}

int spec_from_json(const char *text, size_t len, ctr_spec_t **ret, ctr_error_t **err)
{
	const struct spec_field whole = {.sub = spec_fields, .n_sub = spec_n_fields};
	CLEANUP_SPEC ctr_spec_t *spec = NULL;
	CLEANUP_JSON json_t *given = NULL;
	json_t *doc = NULL;
	int rc = spec_parse_text("the spec", text, len, &given, err);

	if (rc < 0)
		return rc;
	if (!given || json_object_get_type(given) != json_type_object)
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "the spec must be a JSON object");
	rc = spec_check_object(given, &whole, "", &doc, err);
	if (rc == 0)
		rc = spec_new(&spec, err);
	if (rc < 0) {
		json_object_put(doc);
		return rc;
	}
	json_object_put(spec->doc);
	spec->doc = doc;
	*ret = TAKE_PTR(spec);
	return 0;
}

int spec_to_json(const ctr_spec_t *spec, char **ret, ctr_error_t **err)
{
	char *text = json_print(spec->doc);

	if (!text)
		return error_no_memory(err);
	*ret = text;
	return 0;
}

int spec_set_value(ctr_spec_t *spec, const char *name, json_t *value, ctr_error_t **err)
{
	CLEANUP_JSON json_t *given = value;
	const struct spec_field *field = NULL;
	json_t *checked = NULL;
	int rc = spec_find_field(spec_fields, spec_n_fields, "", name, &field, err);

	if (rc < 0)
		return rc;
	if (!given) {
		json_object_object_del(spec->doc, field->name);
		return 0;
	}
	rc = field->check(given, field, field->name, &checked, err);
	if (rc < 0)
		return rc;
	return json_put(spec->doc, field->name, checked) < 0 ? error_no_memory(err) : 0;
}

int spec_set_json(ctr_spec_t *spec, const char *field, const char *text, size_t len, ctr_error_t **err)
{
	json_t *value = NULL;
	int rc = spec_parse_text("the value", text, len, &value, err);

	return rc < 0 ? rc : spec_set_value(spec, field, value, err);
}

/* Checks value as a whole field and hands out the field's entry with the canonical form. */
static int check_whole(const char *name, json_t *value, const struct spec_field **ret_field, json_t **ret,
		       ctr_error_t **err)
{
	int rc = spec_find_field(spec_fields, spec_n_fields, "", name, ret_field, err);

	return rc < 0 ? rc : (*ret_field)->check(value, *ret_field, (*ret_field)->name, ret, err);
}

/* The field's present object or list, made when it is absent. Borrowed; NULL = out of memory. */
static json_t *present(ctr_spec_t *spec, const char *name, json_t *(*make)(void))
{
	json_t *value = json_get(spec->doc, name);

	if (value)
		return value;
	value = make();
	if (!value || json_put(spec->doc, name, value) < 0)
		return NULL;
	return value;
}

int spec_set_map_entry(ctr_spec_t *spec, const char *name, const char *key, const char *value, ctr_error_t **err)
{
	CLEANUP_JSON json_t *single = json_object_new_object();
	CLEANUP_JSON json_t *checked = NULL;
	const struct spec_field *field = NULL;
	json_t *map, *entry = NULL;
	int rc;

	if (!single || json_put_str(single, key, value) < 0)
		return error_no_memory(err);
	rc = check_whole(name, single, &field, &checked, err);
	if (rc < 0)
		return rc;
	map = present(spec, field->name, json_object_new_object);
	json_object_object_get_ex(checked, key, &entry);
	if (!map || json_put(map, key, json_object_get(entry)) < 0)
		return error_no_memory(err);
	return 0;
}

static json_t *new_array(void)
{
	return json_object_new_array();
}

int spec_push_value(ctr_spec_t *spec, const char *name, json_t *value, ctr_error_t **err)
{
	CLEANUP_JSON json_t *single = json_object_new_array();
	CLEANUP_JSON json_t *checked = NULL;
	const struct spec_field *field = NULL;
	json_t *list;
	int rc;

	if (!single) {
		json_object_put(value);
		return error_no_memory(err);
	}
	if (!value || json_push(single, value) < 0)
		return error_no_memory(err);
	rc = check_whole(name, single, &field, &checked, err);
	if (rc < 0)
		return rc;
	list = present(spec, field->name, new_array);
	if (!list || json_push(list, json_object_get(json_object_array_get_idx(checked, 0))) < 0)
		return error_no_memory(err);
	return 0;
}

static int put_options(json_t *mount, const char *options_comma)
{
	json_t *list = json_object_new_array();

	if (!list || json_put(mount, "options", list) < 0)
		return -ENOMEM;
	for (const char *p = options_comma; *p;) {
		size_t len = strcspn(p, ",");
		CLEANUP_FREE char *option = str_ndup(p, len);

		if (!option || (len > 0 && json_push_str(list, option) < 0))
			return -ENOMEM;
		p += len + (p[len] == ',');
	}
	return 0;
}

int spec_set_mount(ctr_spec_t *spec, const char *type, const char *source, const char *destination,
		   const char *options_comma, ctr_error_t **err)
{
	CLEANUP_JSON json_t *mount = json_object_new_object();

	if (!mount || json_put_str(mount, "type", type) < 0 || json_put_str(mount, "destination", destination) < 0 ||
	    (source && json_put_str(mount, "source", source) < 0) ||
	    (options_comma && put_options(mount, options_comma) < 0))
		return error_no_memory(err);
	return spec_push_value(spec, "mounts", TAKE_PTR(mount), err);
}

int spec_finish(const ctr_spec_t *spec, json_t **ret_doc, ctr_error_t **err)
{
	CLEANUP_JSON json_t *copy = NULL;
	int rc = spec_check_together(spec->doc, err);

	if (rc < 0)
		return rc;
	copy = json_copy(spec->doc);
	if (!copy)
		return error_no_memory(err);
	*ret_doc = TAKE_PTR(copy);
	return 0;
}
