#ifndef PLUGINS_HTTP_CLIENT_HTTP_PROXY_H
#define PLUGINS_HTTP_CLIENT_HTTP_PROXY_H

/*
 * Which proxy a request goes through, by the rules of the Python clients that people configure
 * their environments for: http_proxy, https_proxy and all_proxy, in lower or upper case (lower case
 * counts first), and no_proxy, a list with commas:
 *
 *     *                    no proxy at all
 *     example.com          the host and everything below it
 *     .example.com         everything below it
 *     localhost, 10.0.0.1, ::1   exactly that; a mask behind a slash is passed over
 *     example.com:8080     on that port only
 *
 * A plain value that borrows from the environment given.
 */

#include <stddef.h>

#include "server/base/buf.h"
#include "server/base/str.h"

struct http_proxy {
    struct str http;
    struct str https;
    struct str all;
    struct str none; /* the list */
};

void http_proxy_read(struct http_proxy *proxy, const char *const *env);
/* Appends the proxy's address; nothing: the request goes straight. */
void http_proxy_find(const struct http_proxy *proxy, struct str url, struct buf *out);

#endif
