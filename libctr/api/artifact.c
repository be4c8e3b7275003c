/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/artifact.h>. */
#include <libctr/artifact.h>
#include "api/api.h"

int ctr_container_artifact_add(ctr_container_t *c, const char *name, const void *data, size_t len, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!c || !name || (!data && len > 0))
		return api_null(err, "ctr_container_artifact_add", !c ? "c" : !name ? "name" : "data");
	r = core_check_fork(c->pid, &e);
	if (r == 0)
		r = core_container_artifact_add(c, name, data, len, &e);
	return api_publish(c, "container_artifact_add", r, e, err);
}

int ctr_container_artifact_get(ctr_container_t *c, const char *name, void **data, size_t *len, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!c || !name || !data || !len)
		return api_null(err, "ctr_container_artifact_get", !c ? "c" : !name ? "name" : !data ? "data" : "len");
	r = core_check_fork(c->pid, &e);
	if (r == 0)
		r = core_container_artifact_get(c, name, data, len, &e);
	return api_publish(c, "container_artifact_get", r, e, err);
}

int ctr_container_artifact_remove(ctr_container_t *c, const char *name, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!c || !name)
		return api_null(err, "ctr_container_artifact_remove", c ? "name" : "c");
	r = core_check_fork(c->pid, &e);
	if (r == 0)
		r = core_container_artifact_remove(c, name, &e);
	return api_publish(c, "container_artifact_remove", r, e, err);
}

int ctr_container_artifact_list(ctr_container_t *c, char **ret_json, ctr_error_t **err)
{
	API_ENTER();
	ctr_error_t *e = NULL;
	int r;

	if (!c || !ret_json)
		return api_null(err, "ctr_container_artifact_list", c ? "ret_json" : "c");
	r = core_check_fork(c->pid, &e);
	if (r == 0)
		r = core_container_artifact_list(c, ret_json, &e);
	return api_publish(c, "container_artifact_list", r, e, err);
}
