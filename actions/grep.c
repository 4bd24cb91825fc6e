/*
 * Each line is matched by itself, so that "^", "$" and assertions mean what they mean in a line.
 * The window slides over the file: lines are searched as long as their context after them is in it,
 * then everything but the context before the next line is moved out and the window is filled again.
 */
#include "actions/grep.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "actions/file_walk.h"
#include "actions/glob.h"
#include "actions/path.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/regex.h"
#include "server/base/utf8.h"

struct search {
    const struct grep_options *options;
    struct regex *pattern;
    struct glob *glob;
    struct file_walk *walk;
    struct grep *grep;
    struct file_search_bounds bounds;
    char *window;
};

/* One file on its way through the window. */
struct reading {
    int fd;
    struct str path;
    struct grep_text stored_path; /* once a match was found */
    size_t len;                   /* bytes in the window */
    size_t at;                    /* start of the next line to search */
    uint64_t line;
    bool is_at_end;
    bool is_in_long_line; /* the start of the line is gone: drop up to its end */
};

static struct grep_text store(struct grep *grep, struct str text)
{
    const struct grep_text stored = {.offset = grep->bytes.len, .len = text.len};
    buf_append(&grep->bytes, text);
    return stored;
}

/* Stores a line without its end, cut so that `around` is in it. */
static struct grep_text store_line(struct grep *grep, struct str line, size_t around)
{
    if (line.len <= GREP_MAX_TEXT_BYTES)
        return store(grep, line);
    const size_t lead = GREP_MAX_TEXT_BYTES / 4;
    size_t from = around > lead ? around - lead : 0;
    while (from > 0 && from < line.len && ((unsigned char)line.data[from] & 0xc0) == 0x80)
        from--;
    struct str part = str_slice(line, from, from + GREP_MAX_TEXT_BYTES);
    part.len -= utf8_incomplete_tail(part);
    struct grep_text stored = store(grep, part);
    stored.is_cut = true;
    return stored;
}

static struct str without_end(struct str line)
{
    if (str_ends_with(line, STR("\n")))
        line.len--;
    if (str_ends_with(line, STR("\r")))
        line.len--;
    return line;
}

/* The line that starts at `at`, with its end; up to the end of the window when that is not in it.
 */
static struct str line_at(const struct search *search, const struct reading *reading, size_t at)
{
    const struct str rest = str_span(search->window + at, reading->len - at);
    const size_t end = str_find_byte(rest, '\n');
    return end == SIZE_MAX ? rest : str_slice(rest, 0, end + 1);
}

/* The start of the line before the one that starts at `at`. */
static size_t line_before(const struct search *search, size_t at)
{
    const char *end = memrchr(search->window, '\n', at - 1);
    return end == NULL ? 0 : (size_t)(end - search->window) + 1;
}

static void add_context(struct grep *grep, struct str line)
{
    if (grep->context_count == grep->context_capacity) {
        grep->context_capacity = grep->context_capacity == 0 ? 64 : grep->context_capacity * 2;
        grep->context =
            mem_resize(grep->context, grep->context_capacity * sizeof(grep->context[0]));
    }
    grep->context[grep->context_count++] = store_line(grep, without_end(line), 0);
}

static void store_context(struct search *search, const struct reading *reading, size_t line_end,
                          struct grep_match *match)
{
    struct grep *grep = search->grep;
    match->context = grep->context_count;
    size_t start = reading->at;
    for (size_t i = 0; i < search->options->context && start > 0; i++)
        start = line_before(search, start);
    for (; start < reading->at; match->before++) {
        const struct str line = line_at(search, reading, start);
        add_context(grep, line);
        start += line.len;
    }
    size_t next = line_end;
    for (; match->after < search->options->context && next < reading->len; match->after++) {
        const struct str line = line_at(search, reading, next);
        add_context(grep, line);
        next += line.len;
    }
}

static struct grep_match *new_match(struct grep *grep)
{
    if (grep->count == grep->capacity) {
        grep->capacity = grep->capacity == 0 ? 64 : grep->capacity * 2;
        grep->matches = mem_resize(grep->matches, grep->capacity * sizeof(grep->matches[0]));
    }
    grep->matches[grep->count] = (struct grep_match){0};
    return &grep->matches[grep->count++];
}

