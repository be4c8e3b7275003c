/* SPDX-License-Identifier: Apache-2.0 */
/* Restart policies as rules without effects: which end is followed by a restart, and when. */
#ifndef CTR_MODEL_RESTART_H
#define CTR_MODEL_RESTART_H

#include <stdint.h>
#include "base/json.h"
#include "error/error.h"
#include "model/container.h"

/* The annotation and the key of the engine's config file, both "MIN_MS,MAX_MS,RESET_MS". */
#define RESTART_ANNOTATION "libctr.restart.backoff"
#define RESTART_CONFIG_KEY "restart_backoff"

struct restart_backoff {
	uint64_t min_ns, max_ns; /* the first wait, and the longest: it doubles with each run that was too short */
	uint64_t reset_ns;       /* a run that lasted this long begins anew */
};
extern const struct restart_backoff restart_backoff_default; /* 100 ms, 60 s, 10 s */
int restart_backoff_parse(const char *text, struct restart_backoff *ret); /* 0 or -EINVAL */
/* That of a container's document; the default where it says none. */
struct restart_backoff restart_backoff_of(json_t *doc);

/* The policy as rows have it ("" = no) of a word of a spec. Borrowed. */
const char *restart_policy_word(const char *said);
/* What the policy says of the end that the row tells of (behaviour.md 8). */
int restart_is_wanted(const struct container_row *row);
/* After the run of this row: the wait before the next one; *ret_streak is to be saved. */
uint64_t restart_delay(const struct container_row *row, const struct restart_backoff *backoff, uint32_t *ret_streak);

#endif
