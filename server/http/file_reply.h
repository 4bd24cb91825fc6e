#ifndef HTTP_FILE_REPLY_H
#define HTTP_FILE_REPLY_H

/*
 * Replies with an open regular file: whole, in ranges (206, multipart for several), or its head
 * only (contract v1-server §6.1). Memory is constant: worker jobs read FILE_REPLY_READ_BYTES at a
 * time, the next one while the socket takes the one before.
 *
 * Headers: accept-ranges, content-length, last-modified, etag, content-disposition when a file name
 * is given. A file that shrinks meanwhile cuts the connection, so that the client sees it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct http_request;

#define FILE_REPLY_READ_BYTES ((size_t)512 << 10)

struct file_reply_options {
    int fd; /* taken; read with pread */
    uint64_t size;
    int64_t modified_us;
    const char *content_type;
    struct str etag;     /* without quotes; unset: made of time and size */
    struct str filename; /* unset: no content-disposition */
    bool is_conditional; /* answer 304 to If-None-Match and If-Modified-Since */
    bool has_no_ranges;  /* ignore the Range header */
};

/* The request is replied to, at once or a little later. */
void reply_file(struct http_request *request, const struct file_reply_options *options);

/* Appends attachment; filename="x", or the filename*= form when the name needs encoding. */
void file_disposition(struct buf *out, struct str filename);

#endif
