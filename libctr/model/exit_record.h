/* SPDX-License-Identifier: Apache-2.0 */
/* The exit record: how one run of a container ended, in a file of fixed size that exists before the run begins. */
#ifndef CTR_MODEL_EXIT_RECORD_H
#define CTR_MODEL_EXIT_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include "model/ident.h"

#define EXIT_RECORD_SIZE 512
#define EXIT_FILE_NAME_SIZE (ID_LEN + 32)

struct exit_record {
	char id[ID_SIZE];
	uint64_t run;
	int known;              /* 0: the monitor was lost and nobody saw the status */
	int32_t exit_code;      /* 0..255; 128 + n for a signal; CTR_EXIT_UNKNOWN when not known */
	int32_t exit_signal;    /* 0 when none */
	int oom_killed;
	int64_t finished_ns;    /* realtime */
	char error[160];        /* "" or e.g. "monitor lost" */
};

/* A blank one (decodes as "not ended yet") and a filled one; both exactly EXIT_RECORD_SIZE bytes with a checksum. */
void exit_record_blank(const char *id, uint64_t run, unsigned char ret[EXIT_RECORD_SIZE]);
void exit_record_encode(const struct exit_record *rec, unsigned char ret[EXIT_RECORD_SIZE]);
/* 1 = ended, *ret filled; 0 = blank (the run has not ended); -EINVAL = damaged or of another (id, run). */
int exit_record_decode(const unsigned char *data, size_t len, const char *id, uint64_t run, struct exit_record *ret);
/* From a wait status (WIFEXITED …) */
void exit_record_from_wait_status(struct exit_record *rec, int wait_status);
/* "<id>.<run>" and "<id>.<run>.fifo" in <root>/exits */
void exit_record_file_name(const char *id, uint64_t run, char ret[EXIT_FILE_NAME_SIZE]);
void exit_record_fifo_name(const char *id, uint64_t run, char ret[EXIT_FILE_NAME_SIZE]);
int exit_record_parse_name(const char *name, char ret_id[ID_SIZE], uint64_t *ret_run); /* record files only; 0 or -EINVAL */

#endif
