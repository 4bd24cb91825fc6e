#ifndef PTY_SCREEN_MODES_H
#define PTY_SCREEN_MODES_H

/*
 * The modes a program switches with CSI h and CSI l (ANSI) and CSI ? h and CSI ? l (private), and
 * asks for with CSI $ p. One table says which number is which flag of the screen; a mode that is
 * not in it is left alone, and a program that asks hears that it is unknown.
 */

#include <stdbool.h>

struct screen;

void screen_modes_set(struct screen *screen, bool is_private, int number, bool is_on);

enum screen_mode_report {
    SCREEN_MODE_UNKNOWN,
    SCREEN_MODE_SET,
    SCREEN_MODE_RESET
};
enum screen_mode_report screen_modes_report(const struct screen *screen, bool is_private,
                                            int number);

#endif
