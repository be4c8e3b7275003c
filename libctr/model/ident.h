/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and names: grammar, generation, lookup patterns. */
#ifndef CTR_MODEL_IDENT_H
#define CTR_MODEL_IDENT_H

#include <stdint.h>
#include "error/error.h"

#define ID_LEN 64
#define ID_SIZE (ID_LEN + 1)
#define ID_SHORT_LEN 12

/* 64 lower-case hex digits of the 32 random bytes given (the caller draws them; model makes no system calls). */
void ident_format(const unsigned char bytes[32], char ret[ID_SIZE]);
int ident_is_id(const char *s);              /* 64 lower-case hex digits */
int ident_is_id_prefix(const char *s);       /* 1..64 of them */
/* The name without the one leading "/" that Podman drops, too, in names and lookups; part of name. */
const char *ident_plain_name(const char *name);
/* [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 253 bytes: 0, or INVALID_ARG with the rule in the sentence. `what` = "container", "pod" … */
int ident_check_name(const char *what, const char *name, ctr_error_t **err);
/* "adjective_noun" from random bits; attempt > 0 appends a number, of one digit more each time: there are few nouns. */
void ident_make_name(uint64_t random, unsigned attempt, char *ret, size_t size);

#endif
