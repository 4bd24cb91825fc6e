#ifndef API_NATIVE_COMMAND_PRINT_H
#define API_NATIVE_COMMAND_PRINT_H

/*
 * A command as the native routes describe it.
 *
 *   state     running · finished · lost (the server ended first, so nobody knows)
 *   reason    null while it runs; then exited · signal · timeout · stopped · spawn_failed · lost
 *   receipt   what it has cost; null until it is known
 */

struct buf;
struct command_description;
struct jsonw;

void command_print(const struct command_description *description, struct jsonw *w);
/* The description alone, as a body. */
void command_print_body(const struct command_description *description, struct buf *out);

#endif
