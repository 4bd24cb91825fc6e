#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * Time. Deadlines and durations use the monotonic clock in milliseconds; stored times use the wall
 * clock in microseconds since 1970 UTC (`int64_t`, field names end in _us).
 *
 * Tests may freeze both clocks with clock_set_fake.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"

struct buf;
struct str;

uint64_t clock_monotonic_ms(void);
uint64_t clock_monotonic_us(void);
int64_t clock_wall_us(void);

/* "2025-01-01T00:00:00.123456Z"; the fraction is left out when it is exactly zero. */
void clock_format_utc(struct buf *buf, int64_t wall_us);
/* "Mon, 02 Jan 2006 15:04:05 GMT" */
void clock_format_http(struct buf *buf, int64_t wall_us);
bool clock_parse_http(struct str text, int64_t *ret_wall_us) MUST_CHECK;
/* ISO 8601 with 'T', 't', '_' or space and optional zone (none: UTC), a date alone, or Unix
 * seconds, or milliseconds when the number is above 2e10. */
bool clock_parse_iso(struct str text, int64_t *ret_wall_us) MUST_CHECK;

/* Negative wall time switches back to the real clocks. */
void clock_set_fake(uint64_t monotonic_us, int64_t wall_us);

#endif
