/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/resources.h>. */
#include <libctr/resources.h>
#include "api/api.h"

int ctr_container_update(ctr_container_t *c, const char *json, size_t len, ctr_op_t *op, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c || !json)
		return api_null(err, "ctr_container_update", c ? "json" : "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_update(c, json, len, &call, &e);
	return api_publish(c, "container_update", r, e, err);
}

int ctr_container_stats(ctr_container_t *c, ctr_op_t *op, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c || !ret_json)
		return api_null(err, "ctr_container_stats", c ? "ret_json" : "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_stats(c, &call, ret_json, &e);
	return api_publish(c, "container_stats", r, e, err);
}

int ctr_container_top(ctr_container_t *c, ctr_op_t *op, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	struct op_call call;
	ctr_error_t *e = NULL;
	int r;

	if (!c || !ret_json)
		return api_null(err, "ctr_container_top", c ? "ret_json" : "c");
	r = api_begin_container(&call, c, op, 0, &e);
	if (r == 0)
		r = core_container_top(c, &call, ret_json, &e);
	return api_publish(c, "container_top", r, e, err);
}
