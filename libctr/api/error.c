/* SPDX-License-Identifier: Apache-2.0 */
/* Public functions of <libctr/error.h>. */
#include <libctr/error.h>
#include "api/api.h"
#include "base/mem.h"
#include "error/error.h"

ctr_error_t *ctr_error_new(int code, const char *message, ctr_error_t *cause_or_null)
{
	return error_new(code, str_or_empty(message), cause_or_null);
}

ctr_error_t *ctr_error_ref(ctr_error_t *err)
{
	return error_ref(err);
}

ctr_error_t *ctr_error_unref(ctr_error_t *err)
{
	return error_unref(err);
}

void ctr_error_clear(ctr_error_t **err)
{
	if (!err)
		return;
	error_unref(*err);
	*err = NULL;
}

int ctr_error_code(const ctr_error_t *err)
{
	return error_code(err);
}

int ctr_error_errno(const ctr_error_t *err)
{
	return error_errno(err);
}

const char *ctr_error_domain(const ctr_error_t *err)
{
	return str_or_empty(error_domain(err));
}

const char *ctr_error_message(const ctr_error_t *err)
{
	return error_message(err);
}

const ctr_error_t *ctr_error_cause(const ctr_error_t *err)
{
	return error_cause(err);
}

ctr_retry_t ctr_error_retry(const ctr_error_t *err)
{
	return error_retry(err);
}

const char *ctr_error_detail(const ctr_error_t *err, const char *key)
{
	return key ? error_get_detail(err, key) : NULL;
}

size_t ctr_error_detail_count(const ctr_error_t *err)
{
	return error_detail_count(err);
}

const char *ctr_error_detail_key(const ctr_error_t *err, size_t i)
{
	return error_detail_key(err, i);
}

const char *ctr_error_code_name(int code)
{
	return error_code_name(code);
}

char *ctr_error_format(const ctr_error_t *err)
{
	return error_format(err);
}

char *ctr_error_to_json(const ctr_error_t *err)
{
	API_ENTER();

	return error_to_json(err);
}
