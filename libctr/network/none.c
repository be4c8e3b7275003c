/* SPDX-License-Identifier: Apache-2.0 */
/* Networks that need nothing done: `none` (the OCI runtime makes the namespace and brings lo up) and `host` (the caller's own namespace). */
#include "network/network.h"

#include "base/mem.h"
#include "error/error.h"

static int answer(const char *text, char **ret_json, ctr_error_t **err)
{
	*ret_json = str_dup(text);
	return *ret_json ? 0 : error_no_memory(err);
}

static int setup(void *self, const struct ctr_network_attach *what, char **ret_status_json, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)what;
	(void)op;
	return answer("{}", ret_status_json, err);
}

static int teardown(void *self, const struct ctr_network_attach *what, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)what;
	(void)op;
	(void)err;
	return 0;
}

static int probe_none(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)op;
	return answer("{\"name\":\"none\",\"usable\":true,\"why\":null,\"fix\":null}", ret_json, err);
}

static int probe_host(void *self, char **ret_json, ctr_op_t *op, ctr_error_t **err)
{
	(void)self;
	(void)op;
	return answer("{\"name\":\"host\",\"usable\":true,\"why\":null,\"fix\":null}", ret_json, err);
}

static const struct ctr_network_ops none_ops = {.size = sizeof(none_ops), .setup = setup, .teardown = teardown, .probe = probe_none};
static const struct ctr_network_ops host_ops = {.size = sizeof(host_ops), .setup = setup, .teardown = teardown, .probe = probe_host};

const struct ctr_network_ops *network_none_ops(void)
{
	return &none_ops;
}

const struct ctr_network_ops *network_host_ops(void)
{
	return &host_ops;
}
