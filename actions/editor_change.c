#include "actions/editor_change.h"

#include "actions/editor_call.h"
#include "actions/text_file.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

/* What the answer shows of the file after the change. */
struct snippet {
    struct str description;
    size_t first_line;
    size_t last_line;
    const char *review;
};

static void append_path_text(struct buf *out, const char *before, struct str path,
                             const char *after)
{
    buf_append(out, str_from(before));
    buf_append(out, path);
    buf_append(out, str_from(after));
}

/* The file's bytes after the change, in UTF-8 if that is what it takes and the dialect allows. */
static bool change_bytes(const struct editor_call *call, const struct text_file *file,
                         const struct text_change *change, struct buf *out)
{
    struct error error;
    if (text_file_changed_bytes(file, change, out, &error))
        return true;
    if (call->rules->falls_back_to_utf8) {
        buf_clear(out);
        text_file_changed_utf8(file, change, out);
        return true;
    }
    struct buf *text = &call->result->text;
    (void)editor_fail(call->result, "Ran into %s", error.text); /* is false */
    append_path_text(text, " while trying to write to ", call->shown, "");
    return false;
}

static void answer(const struct editor_call *call, const struct snippet *snippet, struct str text)
{
    struct buf *out = &call->result->text;
    const struct str lines = str_slice(text, text_line_start(text, snippet->first_line - 1),
                                       text_line_start(text, snippet->last_line));
    append_path_text(out, "The file ", call->shown, " has been edited. ");
    editor_numbered(call->rules, snippet->description, lines, snippet->first_line, out);
    buf_append(out, str_from(snippet->review));
}

static void apply(const struct editor_call *call, const struct text_file *file,
                  const struct text_change *change, const struct snippet *snippet)
{
    struct editor_result *result = call->result;
    scoped_buf struct buf bytes = {0};
    if (!change_bytes(call, file, change, &bytes) || !editor_call_write(call, buf_str(&bytes)))
        return;
    editor_call_remember(call, buf_str(&file->bytes));
    result->has_old_content = true;
    result->has_new_content = true;
    buf_append(&result->old_content, file->text);
    text_file_changed_text(file, change, &result->new_content);
    answer(call, snippet, buf_str(&result->new_content));
}

/* Where a text stands in a file: the first place, how many there are (they do not overlap), and the
 * lines they begin in, each once. */
struct occurrences {
    size_t first;
    size_t count;
    size_t first_line;
    struct buf lines; /* "1, 3" */
    size_t last_line;
};

static void add_occurrence(struct occurrences *found, size_t at, size_t line)
{
    if (found->count == 0) {
        found->first = at;
        found->first_line = line;
    }
    if (found->last_line != line)
        buf_printf(&found->lines, "%s%zu", found->count == 0 ? "" : ", ", line);
    found->last_line = line;
    found->count++;
}

static size_t count_feeds(struct str text)
{
    size_t count = 0;
    for (size_t at = str_find_byte(text, '\n'); at != SIZE_MAX; at = str_find_byte(text, '\n')) {
        count++;
        text = str_skip(text, at + 1);
    }
    return count;
}

/* The empty text stands before each character and at the end. */
static void find_empty(struct str text, struct occurrences *found)
{
    size_t line = 1;
    for (size_t at = 0; at < text.len; line++) {
        add_occurrence(found, at, line);
        found->count++; /* at least one more in the same line */
        const size_t feed = str_find_byte(str_skip(text, at), '\n');
        if (feed == SIZE_MAX)
            return;
        at += feed + 1;
    }
    add_occurrence(found, text.len, line);
}

static void find_text(struct str text, struct str part, struct occurrences *found)
{
    if (part.len == 0) {
        find_empty(text, found);
        return;
    }
    size_t line = 1;
    size_t counted = 0;
    for (size_t at = str_find(text, part); at != SIZE_MAX;) {
        line += count_feeds(str_slice(text, counted, at));
        counted = at;
        add_occurrence(found, at, line);
        const size_t next = str_find(str_skip(text, at + part.len), part);
        at = next == SIZE_MAX ? SIZE_MAX : at + part.len + next;
    }
}

static bool fail_to_find(const struct editor_call *call, struct str old_str,
                         const struct occurrences *found)
{
    struct buf *text = &call->result->text;
    (void)editor_fail(call->result, "No replacement was performed"); /* is false */
    if (found->count == 0) {
        append_path_text(text, ", old_str `", old_str, "` did not appear verbatim in ");
        append_path_text(text, "", call->shown, ".");
        return false;
    }
    append_path_text(text, ". Multiple occurrences of old_str `", old_str, "` in lines [");
    buf_append(text, buf_str(&found->lines));
    buf_append(text, STR("]. Please ensure it is unique."));
    return false;
}

