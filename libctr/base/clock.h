/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and printing time. Durations and deadlines use CLOCK_MONOTONIC only; wall time is for showing. */
#ifndef CTR_BASE_CLOCK_H
#define CTR_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

uint64_t clock_monotonic_ns(void);
int64_t clock_realtime_ns(void);
#define RFC3339_SIZE 40
/* "2026-01-02T03:04:05.000000006Z"; locale-free. Returns buf. */
char *clock_format_rfc3339(int64_t realtime_ns, char buf[RFC3339_SIZE]);
/* RFC 3339 with up to 9 digits, of which the zone (then it is UTC), the seconds, the minutes or the whole time may be missing, or a
 * plain count of seconds since 1970 ("1700000000[.5]"); 0 or -EINVAL */
int clock_parse(const char *text, int64_t *ret_realtime_ns);
/* Go's durations: "1h30m", "10s", "1.5h", "300ms"; 0 or -EINVAL */
int clock_parse_duration(const char *text, int64_t *ret_ns);

#endif
