#include "api/native/output_query.h"

const char *const output_query_formats[] = {"raw", "json", NULL};

bool output_query_wants_json(const struct output_query *query)
{
    return str_equal(query->format, STR("json"));
}
