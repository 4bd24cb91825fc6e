#ifndef PTY_SCREEN_CONTROL_H
#define PTY_SCREEN_CONTROL_H

/*
 * What comes out of the parser, applied to a screen: text, controls, escape sequences and strings.
 * CSI sequences have a module of their own (pty/screen_csi.h). What is unknown is left alone.
 */

#include "pty/screen_parser.h"

/* The owner is a struct screen. */
extern const struct screen_parser_handlers screen_control_handlers;

#endif
