/* SPDX-License-Identifier: Apache-2.0 */
/* Restart policies as rules without effects: which end is followed by a restart, and when. */
#include "model/restart.h"

#include <errno.h>
#include "base/macros.h"
#include "base/mem.h"

#define MS_MAX UINT64_C(86400000) /* a day: nobody means more, and no sum overflows */

const struct restart_backoff restart_backoff_default = {
    .min_ns = 100 * NSEC_PER_MSEC, .max_ns = 60 * NSEC_PER_SEC, .reset_ns = 10 * NSEC_PER_SEC};

/* Plain digits up to end, which is skipped. */
static int take_ms(const char **at, char end, uint64_t *ret_ns)
{
	const char *p = *at;
	uint64_t ms = 0;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		ms = ms * 10 + (uint64_t)(*p - '0');
		if (ms > MS_MAX)
			return -EINVAL;
	}
	if (*p != end)
		return -EINVAL;
	*at = p + (end != '\0');
	*ret_ns = ms * NSEC_PER_MSEC;
	return 0;
}

int restart_backoff_parse(const char *text, struct restart_backoff *ret)
{
	struct restart_backoff b = {0};

	if (take_ms(&text, ',', &b.min_ns) < 0 || take_ms(&text, ',', &b.max_ns) < 0 || take_ms(&text, '\0', &b.reset_ns) < 0 ||
	    b.min_ns == 0 || b.max_ns < b.min_ns)
		return -EINVAL;
	*ret = b;
	return 0;
}

struct restart_backoff restart_backoff_of(json_t *doc)
{
	struct restart_backoff b = restart_backoff_default;
	json_t *annotations = doc ? json_get(doc, "annotations") : NULL;
	const char *text = annotations ? json_get_str(annotations, RESTART_ANNOTATION, NULL) : NULL;

	if (text)
		(void)restart_backoff_parse(text, &b);
	return b;
}

const char *restart_policy_word(const char *said)
{
	return STREQ(said, "no") || STREQ(said, "none") ? "" : said;
}

/* An end that nobody knows the code of is a failure: it was no orderly one. */
int restart_is_wanted(const struct container_row *row)
{
	const char *policy = str_or_empty(row->restart_policy);

	if (row->stopped_by_user || !row->restart_match || !*policy)
		return 0;
	if (!STREQ(policy, "on-failure"))
		return 1;
	if (row->exit_known && row->exit_code == 0)
		return 0;
	return row->restart_tries == 0 || row->restart_count < row->restart_tries;
}

uint64_t restart_delay(const struct container_row *row, const struct restart_backoff *b, uint32_t *ret_streak)
{
	int64_t lasted = row->started_ns > 0 ? row->finished_ns - row->started_ns : 0;
	int was_long = lasted > 0 && (uint64_t)lasted >= b->reset_ns;
	uint32_t streak = was_long ? 0 : row->restart_streak;
	uint64_t delay = b->min_ns;

	for (uint32_t i = 0; i < streak && delay < b->max_ns; i++)
		delay *= 2;
	*ret_streak = was_long ? 0 : streak + (streak < UINT32_MAX);
	return delay < b->max_ns ? delay : b->max_ns;
}
