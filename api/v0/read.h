#ifndef API_V0_READ_H
#define API_V0_READ_H

/*
 * The action `read` (contract v0-action-execution §5.2): lines of a text file, a picture, film or
 * PDF as a data URL, or the editor's view of a path.
 *
 * Binary files are refused with a text that backends know, ERROR_BINARY_FILE, unless they are of a
 * kind that can be shown. Files beyond V0_READ_MAX_MEDIA_BYTES (data URLs) or LINE_RANGE_MAX_BYTES
 * (text) are refused with an `error` observation, as is what the system does not let us read.
 */

#include <stddef.h>

#define V0_READ_MAX_MEDIA_BYTES ((size_t)64 << 20)

#endif
