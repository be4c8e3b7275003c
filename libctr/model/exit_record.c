/* SPDX-License-Identifier: Apache-2.0 */
/* The exit record's bytes: little-endian, one layout, a checksum over all before it. */
#include "model/exit_record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <libctr/status.h>
#include "base/macros.h"
#include "base/mem.h"

static const unsigned char magic[8] = {'c', 't', 'r', 'e', 'x', 'i', 't', '1'};

enum {
	OFF_MAGIC = 0,
	OFF_ENDED = 8,
	OFF_KNOWN = 9,
	OFF_OOM = 10,
	OFF_RUN = 16,
	OFF_FINISHED = 24,
	OFF_CODE = 32,
	OFF_SIGNAL = 36,
	OFF_ID = 40,
	OFF_ERROR = 112,
	OFF_SUM = EXIT_RECORD_SIZE - 8,
};

static void put_le(unsigned char *at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get_le(const unsigned char *at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

/* FNV-1a: finds a torn or half-filled file, nobody attacks it. */
static uint64_t checksum(const unsigned char *data, size_t len)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ data[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static void begin(const char *id, uint64_t run, unsigned char *ret)
{
	size_t len = strnlen(id, ID_LEN);

	memset(ret, 0, EXIT_RECORD_SIZE);
	memcpy(ret + OFF_MAGIC, magic, sizeof(magic));
	put_le(ret + OFF_RUN, run, 8);
	memcpy(ret + OFF_ID, id, len);
}

static void finish(unsigned char *ret)
{
	put_le(ret + OFF_SUM, checksum(ret, OFF_SUM), 8);
}

void exit_record_blank(const char *id, uint64_t run, unsigned char ret[EXIT_RECORD_SIZE])
{
	begin(id, run, ret);
	finish(ret);
}

void exit_record_encode(const struct exit_record *rec, unsigned char ret[EXIT_RECORD_SIZE])
{
	begin(rec->id, rec->run, ret);
	ret[OFF_ENDED] = 1;
	ret[OFF_KNOWN] = rec->known != 0;
	ret[OFF_OOM] = rec->oom_killed != 0;
	put_le(ret + OFF_FINISHED, (uint64_t)rec->finished_ns, 8);
	put_le(ret + OFF_CODE, (uint32_t)rec->exit_code, 4);
	put_le(ret + OFF_SIGNAL, (uint32_t)rec->exit_signal, 4);
	memcpy(ret + OFF_ERROR, rec->error, strnlen(rec->error, sizeof(rec->error) - 1));
	finish(ret);
}

int exit_record_decode(const unsigned char *data, size_t len, const char *id, uint64_t run, struct exit_record *ret)
{
	struct exit_record rec = {0};

	if (len != EXIT_RECORD_SIZE || memcmp(data + OFF_MAGIC, magic, sizeof(magic)) != 0)
		return -EINVAL;
	if (get_le(data + OFF_SUM, 8) != checksum(data, OFF_SUM))
		return -EINVAL;
	memcpy(rec.id, data + OFF_ID, ID_LEN);
	rec.run = get_le(data + OFF_RUN, 8);
	if (strcmp(rec.id, id) != 0 || rec.run != run)
		return -EINVAL;
	if (!data[OFF_ENDED])
		return 0;
	rec.known = data[OFF_KNOWN];
	rec.oom_killed = data[OFF_OOM];
	rec.finished_ns = (int64_t)get_le(data + OFF_FINISHED, 8);
	rec.exit_code = (int32_t)(uint32_t)get_le(data + OFF_CODE, 4);
	rec.exit_signal = (int32_t)(uint32_t)get_le(data + OFF_SIGNAL, 4);
	memcpy(rec.error, data + OFF_ERROR, sizeof(rec.error) - 1);
	*ret = rec;
	return 1;
}

void exit_record_from_wait_status(struct exit_record *rec, int wait_status)
{
	if (WIFSIGNALED(wait_status)) {
		rec->exit_signal = WTERMSIG(wait_status);
		rec->exit_code = 128 + rec->exit_signal;
		rec->known = 1;
	} else if (WIFEXITED(wait_status)) {
		rec->exit_signal = 0;
		rec->exit_code = WEXITSTATUS(wait_status);
		rec->known = 1;
	} else {
		rec->exit_signal = 0;
		rec->exit_code = CTR_EXIT_UNKNOWN;
		rec->known = 0;
	}
}

void exit_record_file_name(const char *id, uint64_t run, char ret[EXIT_FILE_NAME_SIZE])
{
	snprintf(ret, EXIT_FILE_NAME_SIZE, "%.64s.%llu", id, (unsigned long long)run);
}

void exit_record_fifo_name(const char *id, uint64_t run, char ret[EXIT_FILE_NAME_SIZE])
{
	snprintf(ret, EXIT_FILE_NAME_SIZE, "%.64s.%llu.fifo", id, (unsigned long long)run);
}

int exit_record_parse_name(const char *name, char ret_id[ID_SIZE], uint64_t *ret_run)
{
	char id[ID_SIZE];
	uint64_t run;

	if (strnlen(name, ID_LEN + 1) <= ID_LEN || name[ID_LEN] != '.')
		return -EINVAL;
	memcpy(id, name, ID_LEN);
	id[ID_LEN] = '\0';
	if (!ident_is_id(id) || name[ID_LEN + 1] == '0' || str_to_u64(name + ID_LEN + 1, 10, &run) < 0)
		return -EINVAL;
	memcpy(ret_id, id, ID_SIZE);
	*ret_run = run;
	return 0;
}
