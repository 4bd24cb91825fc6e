#ifndef API_PAGES_H
#define API_PAGES_H

/*
 * The HTML pages of api/pages, put into the program by the build (cmake/embed.cmake). They need
 * nothing from elsewhere: no network but this server.
 */

#include <stddef.h>

/* Shows /openapi.json and lets the reader try the routes. */
extern const unsigned char docs_page[];
extern const size_t docs_page_len;

#endif
