#ifndef AGENT_OBSERVATION_H
#define AGENT_OBSERVATION_H

/*
 * What came of an action, as JSON (contract v1-conversations §6.0), and what a model is told of it.
 *
 *     observation_begin · _text | _image … · _content_end · _string … · _finish
 *
 *     {"content":[…],"is_error":false, … members of the kind …, "kind":"TerminalObservation"}
 *
 * Every string but an image's data is masked when it is written: a secret never reaches the disk, a
 * client or the model. Members that have no value are left out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/str.h"

struct doc_value;
struct message_parts;
struct secret_mask;

#define OBSERVATION_ERROR_HEADER "[An error occurred during execution.]\n"
#define OBSERVATION_MAX_TEXT     30000 /* characters of a terminal's text */

struct observation {
    struct buf json;
    struct jsonw w;
    const struct secret_mask *mask;
    struct str kind;
};

/* `kind` is borrowed until the finish. */
void observation_begin(struct observation *observation, const struct secret_mask *mask,
                       struct str kind);
void observation_text(struct observation *observation, struct str text);
void observation_image(struct observation *observation, struct str url);
void observation_content_end(struct observation *observation, bool is_error);
/* Unset: left out. */
void observation_string(struct observation *observation, const char *name, struct str value);
void observation_int(struct observation *observation, const char *name, int64_t value);
void observation_bool(struct observation *observation, const char *name, bool value);
/* A value with strings of its own, which are masked too. */
void observation_json(struct observation *observation, const char *name,
                      const struct doc_value *value);
/* Gives the JSON away; the observation is empty afterwards. */
struct buf observation_finish(struct observation *observation);
void observation_fini(struct observation *observation); /* when it is not finished */

/* The parts of a stored observation as the model gets them; they borrow from it. A text that is cut
 * and that the observation wants saved goes to the folder that is given, whatever folder it names:
 * a stored event may have been changed. Unset: nothing is saved. */
void observation_parts(const struct doc_value *observation, struct str save_dir,
                       struct message_parts *parts);

#endif
