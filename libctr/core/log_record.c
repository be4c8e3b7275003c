/* SPDX-License-Identifier: Apache-2.0 */
/* One record of a log: immutable, counted, in one piece of memory. And the texts readers resume with. */
#include <string.h>
#include "base/mem.h"
#include "core/logs.h"

#define SEPARATOR ':'

static char *put_number(char *at, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	memcpy(at, digits + i, sizeof(digits) - i);
	return at + (sizeof(digits) - i);
}

/* By hand: a reader makes a million of them a second. */
static void print_cursor(const struct log_place *p, char ret[LOG_CURSOR_SIZE])
{
	char *at = put_number(ret, p->generation);

	*at++ = SEPARATOR;
	at = put_number(at, p->offset);
	*at++ = SEPARATOR;
	at = put_number(at, p->seq);
	*at = '\0';
}

int log_cursor_parse(const char *text, struct log_place *ret)
{
	uint64_t numbers[3] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const char *end = i + 1 < ARRAY_SIZE(numbers) ? strchr(text, SEPARATOR) : text + strlen(text);
		char part[24];

		if (!end || end == text || (size_t)(end - text) >= sizeof(part))
			return -EINVAL;
		memcpy(part, text, (size_t)(end - text));
		part[end - text] = '\0';
		if (str_to_u64(part, 10, &numbers[i]) < 0)
			return -EINVAL;
		text = end + 1;
	}
	*ret = (struct log_place){.generation = numbers[0], .offset = numbers[1], .seq = numbers[2]};
	return numbers[1] > INT64_MAX || numbers[0] == UINT64_MAX || numbers[2] == UINT64_MAX ? -EINVAL : 0;
}

static ctr_log_record_t *new_record(const struct log_place *place, size_t len)
{
	ctr_log_record_t *rec = malloc(sizeof(*rec) + len + 1);

	if (!rec)
		return NULL;
	atomic_init(&rec->refs, 1);
	rec->seq = place->seq;
	rec->len = len;
	print_cursor(place, rec->cursor);
	rec->data[len] = '\0';
	return rec;
}

ctr_log_record_t *log_record_of_line(const struct log_line *line, const struct log_place *place)
{
	ctr_log_record_t *rec = new_record(place, line->len + !line->partial);

	if (!rec)
		return NULL;
	rec->stream = line->stream;
	rec->partial = line->partial;
	rec->time_ns = line->time_ns;
	memcpy(rec->data, line->text, line->len);
	if (!line->partial)
		rec->data[line->len] = '\n';
	return rec;
}

ctr_log_record_t *log_record_of_gap(uint64_t bytes, int64_t time_ns, const struct log_place *place)
{
	ctr_log_record_t *rec = new_record(place, sizeof(bytes));

	if (!rec)
		return NULL;
	rec->stream = CTR_STREAM_GAP;
	rec->partial = 0;
	rec->time_ns = time_ns;
	memcpy(rec->data, &bytes, sizeof(bytes));
	return rec;
}
