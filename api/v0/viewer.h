#ifndef API_V0_VIEWER_H
#define API_V0_VIEWER_H

/*
 * The file viewer (contract v0-action-execution §2.12): a second, tiny server on 127.0.0.1, without
 * keys, that shows one image or PDF as a page for the agent's own browser.
 *
 * It listens on a port above the server's own. Loop thread only.
 */

#include <stdint.h>

struct loop;
struct v0_viewer;

#define V0_VIEWER_PORTS     1024 /* of which one is tried, V0_VIEWER_TRIES times */
#define V0_VIEWER_TRIES     10
#define V0_VIEWER_MAX_BYTES ((uint64_t)64 << 20) /* of a file; it is shown as base64 */
#define V0_VIEWER_URL_FILE  "/tmp/oh-server-url"

/* NULL, after a warning, when no port is free. */
struct v0_viewer *v0_viewer_open(struct loop *loop, uint16_t server_port);
uint16_t v0_viewer_port(const struct v0_viewer *viewer);
/* NULL is fine. Its memory stays until the loop is closed. */
void v0_viewer_close(struct v0_viewer *viewer);

#endif
