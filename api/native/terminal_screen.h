#ifndef API_NATIVE_TERMINAL_SCREEN_H
#define API_NATIVE_TERMINAL_SCREEN_H

/*
 * What a terminal shows, and how it came to that.
 *
 *   GET …/screen       format=text (lines), cells (JSON: runs of one style), svg (a picture)
 *                      scrollback=n: so many rows above the screen as well, not for svg
 *                      header x-offset: the offset of the output up to which it is drawn
 *   GET …/recording    everything the log keeps as an asciicast, version 2
 */

struct http_request;
struct schema;

extern const struct schema terminal_screen_schema;

void terminal_screen_get(struct http_request *request, void *context);
void terminal_recording_get(struct http_request *request, void *context);

#endif
