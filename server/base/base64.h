#ifndef BASE_BASE64_H
#define BASE_BASE64_H

/*
 * Writing bytes as base64 (RFC 4648, with padding), for JSON that has to carry what is not text.
 * Reading is part of schema, which reports what is wrong with it.
 */

#include "server/base/str.h"

struct buf;

void base64_encode(struct buf *out, struct str bytes);

#endif
