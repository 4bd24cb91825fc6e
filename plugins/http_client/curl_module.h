#ifndef PLUGINS_HTTP_CLIENT_CURL_MODULE_H
#define PLUGINS_HTTP_CLIENT_CURL_MODULE_H

/*
 * The border between the program and its loadable part actiond_curl.so, which alone links libcurl
 * and is loaded when the first request goes out. One table of functions, exported as `curl_module`;
 * nothing of libcurl shows through. Only plugins/http_client/http_client.c uses it.
 *
 * A pool is used by one thread and never waits. Its descriptor becomes readable when run() has
 * something to do; so does time: timeout_ms says how long until then. All callbacks come inside
 * run(); transfers are started, paused, resumed and stopped outside of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

#define CURL_MODULE_VERSION 1u
#define CURL_MODULE_FILE    "actiond_curl.so"
#define CURL_MODULE_SYMBOL  "curl_module"
#define CURL_MODULE_PROBLEM 256 /* bytes of a text */

enum curl_outcome {
    CURL_OUTCOME_DONE,
    CURL_OUTCOME_STOPPED,     /* a callback wanted no more */
    CURL_OUTCOME_UNREACHABLE, /* no address, no connection, no proxy */
    CURL_OUTCOME_UNTRUSTED,   /* the certificate, or no TLS at all */
    CURL_OUTCOME_TIMEOUT,
    CURL_OUTCOME_BROKEN /* the connection ended early, or what came is not HTTP */
};

struct curl_request {
    const char *method;
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated */
    struct str body;            /* borrowed until the transfer is over; STR_NULL: none */
    const char *proxy;          /* NULL: none */
    const char *ca_file;        /* NULL: libcurl's own */
    uint64_t connect_timeout_ms;
    uint64_t total_timeout_ms; /* 0: none */
    unsigned max_redirects;
    /* A header of an answer, or its status line as name and an empty value; false stops. */
    bool (*on_header)(void *owner, struct str name, struct str value);
    /* The head of the answer that counts is complete; false stops. */
    bool (*on_head)(void *owner, int status);
    /* false: not now; the same bytes come again after resume. */
    bool (*on_body)(void *owner, struct str bytes);
    /* The last callback; stop the transfer afterwards. */
    void (*on_end)(void *owner, enum curl_outcome outcome, const char *problem);
    void *owner;
};

struct curl_module {
    unsigned version;
    void *(*open)(void);       /* NULL when the system refuses */
    void (*close)(void *pool); /* after its transfers were stopped */
    int (*fd)(void *pool);
    int64_t (*timeout_ms)(void *pool); /* negative: nothing is due */
    void (*run)(void *pool);
    /* Copies everything but the body. NULL: the problem says what is wrong with the request. */
    void *(*start)(void *pool, const struct curl_request *request,
                   char ret_problem[CURL_MODULE_PROBLEM]);
    void (*resume)(void *transfer); /* bytes come in the next run */
    uint64_t (*sent_bytes)(void *transfer);
    void (*stop)(void *transfer);
};

extern const struct curl_module curl_module;

#endif
