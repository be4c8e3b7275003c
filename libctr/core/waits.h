/* SPDX-License-Identifier: Apache-2.0 */
/* What the two kinds of waiting share: for the end of a run (wait.c), for states (wait_condition.c). */
#ifndef CTR_CORE_WAITS_H
#define CTR_CORE_WAITS_H

#include "core/steps.h"

/* How often to look whether a monitor is still there that owes us a record, once the process has ended: only its own
 * death in that moment can make us wait that long. */
#define WAIT_OWED_NS NSEC_PER_SEC

/* The end that only the clock knows becomes a record by whoever takes the lock; when that does not work now, the answer
 * is the same. */
void wait_settle(ctr_container_t *c, const struct op_call *call);
/* The process is gone and so may be the one who owes the record, also when another has its place: then the lock decides,
 * and whoever holds it now does as much. */
int wait_press(ctr_container_t *c, const struct op_call *call, ctr_error_t **err);
void wait_record_of(const struct container_row *row, struct exit_record *ret);
/* The record as ctr_container_wait answers it: its code, or that it was lost. */
int wait_answer(ctr_container_t *c, const struct exit_record *rec, int32_t *ret_or_null, ctr_error_t **err);
/* After removal: the code of the last run, REMOVED when there never was one. */
int wait_last_code(ctr_container_t *c, int32_t *ret_or_null, ctr_error_t **err);

/* wait_condition.c: any other set of conditions than the end of the current run. */
int wait_conditions_check(uint64_t mask, ctr_error_t **err);
int wait_conditions(ctr_container_t *c, uint64_t mask, const struct op_call *call, int32_t *ret_or_null, ctr_error_t **err);

#endif
