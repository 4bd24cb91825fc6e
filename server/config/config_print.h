#ifndef CONFIG_CONFIG_PRINT_H
#define CONFIG_CONFIG_PRINT_H

/*
 * What the program prints about its options: the usage line, --help, and --check-config. All of it
 * comes from the option table. Secrets are shown as ten asterisks.
 */

#include "server/base/str.h"

struct buf;
struct config_layers;

/* "usage: actiond [--host HOST] …", ending with a line break. */
void config_print_usage(const char *program, struct buf *out);
void config_print_help(const char *program, struct buf *out);
/* One line per option: name, value, where it comes from. */
void config_print_check(const struct config_layers *layers, struct buf *out);

#endif
