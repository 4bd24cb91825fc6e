/*
 * A key is a name with modifiers in front of it. Keys of the keyboard's other blocks are sequences
 * that end in a letter or in ~, and take their modifiers as a number; the rest are characters,
 * which modifiers change.
 */
#include "pty/keys.h"

#include "pty/screen.h"
#include "server/base/buf.h"
#include "server/base/utf8.h"

enum modifier {
    SHIFT = 1 << 0,
    ALT = 1 << 1,
    CONTROL = 1 << 2
};

static const struct {
    struct str prefix;
    enum modifier modifier;
} prefixes[] = {
    {STR_INIT("S-"), SHIFT},      {STR_INIT("Shift+"), SHIFT},     {STR_INIT("M-"), ALT},
    {STR_INIT("Alt+"), ALT},      {STR_INIT("Meta+"), ALT},        {STR_INIT("C-"), CONTROL},
    {STR_INIT("Ctrl+"), CONTROL}, {STR_INIT("Control+"), CONTROL}, {STR_INIT("^"), CONTROL},
};

/* Sequences: CSI [1;M] letter, or SS3 letter in application mode; CSI number [;M] ~. */
enum form {
    ARROW,   /* SS3 when the program has asked for application cursor keys */
    LETTER,  /* always SS3 without modifiers */
    NUMBERED /* ~ */
};

static const struct {
    struct str name;
    enum form form;
    int code; /* the letter or the number */
} sequences[] = {
    {STR_INIT("Up"), ARROW, 'A'},      {STR_INIT("ArrowUp"), ARROW, 'A'},
    {STR_INIT("Down"), ARROW, 'B'},    {STR_INIT("ArrowDown"), ARROW, 'B'},
    {STR_INIT("Right"), ARROW, 'C'},   {STR_INIT("ArrowRight"), ARROW, 'C'},
    {STR_INIT("Left"), ARROW, 'D'},    {STR_INIT("ArrowLeft"), ARROW, 'D'},
    {STR_INIT("Home"), ARROW, 'H'},    {STR_INIT("End"), ARROW, 'F'},
    {STR_INIT("IC"), NUMBERED, 2},     {STR_INIT("Insert"), NUMBERED, 2},
    {STR_INIT("DC"), NUMBERED, 3},     {STR_INIT("Delete"), NUMBERED, 3},
    {STR_INIT("PageUp"), NUMBERED, 5}, {STR_INIT("PPage"), NUMBERED, 5},
    {STR_INIT("PgUp"), NUMBERED, 5},   {STR_INIT("PageDown"), NUMBERED, 6},
    {STR_INIT("NPage"), NUMBERED, 6},  {STR_INIT("PgDn"), NUMBERED, 6},
    {STR_INIT("F1"), LETTER, 'P'},     {STR_INIT("F2"), LETTER, 'Q'},
    {STR_INIT("F3"), LETTER, 'R'},     {STR_INIT("F4"), LETTER, 'S'},
    {STR_INIT("F5"), NUMBERED, 15},    {STR_INIT("F6"), NUMBERED, 17},
    {STR_INIT("F7"), NUMBERED, 18},    {STR_INIT("F8"), NUMBERED, 19},
    {STR_INIT("F9"), NUMBERED, 20},    {STR_INIT("F10"), NUMBERED, 21},
    {STR_INIT("F11"), NUMBERED, 23},   {STR_INIT("F12"), NUMBERED, 24},
    {STR_INIT("F13"), NUMBERED, 25},   {STR_INIT("F14"), NUMBERED, 26},
    {STR_INIT("F15"), NUMBERED, 28},   {STR_INIT("F16"), NUMBERED, 29},
    {STR_INIT("F17"), NUMBERED, 31},   {STR_INIT("F18"), NUMBERED, 32},
    {STR_INIT("F19"), NUMBERED, 33},   {STR_INIT("F20"), NUMBERED, 34},
};

/* Names of keys that send one character. */
static const struct {
    struct str name;
    char character;
} characters[] = {
    {STR_INIT("Enter"), '\r'},       {STR_INIT("Return"), '\r'}, {STR_INIT("Tab"), '\t'},
    {STR_INIT("Escape"), '\033'},    {STR_INIT("Esc"), '\033'},  {STR_INIT("BSpace"), '\177'},
    {STR_INIT("Backspace"), '\177'}, {STR_INIT("Space"), ' '},
};

/* The block of digits: the character, or SS3 and a letter in application mode. */
static const struct {
    struct str name;
    char character;
    char letter;
} keypad[] = {
    {STR_INIT("KP0"), '0', 'p'},      {STR_INIT("KP1"), '1', 'q'}, {STR_INIT("KP2"), '2', 'r'},
    {STR_INIT("KP3"), '3', 's'},      {STR_INIT("KP4"), '4', 't'}, {STR_INIT("KP5"), '5', 'u'},
    {STR_INIT("KP6"), '6', 'v'},      {STR_INIT("KP7"), '7', 'w'}, {STR_INIT("KP8"), '8', 'x'},
    {STR_INIT("KP9"), '9', 'y'},      {STR_INIT("KP."), '.', 'n'}, {STR_INIT("KP/"), '/', 'o'},
    {STR_INIT("KP*"), '*', 'j'},      {STR_INIT("KP+"), '+', 'k'}, {STR_INIT("KP-"), '-', 'm'},
    {STR_INIT("KPEnter"), '\r', 'M'},
};

