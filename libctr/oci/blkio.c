/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of block devices given by path: the machine knows their numbers. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "oci/parts.h"

static const struct {
	const char *field, *value;
} maps[] = {
    {"weightDevice", "weight"},		{"throttleReadBpsDevice", "rate"},   {"throttleWriteBpsDevice", "rate"},
    {"throttleReadIOPSDevice", "rate"}, {"throttleWriteIOPSDevice", "rate"},
};

static json_t *child(json_t *parent, const char *key, json_t *(*make)(void))
{
	json_t *value = json_get(parent, key);

	if (value)
		return value;
	value = make();
	return value && json_put(parent, key, value) == 0 ? value : NULL;
}

static json_t *new_array(void)
{
	return json_object_new_array();
}

static int push_device(json_t *list, const char *path, const char *key, uint64_t value, ctr_error_t **err)
{
	CLEANUP_JSON json_t *one = json_object_new_object();
	struct stat st;

	if (stat(path, &st) < 0)
		return error_set_errno(err, 0, DOMAIN_CORE, errno, "cannot limit the block device %s", path);
	if (!S_ISBLK(st.st_mode))
		return error_set(err, CTR_ERR_INVALID_ARG, DOMAIN_CORE, "%s is no block device: it cannot be limited",
				 path);
	if (!one || json_put_i64(one, "major", major(st.st_rdev)) < 0 ||
	    json_put_i64(one, "minor", minor(st.st_rdev)) < 0 || json_put_u64(one, key, value) < 0 ||
	    json_push(list, TAKE_PTR(one)) < 0)
		return error_no_memory(err);
	return 0;
}

int oci_put_block_devices(json_t *doc, json_t *resources, ctr_error_t **err)
{
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		json_t *map = json_get(doc, maps[i].field), *block, *list;

		if (!map || json_object_object_length(map) == 0)
			continue;
		block = child(resources, "blockIO", json_object_new_object);
		list = block ? child(block, maps[i].field, new_array) : NULL;
		if (!list)
			return error_no_memory(err);
		json_object_object_foreach(map, path, one)
		{
			int rc = push_device(list, path, maps[i].value, json_get_u64(one, maps[i].value, 0), err);

			if (rc < 0)
				return rc;
		}
	}
	return 0;
}
