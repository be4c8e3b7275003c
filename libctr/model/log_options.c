/* SPDX-License-Identifier: Apache-2.0 */
/* The options of log_configuration: how large a log's files may become, and how many of them are kept. */
#include "model/spec_table.h"

#include <errno.h>
#include <string.h>
#include "base/mem.h"
#include "model/log_index.h"
#include "model/spec.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* "", "b", "k", "kb", "kib", "m" …: the power of 1024, or -1 */
static int unit_of(const char *text)
{
	static const char units[] = "bkmgt";
	const char *at = *text ? strchr(units, lower(*text)) : units;
	int power;

	if (!at)
		return -1;
	power = (int)(at - units);
	if (!*text)
		return 0;
	text++;
	if (power && lower(text[0]) == 'i' && lower(text[1]) == 'b')
		text++;
	if (power && lower(*text) == 'b')
		text++;
	return *text ? -1 : power;
}

int log_size_parse(const char *text, int64_t *ret)
{
	size_t n = strspn(text, "0123456789");
	char digits[20];
	int64_t value;
	int power;

	if (STREQ(text, "-1")) {
		*ret = -1;
		return 0;
	}
	if (n == 0 || n >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, n);
	digits[n] = '\0';
	power = unit_of(text + n);
	if (power < 0 || str_to_i64(digits, &value) < 0)
		return -EINVAL;
	for (; power > 0; power--)
		if (__builtin_mul_overflow(value, 1024, &value))
			return -EINVAL;
	*ret = value;
	return 0;
}

int spec_check_log_size(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret, ctr_error_t **err)
{
	const char *text;
	int64_t size;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (*text && log_size_parse(text, &size) < 0)
		return spec_bad(err, path, "must be a number of bytes such as \"10m\" or \"65536\", or \"-1\" for no limit, not \"%s\"", text);
	return spec_give_string(text, ret, err);
}

int spec_check_log_files(json_t *value, const struct spec_field *field UNUSED, const char *path, json_t **ret, ctr_error_t **err)
{
	const char *text;
	uint64_t n = 0;
	int rc = spec_string(value, path, &text, err);

	if (rc < 0)
		return rc;
	if (str_to_u64(text, 10, &n) < 0 || n < 1 || n > LOG_FILES_MAX)
		return spec_bad(err, path, "must be a number from \"1\" to \"%d\", not \"%s\"", LOG_FILES_MAX, text);
	return spec_give_string(text, ret, err);
}
