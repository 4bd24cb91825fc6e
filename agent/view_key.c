#include "agent/view_key.h"

/* Two hashes that mix in different ways, side by side. */
struct id view_key(struct str text)
{
    struct id key;
    uint64_t halves[] = {0xcbf29ce484222325u, 0x84222325cbf29ce4u};
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        halves[0] = (halves[0] ^ byte) * 0x100000001b3u;
        halves[1] = (halves[1] + byte) * 0x9e3779b97f4a7c15u;
        halves[1] ^= halves[1] >> 29;
    }
    memcpy(key.bytes, halves, sizeof(key.bytes));
    return key;
}

struct id view_event_id(struct str text)
{
    struct id id;
    return id_parse(text, &id) ? id : view_key(text);
}
