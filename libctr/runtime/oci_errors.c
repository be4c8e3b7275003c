/* SPDX-License-Identifier: Apache-2.0 */
/* Classification of OCI runtimes' messages. The rows were made from what crun 1.8.1 and runc 1.1.5 really say; tests/unit/test_oci_errors.c has the texts. */
#include "runtime/oci_errors.h"

#include <errno.h>
#include <string.h>
#include <libctr/error.h>
#include "base/json.h"
#include "base/mem.h"

/* First match wins; both words must be there, in this order, in any case. Rows that name the object come before rows that only name an errno: a missing bind
 * source says "no such file or directory" just as a missing command does, and libpod's table takes the one for the other. */
static const struct row {
	const char *first, *second;
	int code;
} rows[] = {
	{"executing hook", NULL, CTR_ERR_RUNTIME},
	{"running hook", NULL, CTR_ERR_RUNTIME},
	{"/attr/", NULL, CTR_ERR_RUNTIME}, /* security labels */
	{"/status`", NULL, CTR_ERR_RUNTIME}, /* crun does not know the container */
	{"unable to apply cgroup", NULL, CTR_ERR_RUNTIME},
	{"memory limit", NULL, CTR_ERR_NO_RESOURCES},
	{"too many open files", NULL, CTR_ERR_NO_RESOURCES},
	{"resource temporarily unavailable", NULL, CTR_ERR_NO_RESOURCES},
	{"cannot allocate memory", NULL, CTR_ERR_NO_MEMORY},
	{"no space left on device", NULL, CTR_ERR_NO_SPACE},
	{"disk quota exceeded", NULL, CTR_ERR_NO_SPACE},

	{"exec format error", NULL, CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"open executable", "permi", CTR_ERR_COMMAND_NOT_EXECUTABLE}, /* permission denied, operation not permitted (a directory) */
	{"open executable", "invalid argument", CTR_ERR_INVALID_ARG}, /* an empty command */
	{"open executable", NULL, CTR_ERR_COMMAND_NOT_FOUND},
	{"args must not be empty", NULL, CTR_ERR_INVALID_ARG},
	{"executable file", "not found", CTR_ERR_COMMAND_NOT_FOUND},
	{"exec container process", "permission denied", CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"exec container process", "no such file or directory", CTR_ERR_COMMAND_NOT_FOUND},
	{"exec container process", "not a directory", CTR_ERR_COMMAND_NOT_FOUND},
	{"exec container process", NULL, CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"exec: \"", "permission denied", CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"exec: \"", "is a directory", CTR_ERR_COMMAND_NOT_EXECUTABLE},
	{"exec: \"", NULL, CTR_ERR_COMMAND_NOT_FOUND},
	{"exec /", "no such file or directory", CTR_ERR_COMMAND_NOT_FOUND}, /* the interpreter of a script, or the loader */
	{"exec /", "not a directory", CTR_ERR_COMMAND_NOT_FOUND},
	{"exec /", NULL, CTR_ERR_COMMAND_NOT_EXECUTABLE},

	{"/proc/sys/", NULL, CTR_ERR_RUNTIME}, /* a sysctl */
	{"no such file or directory", NULL, CTR_ERR_NO_SUCH_FILE},
	{"permission denied", NULL, CTR_ERR_PERMISSION},
	{"operation not permitted", NULL, CTR_ERR_PERMISSION},
};

static int row_matches(const struct row *row, const char *message)
{
	const char *at = strcasestr(message, row->first);

	return at && (!row->second || strcasestr(at + strlen(row->first), row->second));
}

int oci_error_classify(const char *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (row_matches(&rows[i], message))
			return rows[i].code;
	return CTR_ERR_RUNTIME;
}

int oci_error_from_exec_errno(int errnum)
{
	static const struct {
		int errnum, code;
	} table[] = {
		{0, CTR_ERR_RUNTIME},
		{ENOENT, CTR_ERR_COMMAND_NOT_FOUND},
		{ENOTDIR, CTR_ERR_COMMAND_NOT_FOUND},
		{ENOMEM, CTR_ERR_NO_MEMORY},
		{EAGAIN, CTR_ERR_NO_RESOURCES},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].errnum == errnum)
			return table[i].code;
	return CTR_ERR_COMMAND_NOT_EXECUTABLE;
}

static char *without_formula(const char *text)
{
	static const char *const formulas[] = {
		"runc create failed: ", "runc start failed: ", "unable to start container process: ", "error during container init: ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(formulas); i++)
		if (str_has_prefix(text, formulas[i]))
			text += strlen(formulas[i]);
	return str_dup(text);
}

/* logrus' text form: time="…" level=error msg="…" with \" inside. */
static char *from_logrus(const char *line)
{
	const char *at = strstr(line, "msg=\"");
	char *text, *out;

	text = at ? str_dup(at + 5) : NULL;
	if (!text)
		return NULL;
	out = text;
	for (const char *in = text; *in && *in != '"'; in++) {
		if (*in == '\\' && in[1])
			in++;
		*out++ = *in;
	}
	*out = '\0';
	return text;
}

/* The message of one line, or NULL when it has none (a warning, blank). -ENOMEM through *failed. */
static char *from_line(const char *line, int *failed)
{
	json_t *j CLEANUP_JSON = NULL;
	char *msg CLEANUP_FREE = NULL;
	const char *level = "", *text = line;

	if (line[strspn(line, " \t\r")] == '\0')
		return NULL;
	if (line[0] == '{' && json_parse(line, SIZE_MAX, &j, NULL, NULL) == 0 && json_object_is_type(j, json_type_object)) {
		level = json_get_str(j, "level", "");
		text = json_get_str(j, "msg", line);
	} else if (strstr(line, "level=") && strstr(line, "msg=\"")) {
		level = strstr(line, "level=warn") ? "warning" : "error";
		msg = from_logrus(line);
		*failed |= !msg;
		text = str_or_empty(msg);
	}
	if (str_has_prefix(level, "warn") || STREQ(level, "info") || STREQ(level, "debug"))
		return NULL;
	text = without_formula(text);
	*failed |= !text;
	return (char *)text;
}

char *oci_error_message(const char *output)
{
	char *copy CLEANUP_FREE = str_dup(str_or_empty(output));
	char *last CLEANUP_FREE = NULL;
	int failed = !copy;
	char *save = NULL;

	for (char *line = copy ? strtok_r(copy, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		char *message = from_line(line, &failed);

		if (!message)
			continue;
		free(last);
		last = message;
	}
	if (failed)
		return NULL;
	return last ? TAKE_PTR(last) : str_dup("");
}
