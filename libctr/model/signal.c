/* SPDX-License-Identifier: Apache-2.0 */
/* Names and numbers of signals, the real-time ones with the kernel's numbers (34 to 64, glibc's SIGRTMIN). */
#include "model/spec.h"

#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include "base/mem.h"

#define FIRST_RT 34
#define LAST_RT 64

#define SIG(name)                                                                                                      \
	{                                                                                                              \
#name, SIG##name                                                                                       \
	}

static const struct {
	const char *name;
	int number;
} signals[] = {
    SIG(HUP),		SIG(INT),	  SIG(QUIT),	    SIG(ILL),	     SIG(TRAP),
    SIG(ABRT),		SIG(BUS),	  SIG(FPE),	    SIG(KILL),	     SIG(USR1),
    SIG(SEGV),		SIG(USR2),	  SIG(PIPE),	    SIG(ALRM),	     SIG(TERM),
    SIG(STKFLT),	SIG(CHLD),	  SIG(CONT),	    SIG(STOP),	     SIG(TSTP),
    SIG(TTIN),		SIG(TTOU),	  SIG(URG),	    SIG(XCPU),	     SIG(XFSZ),
    SIG(VTALRM),	SIG(PROF),	  SIG(WINCH),	    SIG(IO),	     SIG(PWR),
    SIG(SYS),		{"IOT", SIGABRT}, {"CLD", SIGCHLD}, {"POLL", SIGIO}, {"RTMIN", FIRST_RT},
    {"RTMAX", LAST_RT},
};

/* "RTMIN+3", "RTMAX-1" */
static int parse_realtime(const char *name, int *ret)
{
	int up = strncasecmp(name, "RTMIN+", 6) == 0;
	uint64_t n;

	if ((!up && strncasecmp(name, "RTMAX-", 6) != 0) || str_to_u64(name + 6, 10, &n) < 0 || n > LAST_RT - FIRST_RT)
		return -EINVAL;
	*ret = up ? FIRST_RT + (int)n : LAST_RT - (int)n;
	return 0;
}

int signal_from_text(const char *text, int *ret)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint64_t n;

	if (str_to_u64(text, 10, &n) == 0) {
		if (n < 1 || n > LAST_RT)
			return -EINVAL;
		*ret = (int)n;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (strcasecmp(signals[i].name, name) == 0) {
			*ret = signals[i].number;
			return 0;
		}
	}
	return parse_realtime(name, ret);
}

const char *signal_name(int signal, char buf[16])
{
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (signals[i].number == signal) {
			snprintf(buf, 16, "SIG%s", signals[i].name);
			return buf;
		}
	}
	if (signal > FIRST_RT && signal < LAST_RT)
		snprintf(buf, 16, "SIGRTMIN+%d", signal - FIRST_RT);
	else
		snprintf(buf, 16, "%d", signal);
	return buf;
}
