#include "actions/document.h"

#include <errno.h>

#include "actions/document_markdown.h"
#include "actions/document_sheet.h"
#include "actions/document_slides.h"
#include "actions/document_word.h"
#include "actions/document_zip.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"
#include "server/loop/process_run.h"

typedef bool (*convert_fn)(const struct document_options *options, struct buf *out,
                           struct error *error);

struct format {
    struct str ending;
    convert_fn convert;
    bool (*convert_zip)(struct document_zip *zip, struct buf *out);
};

static bool convert_pdf(const struct document_options *options, struct buf *out,
                        struct error *error);
static bool convert_sound(const struct document_options *options, struct buf *out,
                          struct error *error);

static const struct format formats[] = {
    {.ending = STR_INIT(".docx"), .convert_zip = document_word},
    {.ending = STR_INIT(".xlsx"), .convert_zip = document_sheet},
    {.ending = STR_INIT(".pptx"), .convert_zip = document_slides},
    {.ending = STR_INIT(".pdf"), .convert = convert_pdf},
    {.ending = STR_INIT(".mp3"), .convert = convert_sound},
    {.ending = STR_INIT(".wav"), .convert = convert_sound},
    {.ending = STR_INIT(".m4a"), .convert = convert_sound},
    {.ending = STR_INIT(".flac"), .convert = convert_sound},
};

static const struct format *find_format(struct str path)
{
    const size_t slash = str_find_last_byte(path, '/');
    const struct str name = slash == SIZE_MAX ? path : str_skip(path, slash + 1);
    const size_t dot = str_find_last_byte(name, '.');
    if (dot == SIZE_MAX || dot == 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        if (str_equal_nocase(str_skip(name, dot), formats[i].ending))
            return &formats[i];
    return NULL;
}

bool document_is_convertible(struct str path)
{
    return find_format(path) != NULL;
}

static bool convert_sound(const struct document_options *options, struct buf *out,
                          struct error *error)
{
    (void)options; /* nothing of it is looked at */
    (void)error;
    buf_append(out, STR("### Audio Transcript:\nError. Could not transcribe this audio."));
    return true;
}

static bool fail_pdf(const struct process_run_result *result, struct error *error)
{
    const struct str reason = str_trim(buf_str(&result->err));
    if (result->has_timed_out)
        return error_set(error, ERROR_TIMEOUT, "pdftotext did not end within %d seconds",
                         DOCUMENT_PROGRAM_TIMEOUT_MS / 1000);
    return error_set(error, ERROR_UNPROCESSABLE, "pdftotext failed: %.*s", STR_ARG(reason));
}

static bool convert_pdf(const struct document_options *options, struct buf *out,
                        struct error *error)
{
    const char *const argv[] = {"pdftotext", "-q", "-enc", "UTF-8", options->path, "-", NULL};
    const struct process_run_options run = {
        .argv = argv,
        .env = options->env,
        .timeout_ms = DOCUMENT_PROGRAM_TIMEOUT_MS,
        .max_stdout_bytes = DOCUMENT_MAX_TEXT_BYTES,
    };
    struct process_run_result result = {0};
    if (options->processes == NULL)
        return error_set(error, ERROR_UNAVAILABLE, "no converter of PDF files can be run");
    bool is_ok = process_run(options->processes, &run, &result, error);
    if (!is_ok && error->sys_errno == ENOENT)
        (void)error_set(error, ERROR_UNAVAILABLE,
                        "the program pdftotext (Debian package poppler-utils) is not "
                        "installed"); /* is false */
    if (is_ok && !result.is_too_large && result.exit.code != 0)
        is_ok = fail_pdf(&result, error);
    if (is_ok)
        buf_append(out, buf_str(&result.out));
    process_run_fini(&result);
    return is_ok;
}

static bool convert_office(const struct format *format, const struct document_options *options,
                           struct buf *out, struct error *error)
{
    struct document_zip zip;
    if (!document_zip_open(&zip, options->content))
        return error_set(error, ERROR_UNPROCESSABLE, "File is not a zip file");
    return format->convert_zip(&zip, out) ||
           error_set(error, ERROR_UNPROCESSABLE, "a part of the document is missing or damaged");
}

/* Without white space at the ends of lines, and with one empty line at most between two others. */
static void tidy(struct str text, struct buf *out)
{
    unsigned empty = 0;
    for (;;) {
        const size_t end = str_find_byte(text, '\n');
        const struct str line = str_slice(text, 0, end);
        const struct str trimmed = utf8_trim(line);
        const size_t len = trimmed.len == 0 ? 0 : (size_t)(trimmed.data - line.data) + trimmed.len;
        empty = len == 0 ? empty + 1 : 0;
        buf_append(out, str_slice(line, 0, len));
        if (end == SIZE_MAX)
            return;
        if (empty <= 1)
            buf_append_byte(out, '\n');
        text = str_skip(text, end + 1);
    }
}

bool document_convert(const struct document_options *options, struct buf *out, struct error *error)
{
    const struct format *format = find_format(str_from(options->path));
    scoped_buf struct buf text = {0};
    scoped_buf struct buf repaired = {0};
    buf_init(&text, DOCUMENT_MAX_TEXT_BYTES);
    const bool is_ok = format->convert != NULL ? format->convert(options, &text, error)
                                               : convert_office(format, options, &text, error);
    if (!is_ok) {
        if (!utf8_is_valid(options->content) || options->content.len > DOCUMENT_MAX_TEXT_BYTES)
            return false;
        buf_clear(&text);
        buf_append(&text, options->content);
    }
    utf8_repair(&repaired, buf_str(&text));
    tidy(buf_str(&repaired), out);
    return true;
}
