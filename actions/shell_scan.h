#ifndef ACTIONS_SHELL_SCAN_H
#define ACTIONS_SHELL_SCAN_H

/*
 * How far the flat pieces of bash's syntax reach: quotes, backticks, comments, the bodies of here
 * documents. Each function gets a text and the position where a piece begins and returns the
 * position behind it, or SIZE_MAX when the text ends first. Nothing is expanded or run.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

size_t shell_scan_quotes(struct str text, size_t at);      /* at ' */
size_t shell_scan_ansi_quotes(struct str text, size_t at); /* at the ' of $' */
size_t shell_scan_backticks(struct str text, size_t at);   /* at ` */
/* At #; the newline is not part of it. Never SIZE_MAX. */
size_t shell_scan_comment(struct str text, size_t at);
/* At the first line of the body; the line of the delimiter is part of it. */
size_t shell_scan_heredoc(struct str text, size_t at, struct str delimiter, bool strips_tabs);

/* Blank, newline or one of ;&|<>() */
bool shell_scan_ends_word(char byte);

#endif
