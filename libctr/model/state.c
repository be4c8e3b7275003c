/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of a container as tables: names, verbs that are legal, states that may follow. */
#include "model/state.h"

#include "base/strbuf.h"

#define STATE_COUNT 9
#define S(name) (1u << CTR_STATE_##name)
#define EVERY_STATE ((1u << STATE_COUNT) - 1)

struct state_row {
	const char *name;
	unsigned followers; /* besides the state itself */
	ctr_state_t after_reboot;
	int live;
};

/* Going to EXITED without STOPPED on the way: one transaction may record the end and the clean-up. CREATED may end too:
 * its first process can be killed before it was ever started. */
static const struct state_row states[STATE_COUNT] = {
    [CTR_STATE_UNKNOWN] = {"unknown", S(CONFIGURED) | S(EXITED) | S(REMOVING), CTR_STATE_CONFIGURED, 0},
    [CTR_STATE_CONFIGURED] = {"created", S(CREATED) | S(RUNNING) | S(REMOVING), CTR_STATE_CONFIGURED, 0},
    [CTR_STATE_CREATED] = {"initialized",
			   S(CONFIGURED) | S(RUNNING) | S(STOPPING) | S(STOPPED) | S(EXITED) | S(REMOVING),
			   CTR_STATE_CONFIGURED, 1},
    [CTR_STATE_RUNNING] = {"running", S(PAUSED) | S(STOPPING) | S(STOPPED) | S(EXITED) | S(REMOVING), CTR_STATE_EXITED,
			   1},
    [CTR_STATE_STOPPED] = {"stopped", S(CREATED) | S(EXITED) | S(REMOVING), CTR_STATE_EXITED, 0},
    [CTR_STATE_PAUSED] = {"paused", S(RUNNING) | S(STOPPING) | S(STOPPED) | S(EXITED) | S(REMOVING), CTR_STATE_EXITED,
			  1},
    [CTR_STATE_EXITED] = {"exited", S(CREATED) | S(RUNNING) | S(REMOVING), CTR_STATE_EXITED, 0},
    [CTR_STATE_REMOVING] = {"removing", 0, CTR_STATE_REMOVING, 0},
    [CTR_STATE_STOPPING] = {"stopping", S(STOPPED) | S(EXITED) | S(REMOVING), CTR_STATE_EXITED, 1},
};

struct verb_row {
	const char *name;
	unsigned legal;
	unsigned stopped; /* states answered with STOPPED instead of STATE_INVALID */
};

static const struct verb_row verbs[VERB_COUNT] = {
    [VERB_INIT] = {"init", S(CONFIGURED) | S(STOPPED) | S(EXITED), 0},
    [VERB_START] = {"start", S(CONFIGURED) | S(CREATED) | S(STOPPED) | S(EXITED), 0},
    /* A paused container may be stopped: the signal is sent, then it is thawed (architecture.md 5). */
    [VERB_STOP] = {"stop", S(CREATED) | S(RUNNING) | S(STOPPING) | S(PAUSED), S(STOPPED) | S(EXITED)},
    [VERB_KILL] = {"kill", S(RUNNING) | S(PAUSED) | S(STOPPING), 0},
    [VERB_CLEANUP] = {"cleanup", S(CONFIGURED) | S(CREATED) | S(STOPPED) | S(STOPPING) | S(EXITED), 0},
    [VERB_REMOVE] = {"remove", S(CONFIGURED) | S(CREATED) | S(STOPPED) | S(EXITED) | S(REMOVING), 0},
    [VERB_REMOVE_FORCE] = {"remove (force)", EVERY_STATE, 0},
    [VERB_SYNC] = {"sync", EVERY_STATE, 0},
    [VERB_RESTART] = {"restart", S(CONFIGURED) | S(CREATED) | S(RUNNING) | S(STOPPED) | S(EXITED), 0},
    [VERB_PAUSE] = {"pause", S(RUNNING), 0},
    [VERB_UNPAUSE] = {"unpause", S(PAUSED), 0},
    [VERB_UPDATE] = {"update", EVERY_STATE & ~S(REMOVING), 0},
    [VERB_RENAME] = {"rename", EVERY_STATE & ~S(REMOVING), 0},
    [VERB_STATS] = {"stats", S(RUNNING) | S(PAUSED) | S(STOPPING), S(STOPPED) | S(EXITED)},
    [VERB_TOP] = {"top", S(RUNNING) | S(PAUSED) | S(STOPPING), S(STOPPED) | S(EXITED)},
    [VERB_BATCH] = {"batch", EVERY_STATE, 0},
};

static int in_range(ctr_state_t state)
{
	return state >= 0 && state < STATE_COUNT;
}

const char *verb_name(enum verb verb)
{
	return verbs[verb].name;
}

const char *state_name(ctr_state_t state)
{
	return states[in_range(state) ? state : CTR_STATE_UNKNOWN].name;
}

int state_from_name(const char *name, ctr_state_t *ret)
{
	for (ctr_state_t s = 0; s < STATE_COUNT; s++) {
		if (STREQ(states[s].name, name)) {
			*ret = s;
			return 0;
		}
	}
	return -EINVAL;
}

int verb_is_legal(enum verb verb, ctr_state_t state)
{
	return in_range(state) && (verbs[verb].legal >> state & 1) != 0;
}

static void list_legal_verbs(ctr_state_t state, struct strbuf *b)
{
	for (unsigned v = 0; v < VERB_COUNT; v++) {
		if (!verb_is_legal((enum verb)v, state))
			continue;
		if (b->len > 0)
			strbuf_append(b, ", ");
		strbuf_append(b, verbs[v].name);
	}
}

int verb_check(enum verb verb, ctr_state_t state, const char *name, ctr_error_t **err)
{
	CLEANUP_STRBUF struct strbuf legal = {0};
	const char *can;
	int code;

	if (verb_is_legal(verb, state))
		return 0;
	code = in_range(state) && (verbs[verb].stopped >> state & 1) ? CTR_ERR_STOPPED : CTR_ERR_STATE_INVALID;
	list_legal_verbs(in_range(state) ? state : CTR_STATE_UNKNOWN, &legal);
	can = strbuf_str(&legal);
	if (!can)
		return error_no_memory(err);
	if (code == CTR_ERR_STOPPED)
		error_set(err, code, DOMAIN_CORE, "container \"%s\" is %s already, there is nothing to %s", name,
			  state_name(state), verb_name(verb));
	else
		error_set(err, code, DOMAIN_CORE,
			  "cannot %s container \"%s\": it is %s, where only these calls are possible: %s",
			  verb_name(verb), name, state_name(state), can);
	error_detail(err, "state", state_name(state));
	return code;
}

int state_may_follow(ctr_state_t from, ctr_state_t to)
{
	if (!in_range(from) || !in_range(to))
		return 0;
	return from == to || (states[from].followers >> to & 1) != 0;
}

ctr_state_t state_after_reboot(ctr_state_t state)
{
	return states[in_range(state) ? state : CTR_STATE_UNKNOWN].after_reboot;
}

int state_is_live(ctr_state_t state)
{
	return in_range(state) && states[state].live;
}
