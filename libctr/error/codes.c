/* SPDX-License-Identifier: Apache-2.0 */
/* The table of error codes. LATER: the same call may succeed once others have finished or freed something.
 * AFTER_FIX: it succeeds once the caller or an administrator has changed what the sentence names. NEVER: it cannot. */
#include "error/codes.h"

#include "base/macros.h"

#define NEVER(name) {CTR_ERR_##name, CTR_RETRY_NEVER, #name}
#define LATER(name) {CTR_ERR_##name, CTR_RETRY_LATER, #name}
#define AFTER_FIX(name) {CTR_ERR_##name, CTR_RETRY_AFTER_FIX, #name}

static const struct error_code_info codes[] = {
	{CTR_OK, CTR_RETRY_NEVER, "OK"},
	AFTER_FIX(INVALID_ARG),
	AFTER_FIX(UNSUPPORTED_OPTION),
	NEVER(NOT_SUPPORTED),
	NEVER(NOT_IMPLEMENTED),
	LATER(NO_MEMORY),
	NEVER(INTERNAL),
	NEVER(FORKED),
	AFTER_FIX(PERMISSION),
	LATER(CANCELLED),
	LATER(TIMEOUT),
	AFTER_FIX(DEADLOCK),
	LATER(INTERRUPTED),
	AFTER_FIX(IO),
	AFTER_FIX(NO_SPACE),
	LATER(NO_RESOURCES),
	NEVER(USER),
	AFTER_FIX(PARTIAL),
	LATER(WOULD_BLOCK),
	NEVER(END),
	AFTER_FIX(NO_SUCH_CONTAINER),
	AFTER_FIX(NO_SUCH_POD),
	AFTER_FIX(NO_SUCH_VOLUME),
	AFTER_FIX(NO_SUCH_IMAGE),
	AFTER_FIX(NO_SUCH_EXEC),
	AFTER_FIX(NO_SUCH_NETWORK),
	NEVER(NO_SUCH_EXIT_CODE),
	AFTER_FIX(NO_SUCH_FILE),
	AFTER_FIX(EXISTS),
	AFTER_FIX(NAME_IN_USE),
	AFTER_FIX(AMBIGUOUS),
	LATER(IN_USE),
	AFTER_FIX(HAS_DEPENDENTS),
	AFTER_FIX(DEPENDENCY_CYCLE),
	AFTER_FIX(STATE_INVALID),
	NEVER(REMOVED),
	AFTER_FIX(STOPPED),
	NEVER(NO_LOGS),
	NEVER(DETACHED),
	AFTER_FIX(UNHEALTHY),
	AFTER_FIX(STORE_DAMAGED),
	LATER(STORE_LOCKED),
	AFTER_FIX(STORE_VERSION),
	AFTER_FIX(STORE_MISMATCH),
	AFTER_FIX(STORAGE),
	AFTER_FIX(RUNTIME),
	AFTER_FIX(RUNTIME_NOT_FOUND),
	AFTER_FIX(COMMAND_NOT_FOUND),
	AFTER_FIX(COMMAND_NOT_EXECUTABLE),
	LATER(MONITOR),
	AFTER_FIX(NETWORK),
	AFTER_FIX(CHECKPOINT),
};

static const struct error_code_info unknown = {0, CTR_RETRY_NEVER, "UNKNOWN"};

const struct error_code_info *error_code_lookup(int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].code == code)
			return &codes[i];
	return &unknown;
}