static void add_match(struct search *search, struct reading *reading, struct str line, size_t start)
{
    struct grep *grep = search->grep;
    if (grep->count == search->options->limit || grep->bytes.len >= GREP_MAX_RESULT_BYTES) {
        grep->stop = FILE_SEARCH_AT_LIMIT;
        return;
    }
    if (reading->stored_path.len == 0)
        reading->stored_path = store(grep, reading->path);
    struct grep_match *match = new_match(grep);
    const struct str text = without_end(line);
    match->path = reading->stored_path;
    match->line = reading->line;
    match->column = utf8_count(str_slice(text, 0, start)) + 1;
    match->text = store_line(grep, text, start);
    store_context(search, reading, reading->at + line.len, match);
}

static void search_line(struct search *search, struct reading *reading, struct str line)
{
    size_t start;
    size_t end;
    reading->line++;
    switch (regex_search(search->pattern, without_end(line), &start, &end)) {
    case REGEX_NONE:
        break;
    case REGEX_FOUND:
        add_match(search, reading, line, start);
        break;
    case REGEX_TOO_COMPLEX:
        search->grep->stop = FILE_SEARCH_TOO_COMPLEX;
        break;
    }
}

/* Where searching has to stop for now: lines behind it may lack their context. */
static size_t safe_end(const struct search *search, const struct reading *reading)
{
    if (reading->is_at_end)
        return reading->len;
    size_t end = reading->len;
    for (size_t i = 0; i <= search->options->context && end > 0; i++) {
        const char *newline = memrchr(search->window, '\n', end - (i > 0));
        if (newline == NULL)
            return 0;
        end = (size_t)(newline - search->window) + 1;
    }
    return end;
}

static bool is_enough(const struct search *search, const struct reading *reading)
{
    return search->grep->stop != FILE_SEARCH_COMPLETE ||
           (search->options->is_first_only && reading->stored_path.len > 0);
}

/* Searches what can be searched; makes sure that something is, when the window is full. */
static void search_window(struct search *search, struct reading *reading)
{
    size_t end = safe_end(search, reading);
    if (end <= reading->at)
        end = reading->at + 1; /* one line, with what context there is */
    unsigned lines = 0;
    while (reading->at < end && reading->at < reading->len && !is_enough(search, reading)) {
        const struct str line = line_at(search, reading, reading->at);
        const bool is_whole = str_ends_with(line, STR("\n"));
        if (!reading->is_in_long_line)
            search_line(search, reading, line);
        reading->is_in_long_line = !is_whole && !reading->is_at_end;
        reading->at += line.len;
        if (++lines % 1024 == 0 && search->grep->stop == FILE_SEARCH_COMPLETE)
            search->grep->stop = file_search_check_now(&search->bounds);
    }
}

/* Moves everything but the context before the next line out of the window. */
static void slide(struct search *search, struct reading *reading)
{
    size_t keep = reading->at;
    if (!reading->is_in_long_line)
        for (size_t i = 0; i < search->options->context && keep > 0; i++)
            keep = line_before(search, keep);
    if (reading->len - keep > GREP_WINDOW_BYTES / 2)
        keep = reading->at;
    memmove(search->window, search->window + keep, reading->len - keep);
    reading->len -= keep;
    reading->at -= keep;
}

