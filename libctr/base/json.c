/* SPDX-License-Identifier: Apache-2.0 */
/* Getters, builders and copies of JSON values. */
#include "base/json.h"

#include <errno.h>
#include <string.h>
#include "base/mem.h"
#include "base/strv.h"

static int is_type(json_t *j, enum json_type type)
{
	return j && json_object_get_type(j) == type;
}

static int key_matches(const char *key, const char *wanted, size_t len, int exact)
{
	if (strlen(key) != len)
		return 0;
	if (exact)
		return memcmp(key, wanted, len) == 0;
	for (size_t i = 0; i < len; i++) {
		const char a[] = {key[i], '\0'}, b[] = {wanted[i], '\0'};

		if (str_casecmp_ascii(a, b) != 0)
			return 0;
	}
	return 1;
}

static json_t *get_n(json_t *obj, const char *wanted, size_t len)
{
	if (!is_type(obj, json_type_object))
		return NULL;
	for (int exact = 1; exact >= 0; exact--) {
		json_object_object_foreach(obj, key, value)
		{
			if (value && key_matches(key, wanted, len, exact))
				return value;
		}
	}
	return NULL;
}

json_t *json_get(json_t *obj, const char *key)
{
	json_t *value;

	if (is_type(obj, json_type_object) && json_object_object_get_ex(obj, key, &value) && value)
		return value;
	return get_n(obj, key, strlen(key));
}

json_t *json_get_path(json_t *obj, const char *path)
{
	for (;;) {
		size_t n = strcspn(path, ".");

		obj = get_n(obj, path, n);
		if (!obj || !path[n])
			return obj;
		path += n + 1;
	}
}

const char *json_get_str(json_t *obj, const char *key, const char *fallback)
{
	json_t *value = json_get(obj, key);

	return is_type(value, json_type_string) ? json_object_get_string(value) : fallback;
}

/* json-c saturates: only the other sign's getter tells a number at the limit from one beyond it. */
int64_t json_get_i64(json_t *obj, const char *key, int64_t fallback)
{
	json_t *value = json_get(obj, key);

	if (!is_type(value, json_type_int) || json_object_get_uint64(value) > (uint64_t)INT64_MAX)
		return fallback;
	return json_object_get_int64(value);
}

uint64_t json_get_u64(json_t *obj, const char *key, uint64_t fallback)
{
	json_t *value = json_get(obj, key);

	if (!is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return fallback;
	return json_object_get_uint64(value);
}

int json_get_bool(json_t *obj, const char *key, int fallback)
{
	json_t *value = json_get(obj, key);

	return is_type(value, json_type_boolean) ? json_object_get_boolean(value) : fallback;
}

int json_get_strv(json_t *obj, const char *key, char ***ret)
{
	json_t *arr = json_get(obj, key);
	char **v CLEANUP_STRV = NULL;
	size_t n;

	if (!arr) {
		*ret = NULL;
		return 0;
	}
	if (!is_type(arr, json_type_array))
		return -EINVAL;
	n = json_object_array_length(arr);
	v = mem_new0(n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		json_t *item = json_object_array_get_idx(arr, i);

		if (!is_type(item, json_type_string))
			return -EINVAL;
		v[i] = str_dup(json_object_get_string(item));
		if (!v[i])
			return -ENOMEM;
	}
	*ret = TAKE_PTR(v);
	return 0;
}

/* json-c loses the copied key when its table cannot grow, so the table is grown here first. */
static int make_room(json_t *obj)
{
	struct lh_table *table = json_object_get_object(obj);

	if (table->count + 1 < table->size * LH_LOAD_FACTOR)
		return 0;
	return lh_table_resize(table, table->size * 2) < 0 ? -ENOMEM : 0;
}

int json_put(json_t *obj, const char *key, json_t *value)
{
	if (!is_type(obj, json_type_object) || make_room(obj) < 0 || json_object_object_add(obj, key, value) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

static int put_new(json_t *obj, const char *key, json_t *value)
{
	return value ? json_put(obj, key, value) : -ENOMEM;
}

static json_t *new_string(const char *value)
{
	size_t len = strlen(value);

	return len > INT32_MAX - 64 ? NULL : json_object_new_string_len(value, (int)len);
}

int json_put_str(json_t *obj, const char *key, const char *value)
{
	return value ? put_new(obj, key, new_string(value)) : json_put(obj, key, NULL);
}

int json_put_i64(json_t *obj, const char *key, int64_t value)
{
	return put_new(obj, key, json_object_new_int64(value));
}

int json_put_u64(json_t *obj, const char *key, uint64_t value)
{
	return put_new(obj, key, json_object_new_uint64(value));
}

int json_put_bool(json_t *obj, const char *key, int value)
{
	return put_new(obj, key, json_object_new_boolean(value != 0));
}

int json_put_strv(json_t *obj, const char *key, const char *const *v)
{
	json_t *arr CLEANUP_JSON = json_object_new_array();

	if (!arr)
		return -ENOMEM;
	for (; v && *v; v++)
		if (json_push_str(arr, *v) < 0)
			return -ENOMEM;
	return json_put(obj, key, TAKE_PTR(arr));
}

int json_push(json_t *arr, json_t *value)
{
	if (!is_type(arr, json_type_array) || json_object_array_add(arr, value) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

int json_push_str(json_t *arr, const char *value)
{
	json_t *s;

	if (!value)
		return json_push(arr, NULL);
	s = new_string(value);
	return s ? json_push(arr, s) : -ENOMEM;
}

static int copy_value(json_t *j, json_t **ret);

static int copy_members(json_t *j, json_t *copy)
{
	json_object_object_foreach(j, key, value)
	{
		json_t *inner = NULL;

		if (copy_value(value, &inner) < 0 || json_put(copy, key, inner) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int copy_elements(json_t *j, json_t *copy)
{
	for (size_t i = 0; i < json_object_array_length(j); i++) {
		json_t *inner = NULL;

		if (copy_value(json_object_array_get_idx(j, i), &inner) < 0 || json_push(copy, inner) < 0)
			return -ENOMEM;
	}
	return 0;
}

static json_t *copy_scalar(json_t *j)
{
	const char *text;

	switch (json_object_get_type(j)) {
	case json_type_boolean:
		return json_object_new_boolean(json_object_get_boolean(j));
	case json_type_double:
		text = json_object_get_userdata(j);
		return text ? json_object_new_double_s(json_object_get_double(j), text)
			    : json_object_new_double(json_object_get_double(j));
	case json_type_int:
		return json_object_get_int64(j) == INT64_MAX ? json_object_new_uint64(json_object_get_uint64(j))
							     : json_object_new_int64(json_object_get_int64(j));
	default:
		return json_object_new_string_len(json_object_get_string(j), json_object_get_string_len(j));
	}
}

static int copy_value(json_t *j, json_t **ret)
{
	json_t *copy CLEANUP_JSON = NULL;
	enum json_type type = json_object_get_type(j);

	if (!j)
		return 0;
	if (type == json_type_object)
		copy = json_object_new_object();
	else if (type == json_type_array)
		copy = json_object_new_array();
	else
		copy = copy_scalar(j);
	if (!copy || (type == json_type_object && copy_members(j, copy) < 0) ||
	    (type == json_type_array && copy_elements(j, copy) < 0))
		return -ENOMEM;
	*ret = TAKE_PTR(copy);
	return 0;
}

json_t *json_copy(json_t *j)
{
	json_t *copy = NULL;

	copy_value(j, &copy);
	return copy;
}
