#include "server/http/multipart.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "tests/support/test.h"

#define BODY                                                                                       \
    "--edge\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"                     \
    "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\\\"b\"\r\n"             \
    "Content-Type: text/plain\r\n\r\nx\r\n-y\r\r\n--edg\r\n--edge--\r\n"

/* What was seen, one line per part: "name|filename|type|content;". */
struct seen {
    struct buf text;
};

static void on_part(void *owner, const struct multipart_part *part)
{
    struct seen *seen = owner;
    buf_printf(&seen->text, "%.*s|%.*s|%.*s|", STR_ARG(part->name), STR_ARG(part->filename),
               STR_ARG(part->content_type));
}

static void on_data(void *owner, struct str chunk)
{
    struct seen *seen = owner;
    buf_append(&seen->text, chunk);
}

static void on_part_end(void *owner)
{
    struct seen *seen = owner;
    buf_append_byte(&seen->text, ';');
}

static const struct multipart_events events = {on_part, on_data, on_part_end};

/* Feeds `body` in pieces of `step` bytes; an empty text means success. */
static const char *parse(struct str content_type, struct str body, size_t step, struct seen *seen,
                         bool *ret_is_complete)
{
    static struct error error;
    error = (struct error){0};
    struct multipart *multipart = NULL;
    if (!multipart_new(content_type, &events, seen, &multipart, &error))
        return error.text;
    bool is_fine = true;
    for (size_t at = 0; is_fine && at < body.len; at += step)
        is_fine = multipart_feed(multipart, str_slice(body, at, at + step), &error);
    *ret_is_complete = multipart_is_complete(multipart);
    multipart_free(multipart);
    return is_fine ? "" : error.text;
}

static const struct str edge = STR_INIT("multipart/form-data; boundary=edge");

static void parts_are_the_same_however_the_body_is_cut(void **state)
{
    (void)state;
    for (size_t step = 1; step <= sizeof(BODY); step++) {
        struct seen seen = {0};
        bool is_complete = false;
        assert_string_equal(parse(edge, STR(BODY), step, &seen, &is_complete), "");
        assert_true(is_complete);
        assert_string_equal(seen.text.data,
                            "note|||hello;file|a\"b|text/plain|x\r\n-y\r\r\n--edg;");
        buf_fini(&seen.text);
    }
}

static void a_body_that_is_cut_off_is_not_complete(void **state)
{
    (void)state;
    struct seen seen = {0};
    bool is_complete = true;
    const struct str body = STR("--edge\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nabc");
    assert_string_equal(parse(edge, body, 1000, &seen, &is_complete), "");
    assert_false(is_complete);
    buf_fini(&seen.text);
}

static void a_content_type_without_boundary_is_refused(void **state)
{
    (void)state;
    struct seen seen = {0};
    bool is_complete;
    assert_string_equal(parse(STR("multipart/form-data"), STR("x"), 1, &seen, &is_complete),
                        "Missing boundary in multipart.");
}

static void another_boundary_is_invalid_data(void **state)
{
    (void)state;
    struct seen seen = {0};
    bool is_complete;
    assert_string_equal(
        parse(STR("multipart/form-data; boundary=\"other\""), STR(BODY), 7, &seen, &is_complete),
        "Invalid multipart data.");
}

static void a_part_without_a_name_is_refused(void **state)
{
    (void)state;
    struct seen seen = {0};
    bool is_complete;
    assert_string_equal(parse(edge, STR("--edge\r\nContent-Type: text/plain\r\n\r\nx\r\n--edge--"),
                              9, &seen, &is_complete),
                        "The Content-Disposition header field \"name\" must be provided.");
}

static void parse_text_field(size_t len, const char *expected)
{
    struct seen seen = {.text = {.max_bytes = (size_t)4 << 20}};
    struct buf body = {0};
    bool is_complete;
    buf_append(&body, STR("--edge\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n"));
    for (size_t i = 0; i < len; i++)
        buf_append_byte(&body, 'x');
    buf_append(&body, STR("\r\n--edge--\r\n"));
    assert_string_equal(parse(edge, buf_str(&body), 65536, &seen, &is_complete), expected);
    buf_fini(&body);
    buf_fini(&seen.text);
}

static void a_text_field_may_have_one_mebibyte(void **state)
{
    (void)state;
    parse_text_field(MULTIPART_MAX_FIELD_BYTES, "");
}

static void a_text_field_of_one_byte_more_is_refused(void **state)
{
    (void)state;
    parse_text_field(MULTIPART_MAX_FIELD_BYTES + 1, "Part exceeded maximum size of 1024KB.");
}

static void parse_parts(const char *header, size_t count, const char *expected)
{
    struct seen seen = {0};
    struct buf body = {0};
    bool is_complete;
    for (size_t i = 0; i < count; i++)
        buf_printf(&body, "--edge\r\nContent-Disposition: form-data; %s\r\n\r\n\r\n", header);
    buf_append(&body, STR("--edge--\r\n"));
    assert_string_equal(parse(edge, buf_str(&body), 4096, &seen, &is_complete), expected);
    buf_fini(&body);
    buf_fini(&seen.text);
}

static void a_thousand_fields_and_files_are_allowed_and_not_one_more(void **state)
{
    (void)state;
    parse_parts("name=\"n\"", 1000, "");
    parse_parts("name=\"n\"", 1001, "Too many fields. Maximum number of fields is 1000.");
    parse_parts("name=\"n\"; filename=\"f\"", 1000, "");
    parse_parts("name=\"n\"; filename=\"f\"", 1001,
                "Too many files. Maximum number of files is 1000.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_the_same_however_the_body_is_cut),
        cmocka_unit_test(a_body_that_is_cut_off_is_not_complete),
        cmocka_unit_test(a_content_type_without_boundary_is_refused),
        cmocka_unit_test(another_boundary_is_invalid_data),
        cmocka_unit_test(a_part_without_a_name_is_refused),
        cmocka_unit_test(a_text_field_may_have_one_mebibyte),
        cmocka_unit_test(a_text_field_of_one_byte_more_is_refused),
        cmocka_unit_test(a_thousand_fields_and_files_are_allowed_and_not_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
