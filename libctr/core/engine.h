/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the engine share among themselves. */
#ifndef CTR_CORE_ENGINE_H
#define CTR_CORE_ENGINE_H

#include "core/core.h"

/* engine_paths.c: fills keeper_path, monitor_path, agent_path where they were not said: a build tree's own helpers, else the installed ones. */
int engine_helper_paths(struct engine_config *config, ctr_error_t **err);
/* engine_dirs.c: the directories and who this process is */
int engine_open_dirs(ctr_engine_t *e, ctr_error_t **err);
int engine_claim_run_root(ctr_engine_t *e, ctr_error_t **err);
int engine_check_rights(const struct engine_config *config, ctr_error_t **err);
int engine_identify(ctr_engine_t *e, ctr_error_t **err);
/* engine_backends.c: registers what is built in and chooses the defaults */
int engine_add_backends(ctr_engine_t *e, const struct op_call *call, ctr_error_t **err);
int engine_choose_runtime(ctr_engine_t *e, ctr_error_t **err);
int engine_choose_storage(ctr_engine_t *e, const struct op_call *call, ctr_error_t **err); /* overlay where it works, else dir */
/* engine_probe.c */
int engine_runtimes_json(ctr_engine_t *e, const struct op_call *call, json_t **ret, ctr_error_t **err);

#endif
