/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts of the hostile host, in a file of its own. */
#include "host.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int out = -1;
static atomic_int failures;

void report_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	/* Out of the way of the low numbers that the tests look at. */
	out = fcntl(fd, F_DUPFD_CLOEXEC, 900);
	if (out < 0)
		abort();
	close(fd);
}

void report(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0 || n > (int)sizeof(line) - 2)
		n = (int)strlen(line);
	line[n++] = '\n';
	atomic_fetch_add(&failures, 1);
	if (write(out, line, (size_t)n) != n)
		abort();
}

int report_failures(void)
{
	return atomic_load(&failures);
}

int wanted(int code, int got, ctr_error_t *err, const char *call, const char *file, int line)
{
	char *text = NULL;
	int good = got == code && ctr_error_code(err) == got;

	if (!good) {
		text = ctr_error_format(err);
		report("%s:%d: %s gave %s, not %s: %s", file, line, call, ctr_error_code_name(got), ctr_error_code_name(code), text ? text : "no error object");
	}
	ctr_free(text);
	ctr_error_unref(err);
	return good;
}
