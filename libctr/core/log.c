/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the host's log function; silence without one. */
#include <stdarg.h>
#include <string.h>
#include "base/mem.h"
#include "core/core.h"

void core_log(ctr_engine_t *e, int32_t level, const char *domain, const char *id, const char *fmt, ...)
{
	CLEANUP_FREE char *message = NULL, *fields = NULL;
	va_list ap;

	if (!e->config.log_fn || level > e->config.log_level)
		return;
	va_start(ap, fmt);
	message = str_vprintf(fmt, ap);
	va_end(ap);
	if (id)
		fields = str_printf("{\"container\":\"%s\"}", id);
	if (message)
		e->config.log_fn(level, domain, message, fields ? fields : "{}", e->config.log_userdata);
}

int core_check_fork(pid_t maker, ctr_error_t **err)
{
	if (maker == getpid())
		return 0;
	return error_set(err, CTR_ERR_FORKED, DOMAIN_CORE,
			 "this handle was made by process %d and cannot be used in process %d, a fork of it; open an engine here",
			 (int)maker, (int)getpid());
}