static void replace(const struct editor_call *call, const struct text_file *file)
{
    struct str old_str = call->request->old_str;
    struct str new_str = call->request->new_str;
    struct occurrences found = {0};
    scoped_buf struct buf unified = {0};
    text_unify_lines(&unified, old_str); /* no line of the text ends with CR */
    struct str part = buf_str(&unified);
    find_text(file->text, part, &found);
    if (found.count == 0) {
        part = utf8_trim(part);
        old_str = utf8_trim(old_str);
        new_str = call->rules->strips_new_str ? utf8_trim(new_str) : new_str;
        find_text(file->text, part, &found);
    }
    if (found.count != 1) {
        (void)fail_to_find(call, old_str, &found); /* is false */
    } else {
        scoped_buf struct buf description = {0};
        append_path_text(&description, "a snippet of ", call->shown, "");
        const size_t line = found.first_line;
        scoped_buf struct buf added = {0};
        text_unify_lines(&added, new_str);
        const struct snippet snippet = {
            .description = buf_str(&description),
            .first_line = line > EDITOR_CONTEXT_LINES ? line - EDITOR_CONTEXT_LINES + 1 : 1,
            .last_line = line + EDITOR_CONTEXT_LINES + count_feeds(buf_str(&added)),
            .review = "Review the changes and make sure they are as expected. Edit the file again "
                      "if necessary.",
        };
        const struct text_change change = {found.first, found.first + part.len, new_str};
        apply(call, file, &change, &snippet);
    }
    buf_fini(&found.lines);
}

void editor_str_replace(const struct editor_call *call)
{
    const struct editor_request *request = call->request;
    struct text_file file = {0};
    if (!str_is_set(request->old_str))
        (void)editor_fail_missing(call->result, "old_str", request->command); /* is false */
    else if (!str_is_set(request->new_str) && call->rules->needs_new_str)
        (void)editor_fail_missing(call->result, "new_str", request->command); /* is false */
    else if (str_is_set(request->new_str) && str_equal(request->new_str, request->old_str))
        (void)editor_fail_parameter(call->result, "new_str", request->new_str,
                                    "No replacement was performed. `new_str` and `old_str` must be "
                                    "different."); /* is false */
    else if (editor_call_read(call, &file))
        replace(call, &file);
    text_file_fini(&file);
}

static bool fail_line(const struct editor_call *call, size_t count)
{
    scoped_buf struct buf shown = {0};
    buf_printf(&shown, "%lld", (long long)call->request->insert_line);
    return editor_fail_parameter(call->result, "insert_line", buf_str(&shown),
                                 "It should be within the range of allowed values: [0, %zu]",
                                 count);
}

/* After that many lines. A last line without its end gets one, so that nothing is glued to it. */
static void insert(const struct editor_call *call, const struct text_file *file, size_t line)
{
    const size_t at = text_line_start(file->text, line);
    const bool is_open = at > 0 && file->text.data[at - 1] != '\n';
    scoped_buf struct buf unified = {0};
    scoped_buf struct buf added = {0};
    text_unify_lines(&unified, call->request->new_str);
    buf_append(&added, is_open ? STR("\n") : STR(""));
    buf_append(&added, buf_str(&unified));
    buf_append_byte(&added, '\n');
    const size_t count = text_count_lines(file->text);
    const size_t more = count_feeds(buf_str(&unified)) + 1;
    const size_t last = line + EDITOR_CONTEXT_LINES + more;
    const struct snippet snippet = {
        .description = STR("a snippet of the edited file"),
        .first_line = line > EDITOR_CONTEXT_LINES ? line - EDITOR_CONTEXT_LINES + 1 : 1,
        .last_line = last < count + more ? last : count + more,
        .review = "Review the changes and make sure they are as expected (correct indentation, no "
                  "duplicate lines, etc). Edit the file again if necessary.",
    };
    const struct text_change change = {at, at, buf_str(&added)};
    apply(call, file, &change, &snippet);
}

static void insert_checked(const struct editor_call *call)
{
    struct text_file file = {0};
    if (editor_call_read(call, &file)) {
        const int64_t line = call->request->insert_line;
        const size_t count = text_count_lines(file.text);
        if (line < 0 || (uint64_t)line > count)
            (void)fail_line(call, count); /* is false */
        else
            insert(call, &file, (size_t)line);
    }
    text_file_fini(&file);
}

void editor_insert(const struct editor_call *call)
{
    const struct editor_request *request = call->request;
    if (!request->has_insert_line)
        (void)editor_fail_missing(call->result, "insert_line", request->command); /* is false */
    else if (!str_is_set(request->new_str))
        (void)editor_fail_missing(call->result, "new_str", request->command); /* is false */
    else
        insert_checked(call);
}
