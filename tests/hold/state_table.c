/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the state machine that the library itself uses, for 2.2: {"states": {word: {"followers", "after_reboot", "live"}}, "verbs":
 * {word: {state: 0 or the code's name}}}. Linked with the model room, not with the library. */
#include <stdio.h>
#include "model/state.h"

#define STATES 9

static void print_followers(ctr_state_t from)
{
	const char *comma = "";

	printf("\"followers\":[");
	for (ctr_state_t to = 0; to < STATES; to++) {
		if (!state_may_follow(from, to))
			continue;
		printf("%s\"%s\"", comma, state_name(to));
		comma = ",";
	}
	printf("]");
}

static void print_verb(enum verb verb)
{
	printf("\"%s\":{", verb_name(verb));
	for (ctr_state_t s = 0; s < STATES; s++) {
		int code = verb_check(verb, s, "x", NULL);

		printf("%s\"%s\":\"%s\"", s ? "," : "", state_name(s), code ? error_code_name(code) : "OK");
	}
	printf("}");
}

int main(void)
{
	printf("{\"states\":{");
	for (ctr_state_t s = 0; s < STATES; s++) {
		printf("%s\"%s\":{", s ? "," : "", state_name(s));
		print_followers(s);
		printf(",\"after_reboot\":\"%s\",\"live\":%d}", state_name(state_after_reboot(s)), state_is_live(s));
	}
	printf("},\"verbs\":{");
	for (unsigned v = 0; v < VERB_COUNT; v++) {
		printf("%s", v ? "," : "");
		print_verb((enum verb)v);
	}
	printf("}}\n");
	return 0;
}
