/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of a finished spec document: what each field means where it is absent. */
#include <signal.h>
#include <string.h>
#include "base/mem.h"
#include "base/strv.h"
#include "model/ident.h"
#include "model/log_index.h"
#include "model/spec.h"

static const char *non_empty(json_t *doc, const char *field, const char *fallback)
{
	const char *text = json_get_str(doc, field, NULL);

	return text && text[0] ? text : fallback;
}

const char *config_name(json_t *doc)
{
	return json_get_str(doc, "name", NULL);
}

const char *config_rootfs(json_t *doc)
{
	return json_get_str(doc, "rootfs", NULL);
}

static int push_all(char ***v, json_t *list)
{
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		int rc = strv_push(v, json_object_get_string(json_object_array_get_idx(list, i)));

		if (rc < 0)
			return rc;
	}
	return 0;
}

int config_argv(json_t *doc, char ***ret)
{
	CLEANUP_STRV char **argv = mem_new0(1, sizeof(char *));
	int rc = argv ? push_all(&argv, json_get(doc, "entrypoint")) : -ENOMEM;

	if (rc == 0)
		rc = push_all(&argv, json_get(doc, "command"));
	if (rc < 0)
		return rc;
	*ret = TAKE_PTR(argv);
	return 0;
}

int config_stop_signal(json_t *doc)
{
	return (int)json_get_i64(doc, "stop_signal", SIGTERM);
}

uint32_t config_stop_timeout(json_t *doc, uint32_t engine_default)
{
	return (uint32_t)json_get_i64(doc, "stop_timeout", engine_default);
}

uint64_t config_limit_ns(json_t *doc)
{
	return (uint64_t)json_get_i64(doc, "timeout", 0) * NSEC_PER_SEC;
}

int config_bool(json_t *doc, const char *field)
{
	return json_get_bool(doc, field, 0);
}

const char *config_ns(json_t *doc, const char *field, const char **ret_value)
{
	json_t *ns = json_get(doc, field);
	const char *mode = ns ? json_get_str(ns, "nsmode", "") : "";

	if (ret_value)
		*ret_value = ns ? json_get_str(ns, "value", "") : "";
	if (mode[0] && !STREQ(mode, "default"))
		return mode;
	return STREQ(field, "userns") ? "host" : "private";
}

const char *config_log_driver(json_t *doc)
{
	json_t *log = json_get(doc, "log_configuration");
	const char *driver = log ? non_empty(log, "driver", "k8s-file") : "k8s-file";

	return STREQ(driver, "json-file") ? "k8s-file" : driver;
}

int64_t config_log_size(json_t *doc)
{
	json_t *log = json_get(doc, "log_configuration");
	json_t *options = log ? json_get(log, "options") : NULL;
	const char *text = options ? json_get_str(options, "max-size", "") : "";
	int64_t size = log ? json_get_i64(log, "size", -1) : -1;

	if (*text && log_size_parse(text, &size) < 0)
		size = -1;
	return size > 0 ? size : -1;
}

unsigned config_log_files(json_t *doc)
{
	json_t *log = json_get(doc, "log_configuration");
	json_t *options = log ? json_get(log, "options") : NULL;
	uint64_t n = 1;

	if (options && str_to_u64(json_get_str(options, "max-file", "1"), 10, &n) < 0)
		n = 1;
	return n >= 1 && n <= LOG_FILES_MAX ? (unsigned)n : 1;
}

const char *config_log_path(json_t *doc)
{
	json_t *log = json_get(doc, "log_configuration");

	return log ? non_empty(log, "path", NULL) : NULL;
}

const char *config_hostname(json_t *doc, const char *id, char buf[ID_SIZE_HOSTNAME])
{
	const char *given = non_empty(doc, "hostname", NULL);

	if (given) {
		str_copy(buf, ID_SIZE_HOSTNAME, given);
	} else {
		size_t len = strnlen(id, ID_SHORT_LEN);

		memcpy(buf, id, len);
		buf[len] = '\0';
	}
	return buf;
}