/* Reads until the window is full or the file ends. False when it cannot be read. */
static bool fill(struct search *search, struct reading *reading)
{
    while (reading->len < GREP_WINDOW_BYTES && !reading->is_at_end) {
        const ssize_t got =
            read(reading->fd, search->window + reading->len, GREP_WINDOW_BYTES - reading->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        reading->is_at_end = got == 0;
        reading->len += (size_t)got;
    }
    return true;
}

static bool is_binary(const struct search *search, const struct reading *reading)
{
    const size_t len = reading->len < GREP_BINARY_BYTES ? reading->len : GREP_BINARY_BYTES;
    return memchr(search->window, '\0', len) != NULL;
}

/* Searches one open regular file. */
static void search_file(struct search *search, int fd, struct str path)
{
    struct reading reading = {.fd = fd, .path = path};
    if (!fill(search, &reading) || is_binary(search, &reading)) {
        search->grep->skipped++;
        return;
    }
    search->grep->files++;
    for (;;) {
        search_window(search, &reading);
        if (is_enough(search, &reading) || (reading.is_at_end && reading.at == reading.len))
            return;
        slide(search, &reading);
        if (!fill(search, &reading))
            return;
    }
}

static void search_entry(struct search *search, const struct file_walk_entry *entry)
{
    scoped_fd int fd = file_walk_open_entry(search->walk, O_RDONLY);
    struct stat status;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        search_file(search, fd, str_from(entry->path));
    else
        search->grep->skipped++;
}

static void visit(struct search *search, const struct file_walk_entry *entry)
{
    const uint64_t from = entry->mark == 0 ? glob_start(search->glob) : entry->mark;
    const uint64_t places = glob_step(search->glob, from, entry->name, false);
    if (entry->kind == FILE_KIND_FILE && glob_is_match(search->glob, places))
        search_entry(search, entry);
    else if (entry->kind == FILE_KIND_DIRECTORY && glob_goes_on(search->glob, places))
        (void)file_walk_enter(search->walk, places);
}

static bool search_tree(struct search *search, struct error *error)
{
    const struct file_walk_options options = {.root = search->options->root};
    if (!file_walk_open(&options, &search->walk, error))
        return false;
    struct file_walk_entry entry;
    struct grep *grep = search->grep;
    while (grep->stop == FILE_SEARCH_COMPLETE && file_walk_next(search->walk, &entry)) {
        visit(search, &entry);
        if (grep->stop == FILE_SEARCH_COMPLETE)
            grep->stop = file_search_check(&search->bounds);
    }
    grep->skipped += file_walk_skipped(search->walk);
    file_walk_close(search->walk);
    return true;
}

static bool search_root(struct search *search, struct error *error)
{
    const char *root = search->options->root;
    struct stat status;
    scoped_fd int fd = -1;
    if (!path_stat(root, &status, error))
        return false;
    if (S_ISDIR(status.st_mode))
        return search_tree(search, error);
    if (!path_open_file(root, &fd, &status, error))
        return false;
    search_file(search, fd, path_name(root));
    return true;
}

static bool compile_glob(const struct grep_options *options, struct glob **ret_glob,
                         struct error *error)
{
    scoped_buf struct buf text = {0};
    if (!str_has_byte(options->glob, '/'))
        buf_append(&text, STR("**/"));
    buf_append(&text, str_is_empty(options->glob) ? STR("*") : options->glob);
    return glob_compile(buf_str(&text), options->includes_hidden ? GLOB_HIDDEN : 0, ret_glob,
                        error);
}

static bool prepare(struct search *search, struct error *error)
{
    const struct regex_search_options pattern = {
        .pattern = search->options->pattern,
        .is_literal = search->options->is_literal,
        .ignores_case = search->options->ignores_case,
    };
    return regex_new_search(&pattern, &search->pattern, error) &&
           compile_glob(search->options, &search->glob, error);
}

bool grep(const struct grep_options *options, struct grep *ret_grep, struct error *error)
{
    struct grep result = {0};
    struct search search = {
        .options = options,
        .grep = &result,
        .bounds = {.deadline_ms = clock_monotonic_ms() + options->timeout_ms,
                   .is_cancelled = options->is_cancelled},
        .window = mem_alloc(GREP_WINDOW_BYTES),
    };
    const bool is_done = prepare(&search, error) && search_root(&search, error);
    regex_free(search.pattern);
    glob_free(search.glob);
    free(search.window);
    if (is_done)
        *ret_grep = result;
    else
        grep_fini(&result);
    return is_done;
}

struct str grep_text(const struct grep *grep, struct grep_text text)
{
    return str_span(grep->bytes.data == NULL ? "" : grep->bytes.data + text.offset, text.len);
}

void grep_fini(struct grep *grep)
{
    free(grep->matches);
    free(grep->context);
    buf_fini(&grep->bytes);
    *grep = (struct grep){0};
}
