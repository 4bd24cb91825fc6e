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

/* Show a file that is part of the page: {{name}}, {{type}} and {{data}} (base64) are filled in.
 * What draws a PDF comes from elsewhere. */
extern const unsigned char viewer_image_page[];
extern const size_t viewer_image_page_len;
extern const unsigned char viewer_pdf_page[];
extern const size_t viewer_pdf_page_len;

#endif