static bool starts_with_nocase(struct str text, struct str prefix)
{
    return text.len > prefix.len && str_equal_nocase(str_slice(text, 0, prefix.len), prefix);
}

/* Cuts the modifiers off the front: "C-M-x" leaves "x". */
static unsigned take_modifiers(struct str *name)
{
    unsigned modifiers = 0;
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        if (!starts_with_nocase(*name, prefixes[i].prefix))
            continue;
        modifiers |= (unsigned)prefixes[i].modifier;
        *name = str_skip(*name, prefixes[i].prefix.len);
        i = SIZE_MAX; /* from the first one again */
    }
    return modifiers;
}

static void encode_sequence(enum form form, int code, unsigned modifiers,
                            const struct screen_modes *modes, struct buf *out)
{
    if (form == NUMBERED && modifiers == 0)
        buf_printf(out, "\033[%d~", code);
    else if (form == NUMBERED)
        buf_printf(out, "\033[%d;%u~", code, modifiers + 1);
    else if (modifiers != 0)
        buf_printf(out, "\033[1;%u%c", modifiers + 1, code);
    else if (form == LETTER || modes->has_application_cursor)
        buf_printf(out, "\033O%c", code);
    else
        buf_printf(out, "\033[%c", code);
}

static bool find_sequence(struct str name, unsigned modifiers, const struct screen_modes *modes,
                          struct buf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(sequences); i++) {
        if (!str_equal_nocase(sequences[i].name, name))
            continue;
        encode_sequence(sequences[i].form, sequences[i].code, modifiers, modes, out);
        return true;
    }
    return false;
}

static bool find_keypad(struct str name, unsigned modifiers, const struct screen_modes *modes,
                        struct buf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(keypad); i++) {
        if (!str_equal_nocase(keypad[i].name, name) || modifiers != 0)
            continue;
        if (modes->has_application_keypad)
            buf_printf(out, "\033O%c", keypad[i].letter);
        else
            buf_append_byte(out, keypad[i].character);
        return true;
    }
    return false;
}

/* What Ctrl makes of a character; false when it makes nothing of it. */
static bool control_of(unsigned character, char *ret_control)
{
    static const char digits[] = "\000\033\034\035\036\037\177"; /* of 2 to 8 */

    if (character == '?')
        *ret_control = '\177';
    else if (character == '\177') /* Ctrl with the backspace key */
        *ret_control = '\b';
    else if (character == ' ')
        *ret_control = '\0';
    else if (character == '/' || character == '-')
        *ret_control = '\037';
    else if (character >= '2' && character <= '8')
        *ret_control = digits[character - '2'];
    else if ((character >= '@' && character < '\177') || character < ' ')
        *ret_control = (char)(character & 0x1F);
    else
        return false;
    return true;
}

static bool encode_character(unsigned character, unsigned modifiers, struct buf *out)
{
    char control = '\0';
    if (character == '\t' && modifiers == SHIFT) {
        buf_append(out, STR("\033[Z"));
        return true;
    }
    if ((modifiers & CONTROL) != 0 && !control_of(character, &control))
        return false;
    if ((modifiers & SHIFT) != 0 && character >= 'a' && character <= 'z')
        character -= 'a' - 'A';
    if ((modifiers & ALT) != 0)
        buf_append_byte(out, '\033');
    if ((modifiers & CONTROL) != 0)
        buf_append_byte(out, control);
    else
        utf8_append(out, character);
    return true;
}

static bool find_character(struct str name, unsigned *ret_character)
{
    for (size_t i = 0; i < ARRAY_SIZE(characters); i++) {
        if (!str_equal_nocase(characters[i].name, name))
            continue;
        *ret_character = (unsigned char)characters[i].character;
        return true;
    }
    bool is_valid;
    return name.len > 0 && utf8_step(name, ret_character, &is_valid) == name.len && is_valid;
}

bool keys_encode(struct str name, const struct screen_modes *modes, struct buf *out)
{
    unsigned modifiers = take_modifiers(&name);
    if (str_equal_nocase(name, STR("BTab"))) {
        name = STR("Tab");
        modifiers |= SHIFT;
    }
    unsigned character;
    if (find_sequence(name, modifiers, modes, out) || find_keypad(name, modifiers, modes, out))
        return true;
    return find_character(name, &character) && encode_character(character, modifiers, out);
}

/* \r\n and \n are \r, as the Enter key sends it. */
static void append_pasted(struct buf *out, struct str text, bool is_bracketed)
{
    static const struct str end = STR_INIT("\033[201~");
    const size_t begin = out->len;
    for (size_t i = 0; i < text.len; i++) {
        const bool is_pair = text.data[i] == '\n' && i > 0 && text.data[i - 1] == '\r';
        if (is_pair)
            continue;
        buf_append_byte(out, text.data[i] == '\n' ? '\r' : text.data[i]);
        /* Looked for in what is sent: taking one out must not make another. */
        const struct str sent = str_skip(buf_str(out), begin);
        if (is_bracketed && str_ends_with(sent, end))
            buf_truncate(out, out->len - end.len);
    }
}

void keys_paste(struct str text, const struct screen_modes *modes, struct buf *out)
{
    if (modes->has_bracketed_paste)
        buf_append(out, STR("\033[200~"));
    append_pasted(out, text, modes->has_bracketed_paste);
    if (modes->has_bracketed_paste)
        buf_append(out, STR("\033[201~"));
}
