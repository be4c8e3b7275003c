/* SPDX-License-Identifier: Apache-2.0 */
/* The kit's frame. */
#include "kit_lib.h"

#include <dirent.h>
#include <stdarg.h>
#include <string.h>

void kit_fail(struct kit *k, const char *fmt, ...)
{
	va_list ap;

	if (k->failure[0])
		return;
	va_start(ap, fmt);
	vsnprintf(k->failure, sizeof(k->failure), fmt, ap);
	va_end(ap);
}

int kit_expect(struct kit *k, const char *what, int got, int want)
{
	if (got != want)
		kit_fail(k, "%s answered %d (%s) instead of %d", what, got, ctr_error_message(k->err), want);
	else if (got != 0 && (!k->err || ctr_error_code(k->err) != got || !ctr_error_message(k->err)[0]))
		kit_fail(k, "%s answered %d, but its error says %d \"%s\"", what, got, ctr_error_code(k->err), ctr_error_message(k->err));
	k->err = ctr_error_unref(k->err);
	return got == want;
}

int kit_answer_has(struct kit *k, char *text, char open, const char *word)
{
	int has = text && text[0] == open && strstr(text, word);

	k->t->host->free(text);
	return has;
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

int kit_run(struct kit *k, const struct kit_check *checks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int before = count_fds(), after;

		if (checks[i].needs_content && k->t->keeps_nothing)
			continue;
		k->failure[0] = '\0';
		checks[i].run(k);
		k->err = ctr_error_unref(k->err);
		after = count_fds();
		if (after != before)
			kit_fail(k, "%d descriptors were open before, %d after", before, after);
		k->failed += k->failure[0] != '\0';
		k->t->report(checks[i].name, k->failure[0] ? k->failure : NULL, k->t->userdata);
	}
	return k->failed;
}
