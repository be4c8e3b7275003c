/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of a container as tables: which verb is legal where, which state may follow which. */
#ifndef CTR_MODEL_STATE_H
#define CTR_MODEL_STATE_H

#include <libctr/container.h>
#include "error/error.h"

/* Every public verb that looks at the state; "legal in" is behaviour.md 1.4. */
enum verb { VERB_INIT, VERB_START, VERB_STOP, VERB_KILL, VERB_CLEANUP, VERB_REMOVE, VERB_REMOVE_FORCE, VERB_SYNC,
	    VERB_RESTART, VERB_PAUSE, VERB_UNPAUSE, VERB_UPDATE, VERB_RENAME, VERB_STATS, VERB_TOP, VERB_BATCH, VERB_COUNT };

const char *verb_name(enum verb verb);
const char *state_name(ctr_state_t state);             /* Podman's words; "unknown" for any other number */
int state_from_name(const char *name, ctr_state_t *ret); /* 0 or -EINVAL; all names of state_name, "stopping" too */
int verb_is_legal(enum verb verb, ctr_state_t state);
/* 0, or STATE_INVALID / STOPPED: the sentence names the container, its state and the calls that are legal in it; detail state. */
int verb_check(enum verb verb, ctr_state_t state, const char *name, ctr_error_t **err);
/* May a row go from one state to the other? Every save is checked with this; a refused one is CTR_ERR_INTERNAL. */
int state_may_follow(ctr_state_t from, ctr_state_t to);
/* The state after a reboot (behaviour.md 1.1, refresh rows) */
ctr_state_t state_after_reboot(ctr_state_t state);
/* A process of the container may exist in this state */
int state_is_live(ctr_state_t state);

#endif
