#include "agent/memory.h"

#include "agent/prompt/text_source.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/utf8.h"

#define CUT_NOTICE "[earlier memory truncated]"

void memory_user_folder(const char *state_dir, const char *home, struct buf *out)
{
    scoped_buf struct buf usual = {0};
    buf_printf(&usual, "%s/.openhands", home);
    if (str_equal(buf_str(&usual), str_from(state_dir)))
        buf_append(out, STR("~/.openhands/memory"));
    else
        buf_printf(out, "%s/memory", state_dir);
}

/* The file without blanks around it; empty when there is none. */
static void read_file(const char *folder, const char *below, struct buf *out)
{
    scoped_buf struct buf path = {0};
    scoped_buf struct buf text = {0};
    struct error error;
    buf_printf(&path, "%s/%s", folder, below);
    if (text_source_read(path.data, &text, &error))
        buf_append(out, str_trim(buf_str(&text)));
}

struct tier {
    struct buf heading;
    struct buf text;
    size_t chars;
    size_t budget;
};

static void tier_fini(struct tier *tier)
{
    buf_fini(&tier->heading);
    buf_fini(&tier->text);
}

/* The newest notes stand at the end, and stay. Lines are not cut. */
static void append_tail(const struct tier *tier, struct buf *out)
{
    const size_t notice = sizeof(CUT_NOTICE) - 1;
    struct str rest = buf_str(&tier->text);
    size_t chars = tier->chars;
    if (chars <= tier->budget) {
        buf_append(out, rest);
        return;
    }
    while (!str_is_empty(rest) && chars + 1 + notice > tier->budget) {
        struct str line;
        (void)str_next(&rest, '\n', &line); /* it is not empty */
        chars -= utf8_count(line) + (chars > utf8_count(line));
    }
    buf_append(out, STR(CUT_NOTICE));
    if (str_is_empty(rest))
        return;
    buf_append_byte(out, '\n');
    buf_append(out, rest);
}

static void append_tier(const struct tier *tier, struct buf *out)
{
    if (tier->text.len == 0)
        return;
    if (out->len > 0)
        buf_append(out, STR("\n\n"));
    buf_append(out, buf_str(&tier->heading));
    buf_append_byte(out, '\n');
    append_tail(tier, out);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Each has the half; what one does not need the other may have. */
static void share_budget(struct tier *user, struct tier *project)
{
    const size_t headings =
        utf8_count(buf_str(&user->heading)) + utf8_count(buf_str(&project->heading)) + 4;
    const size_t budget = headings < MEMORY_MAX_CHARS ? MEMORY_MAX_CHARS - headings : 0;
    user->budget = budget - least(project->chars, budget / 2);
    project->budget = budget - least(user->chars, user->budget);
}

void memory_read(const char *state_dir, const char *home, const char *workspace, struct buf *out)
{
    struct tier user = {0};
    struct tier project = {0};
    scoped_buf struct buf text = {0};
    read_file(state_dir, "memory/MEMORY.md", &user.text);
    read_file(workspace, ".openhands/memory/MEMORY.md", &project.text);
    user.chars = utf8_count(buf_str(&user.text));
    project.chars = utf8_count(buf_str(&project.text));
    buf_append(&user.heading, STR("# User memory ("));
    memory_user_folder(state_dir, home, &user.heading);
    buf_append(&user.heading, STR("/MEMORY.md)"));
    buf_append(&project.heading, STR("# Project memory (.openhands/memory/MEMORY.md)"));
    share_budget(&user, &project);
    append_tier(&user, &text);
    append_tier(&project, &text);
    buf_append(out, buf_str(&text));
    tier_fini(&user);
    tier_fini(&project);
}
