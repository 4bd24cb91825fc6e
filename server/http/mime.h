#ifndef HTTP_MIME_H
#define HTTP_MIME_H

/*
 * The content type of a file by the ending of its name. Text types carry "; charset=utf-8"; an
 * unknown ending is application/octet-stream. A constant table, no look at the content.
 */

#include "server/base/str.h"

const char *mime_type(struct str name);

#endif
