#include "agent/object_copy.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "tests/support/text.h"

static bool count_up(void *owner, struct str name, const struct doc_value *value, struct jsonw *w)
{
    int64_t *step = owner;
    if (!str_equal(name, STR("count")))
        return false;
    jsonw_int(w, NULL, doc_int(value) + *step);
    return true;
}

static void copy(const char *object, object_change_fn change, struct buf *out)
{
    int64_t step = 2;
    struct doc_error why;
    struct jsonw w;
    struct doc *doc = doc_parse(str_from(object), &why);
    assert_non_null(doc);
    jsonw_init(&w, out);
    jsonw_object(&w);
    object_copy(doc_root(doc), change, &step, &w);
    jsonw_bool(&w, "more", true);
    jsonw_end(&w);
    doc_free(doc);
}

static void members_keep_their_order_and_values(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    copy("{\"b\":[1,{\"c\":null}],\"count\":1,\"a\":\"x\"}", NULL, &out);
    assert_text(buf_str(&out), "{\"b\":[1,{\"c\":null}],\"count\":1,\"a\":\"x\",\"more\":true}");
}

static void a_member_gets_another_value_in_its_place(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    copy("{\"b\":1,\"count\":1,\"a\":\"x\"}", count_up, &out);
    assert_text(buf_str(&out), "{\"b\":1,\"count\":3,\"a\":\"x\",\"more\":true}");
}

static void nothing_comes_of_an_empty_object(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    copy("{}", count_up, &out);
    assert_text(buf_str(&out), "{\"more\":true}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_keep_their_order_and_values),
        cmocka_unit_test(a_member_gets_another_value_in_its_place),
        cmocka_unit_test(nothing_comes_of_an_empty_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
