#ifndef ACTIONS_ARCHIVE_URL_H
#define ACTIONS_ARCHIVE_URL_H

/*
 * Masks the values of query parameters of a URL whose names look secret: those that contain
 * authorization, cookie, credential, key, password, secret, session or token in any case. Such a
 * value becomes "<redacted>"; the query is written anew, percent-encoded. A URL without a query is
 * copied as it is. Pure, any thread.
 */

#include "server/base/str.h"

struct buf;

void archive_url_redact(struct buf *out, struct str url);

#endif
