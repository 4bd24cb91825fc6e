#include "pty/screen_modes.h"

#include "pty/screen_state.h"

/* Modes that are a flag and nothing else. */
static const struct flag_mode {
    bool is_private;
    int number;
    enum screen_flag flag;
} flag_modes[] = {
    {true, 1, SCREEN_FLAG_APPLICATION_CURSOR},
    {true, 5, SCREEN_FLAG_REVERSE},
    {true, 6, SCREEN_FLAG_ORIGIN},
    {true, 7, SCREEN_FLAG_AUTOWRAP},
    {true, 12, SCREEN_FLAG_CURSOR_BLINK},
    {true, 25, SCREEN_FLAG_CURSOR},
    {true, 66, SCREEN_FLAG_APPLICATION_KEYPAD},
    {true, 1004, SCREEN_FLAG_FOCUS},
    {true, 2004, SCREEN_FLAG_PASTE},
    {false, 4, SCREEN_FLAG_INSERT},
    {false, 20, SCREEN_FLAG_NEWLINE},
};

static const struct {
    int number;
    enum screen_mouse mouse;
} mouse_modes[] = {
    {1000, SCREEN_MOUSE_CLICK},
    {1002, SCREEN_MOUSE_DRAG},
    {1003, SCREEN_MOUSE_MOVE},
};

#define ORIGIN             6
#define AUTOWRAP           7
#define ALTERNATE_SCREEN_1 47
#define ALTERNATE_SCREEN_2 1047
#define SAVED_CURSOR       1048
#define ALTERNATE_AND_SAVE 1049
#define MOUSE_UTF8         1005
#define MOUSE_SGR          1006
#define MOUSE_URXVT        1015

static const struct flag_mode *find_flag(bool is_private, int number)
{
    for (size_t i = 0; i < ARRAY_SIZE(flag_modes); i++) {
        if (flag_modes[i].is_private == is_private && flag_modes[i].number == number)
            return &flag_modes[i];
    }
    return NULL;
}

static bool find_mouse(int number, enum screen_mouse *ret_mouse)
{
    for (size_t i = 0; i < ARRAY_SIZE(mouse_modes); i++) {
        if (mouse_modes[i].number != number)
            continue;
        *ret_mouse = mouse_modes[i].mouse;
        return true;
    }
    return false;
}

/* The cursor is kept by 1049: saved on the way there, restored on the way back. */
static void set_alternate(struct screen *screen, bool is_on, bool keeps_cursor)
{
    const bool is_now = screen->page == &screen->alternate;
    if (is_on == is_now)
        return;
    if (is_on && keeps_cursor)
        screen_save_cursor(screen);
    screen_show_alternate(screen, is_on);
    if (!is_on && keeps_cursor)
        screen_restore_cursor(screen);
}

static void set_private(struct screen *screen, int number, bool is_on)
{
    enum screen_mouse mouse;
    if (find_mouse(number, &mouse)) {
        screen->mouse = is_on ? mouse : SCREEN_MOUSE_OFF;
        return;
    }
    switch (number) {
    case ALTERNATE_SCREEN_1:
    case ALTERNATE_SCREEN_2:
        set_alternate(screen, is_on, false);
        break;
    case ALTERNATE_AND_SAVE:
        set_alternate(screen, is_on, true);
        break;
    case SAVED_CURSOR:
        (is_on ? screen_save_cursor : screen_restore_cursor)(screen);
        break;
    case MOUSE_UTF8:
    case MOUSE_SGR:
    case MOUSE_URXVT:
        screen->mouse_encoding = is_on ? number : 0;
        break;
    default:
        break;
    }
}

void screen_modes_set(struct screen *screen, bool is_private, int number, bool is_on)
{
    const struct flag_mode *mode = find_flag(is_private, number);
    if (mode != NULL)
        screen_set_flag(screen, mode->flag, is_on);
    else if (is_private)
        set_private(screen, number, is_on);
    if (is_private && number == ORIGIN)
        screen_move_to(screen, 0, 0);
    if (is_private && number == AUTOWRAP && !is_on)
        screen->cursor.col = screen_visible_col(screen);
}

static enum screen_mode_report report(bool is_on)
{
    return is_on ? SCREEN_MODE_SET : SCREEN_MODE_RESET;
}

enum screen_mode_report screen_modes_report(const struct screen *screen, bool is_private,
                                            int number)
{
    const struct flag_mode *mode = find_flag(is_private, number);
    if (mode != NULL)
        return report(screen_has(screen, mode->flag));
    enum screen_mouse mouse;
    if (!is_private)
        return SCREEN_MODE_UNKNOWN;
    if (find_mouse(number, &mouse))
        return report(screen->mouse == mouse);
    switch (number) {
    case ALTERNATE_SCREEN_1:
    case ALTERNATE_SCREEN_2:
    case ALTERNATE_AND_SAVE:
        return report(screen->page == &screen->alternate);
    case MOUSE_UTF8:
    case MOUSE_SGR:
    case MOUSE_URXVT:
        return report(screen->mouse_encoding == number);
    default:
        return SCREEN_MODE_UNKNOWN;
    }
}
