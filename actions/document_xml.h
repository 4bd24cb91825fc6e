#ifndef ACTIONS_DOCUMENT_XML_H
#define ACTIONS_DOCUMENT_XML_H

/*
 * Reads the XML inside office documents token by token. Tolerant: what is not well-formed is read
 * as far as it makes sense, and nothing is nested, expanded or fetched, so no input can make it
 * grow. Names are told apart without their prefix: "w:p" is "p".
 *
 *     while (xml_next(&xml))
 *         if (xml_starts(&xml, "p")) …
 *
 * An element without content comes as a start and an end. Texts are borrowed from the input; values
 * are copied when they are decoded. A plain value, without handles.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;

enum xml_kind {
    XML_START,
    XML_END,
    XML_TEXT
};

struct xml {
    struct str rest;
    enum xml_kind kind;
    struct str name;       /* of XML_START and XML_END */
    struct str attributes; /* of XML_START, undecoded */
    struct str text;       /* of XML_TEXT, undecoded unless is_literal */
    bool is_literal;
    bool is_empty; /* the XML_END of an element without content comes next */
};

void xml_init(struct xml *xml, struct str input);
bool xml_next(struct xml *xml);
bool xml_starts(const struct xml *xml, const char *name);
bool xml_ends(const struct xml *xml, const char *name);
/* Appends the text with its entities decoded. */
void xml_append_text(const struct xml *xml, struct buf *out);
/* Appends the value of an attribute; false when the element has none of that name. A name with a
 * prefix is compared as a whole, one without to what follows the prefix. */
bool xml_attribute(const struct xml *xml, const char *name, struct buf *out);
/* Whether the attribute has this value. */
bool xml_attribute_is(const struct xml *xml, const char *name, const char *value);

#endif
