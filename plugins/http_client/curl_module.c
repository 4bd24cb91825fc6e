#include "plugins/http_client/curl_module.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/*
 * libcurl says which descriptors it waits for; they are put into one epoll descriptor of ours, so
 * that the program has to watch that one only. This part is built without the program's libraries,
 * so it stands on the C library alone.
 */

#define EVENTS_PER_RUN   64
#define MAX_IDLE         32L /* connections kept for reuse */
#define MAX_CONNECTIONS  1024L
#define MAX_PER_HOST     1024L /* streams stay open: fewer would let requests wait for them */
#define NANOSECONDS      1000000L
#define MILLISECONDS     1000
#define STATUS_LINE_MARK "HTTP/"

struct pool {
    CURLM *multi;
    int epoll_fd;
    int64_t due_ms;            /* of the monotonic clock; negative: nothing is */
    struct transfer *resuming; /* a list by next_resuming */
};

struct transfer {
    struct pool *pool;
    CURL *easy;
    struct curl_slist *headers;
    struct curl_request request; /* its callbacks only */
    char problem[CURL_ERROR_SIZE];
    bool has_location;
    bool is_stopped;
    bool is_head_told;
    bool is_resuming;
    struct transfer *next_resuming;
};

/* For what libcurl names of libraries that are not linked: see http_client.cmake. */
int curl_module_ready(void);
int curl_module_missing(void);
int curl_module_refuses(void);

int curl_module_ready(void)
{
    return 0;
}

int curl_module_missing(void)
{
    abort();
}

int curl_module_refuses(void)
{
    return -1;
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* this clock exists */
    return (int64_t)now.tv_sec * MILLISECONDS + now.tv_nsec / NANOSECONDS;
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi; /* the pool's */
    struct pool *pool = context;
    pool->due_ms = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
    return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
    (void)easy; /* whoever uses the socket */
    struct pool *pool = context;
    struct epoll_event event = {.data.fd = fd};
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(pool->epoll_fd, EPOLL_CTL_DEL, fd, NULL); /* it may be closed already */
        return 0;
    }
    if (what != CURL_POLL_OUT)
        event.events |= EPOLLIN;
    if (what != CURL_POLL_IN)
        event.events |= EPOLLOUT;
    const int operation = socket_context == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(pool->epoll_fd, operation, fd, &event) != 0 && errno == EEXIST)
        (void)epoll_ctl(pool->epoll_fd, EPOLL_CTL_MOD, fd, &event); /* it is there */
    (void)curl_multi_assign(pool->multi, fd, pool);                 /* known from now on */
    return 0;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void pool_close(void *owner)
{
    struct pool *pool = owner;
    if (pool == NULL)
        return;
    if (pool->multi != NULL)
        (void)curl_multi_cleanup(pool->multi); /* of a good handle, outside of callbacks */
    if (pool->epoll_fd >= 0)
        (void)close(pool->epoll_fd);
    free(pool);
}

static bool set_up(struct pool *pool)
{
    CURLM *multi = pool->multi;
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERDATA, pool) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, pool) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, MAX_IDLE) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, MAX_CONNECTIONS) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, MAX_PER_HOST) == CURLM_OK;
}

static void *pool_open(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return NULL;
    struct pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return NULL;
    pool->due_ms = -1;
    pool->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    pool->multi = curl_multi_init();
    if (pool->epoll_fd >= 0 && pool->multi != NULL && set_up(pool))
        return pool;
    pool_close(pool);
    return NULL;
}

static int pool_fd(void *owner)
{
    const struct pool *pool = owner;
    return pool->epoll_fd;
}

static int64_t pool_timeout_ms(void *owner)
{
    const struct pool *pool = owner;
    if (pool->due_ms < 0)
        return -1;
    const int64_t left = pool->due_ms - now_ms();
    return left < 0 ? 0 : left;
}

static enum curl_outcome outcome_of(const struct transfer *transfer, CURLcode code)
{
    if (transfer->is_stopped)
        return CURL_OUTCOME_STOPPED;
    switch ((int)code) {
    case CURLE_OK:
        return CURL_OUTCOME_DONE;
    case CURLE_OPERATION_TIMEDOUT:
        return CURL_OUTCOME_TIMEOUT;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return CURL_OUTCOME_UNREACHABLE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return CURL_OUTCOME_UNTRUSTED;
    default:
        return CURL_OUTCOME_BROKEN;
    }
}

static void finish(struct pool *pool, CURL *easy, CURLcode code)
{
    char *private = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private); /* ours: it is set */
    struct transfer *transfer = (struct transfer *)(void *)private;
    const char *problem =
        transfer->problem[0] != '\0' ? transfer->problem : curl_easy_strerror(code);
    (void)curl_multi_remove_handle(pool->multi, easy); /* outside of its callbacks */
    transfer->request.on_end(transfer->request.owner, outcome_of(transfer, code), problem);
}

/* Handed over here, outside of libcurl, so that the callback may stop transfers. */
static void finish_all(struct pool *pool)
{
    int left;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(pool->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE)
            finish(pool, message->easy_handle, message->data.result);
    }
}

static int events_of(uint32_t events)
{
    int wanted = 0;
    if ((events & EPOLLIN) != 0)
        wanted |= CURL_CSELECT_IN;
    if ((events & EPOLLOUT) != 0)
        wanted |= CURL_CSELECT_OUT;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0)
        wanted |= CURL_CSELECT_ERR;
    return wanted;
}

/* What was kept of a paused transfer comes inside curl_easy_pause. */
static void resume_all(struct pool *pool)
{
    struct transfer *next = pool->resuming;
    pool->resuming = NULL;
    while (next != NULL) {
        struct transfer *transfer = next;
        next = transfer->next_resuming;
        transfer->is_resuming = false;
        (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT); /* an error ends the transfer */
    }
}

static void pool_run(void *owner)
{
    struct pool *pool = owner;
    resume_all(pool);
    struct epoll_event events[EVENTS_PER_RUN];
    int running;
    const int count = epoll_wait(pool->epoll_fd, events, EVENTS_PER_RUN, 0);
    for (int i = 0; i < count; i++)
        (void)curl_multi_socket_action(pool->multi, events[i].data.fd, events_of(events[i].events),
                                       &running); /* what goes wrong is the transfers' result */
    if (pool->due_ms >= 0 && pool->due_ms <= now_ms()) {
        pool->due_ms = -1;
        (void)curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    finish_all(pool);
}

static struct str trim(struct str text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL)
        text.len--;
    while (text.len > 0 && (*text.data == ' ' || *text.data == '\t'))
        text = (struct str){.data = text.data + 1, .len = text.len - 1};
    return text;
}

/* Behind an interim answer, or one that says where to go, another one follows. */
static bool is_final(const struct transfer *transfer, long status)
{
    const bool is_redirect = status >= 300 && status < 400 && transfer->has_location &&
                             transfer->request.max_redirects > 0;
    return status >= 200 && !is_redirect;
}

static bool tell_head(struct transfer *transfer)
{
    long status = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status); /* a good handle */
    if (transfer->is_head_told || !is_final(transfer, status))
        return true;
    transfer->is_head_told = true;
    return transfer->request.on_head(transfer->request.owner, (int)status);
}

static bool tell_header(struct transfer *transfer, struct str line)
{
    const struct curl_request *request = &transfer->request;
    const bool is_status = line.len >= strlen(STATUS_LINE_MARK) &&
                           strncmp(line.data, STATUS_LINE_MARK, strlen(STATUS_LINE_MARK)) == 0;
    const char *colon = memchr(line.data, ':', line.len);
    if (is_status) {
        transfer->has_location = false;
        return request->on_header(request->owner, line, (struct str){.data = "", .len = 0});
    }
    if (colon == NULL)
        return true; /* no header */
    const struct str name = {.data = line.data, .len = (size_t)(colon - line.data)};
    const struct str value = {.data = colon + 1, .len = line.len - name.len - 1};
    if (name.len == strlen("location") && strncasecmp(name.data, "location", name.len) == 0)
        transfer->has_location = true;
    return request->on_header(request->owner, name, trim(value));
}

static size_t stop_here(struct transfer *transfer)
{
    transfer->is_stopped = true;
    return 0;
}

/* Header callbacks also get the trailers of a body, which say nothing to us. */
static size_t on_header_line(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    const struct str line = trim((struct str){.data = bytes, .len = size * count});
    if (transfer->is_head_told)
        return size * count;
    const bool goes_on = line.len == 0 ? tell_head(transfer) : tell_header(transfer, line);
    return goes_on ? size * count : stop_here(transfer);
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    const struct str chunk = {.data = bytes, .len = size * count};
    if (!transfer->is_head_told)
        return chunk.len; /* of an answer that does not count */
    const bool is_taken = transfer->request.on_body(transfer->request.owner, chunk);
    return is_taken ? chunk.len : CURL_WRITEFUNC_PAUSE;
}

static bool set_text(CURL *easy, CURLoption option, const char *text)
{
    return text == NULL || curl_easy_setopt(easy, option, text) == CURLE_OK;
}

static bool set_number(CURL *easy, CURLoption option, long number)
{
    return curl_easy_setopt(easy, option, number) == CURLE_OK;
}

static bool set_headers(struct transfer *transfer, const struct curl_request *request)
{
    for (const char *const *header = request->headers; *header != NULL; header++) {
        struct curl_slist *longer = curl_slist_append(transfer->headers, *header);
        if (longer == NULL)
            return false;
        transfer->headers = longer;
    }
    return curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK;
}

static bool set_body(CURL *easy, struct str body)
{
    return set_number(easy, CURLOPT_POST, 1) &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data) == CURLE_OK;
}

static bool set_method(CURL *easy, const struct curl_request *request)
{
    const bool has_body = request->body.data != NULL;
    if (has_body && !set_body(easy, request->body))
        return false;
    if (strcmp(request->method, "HEAD") == 0)
        return set_number(easy, CURLOPT_NOBODY, 1);
    if (strcmp(request->method, has_body ? "POST" : "GET") == 0)
        return true;
    return set_text(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static bool set_callbacks(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    return curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->problem) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header_line) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK;
}

/* libcurl's own look at the environment is replaced by what the request says. QUICK_EXIT: a lookup
 * of a name that is not wanted any more goes on in its thread, and nobody waits for it. */
static bool set_rules(CURL *easy, const struct curl_request *request)
{
    return set_number(easy, CURLOPT_NOSIGNAL, 1) && set_number(easy, CURLOPT_QUICK_EXIT, 1) &&
           set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           set_text(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") &&
           set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) &&
           set_text(easy, CURLOPT_PROXY, request->proxy == NULL ? "" : request->proxy) &&
           set_text(easy, CURLOPT_NOPROXY, "") &&
           set_number(easy, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC) &&
           set_number(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1) &&
           set_text(easy, CURLOPT_CAINFO, request->ca_file) &&
           set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms) &&
           set_number(easy, CURLOPT_TIMEOUT_MS, (long)request->total_timeout_ms) &&
           set_number(easy, CURLOPT_FOLLOWLOCATION, request->max_redirects > 0) &&
           set_number(easy, CURLOPT_MAXREDIRS, (long)request->max_redirects);
}

static bool is_no_address(const char *url)
{
    for (; *url != '\0'; url++) {
        if ((unsigned char)*url <= ' ' || (unsigned char)*url >= 0x7f)
            return true;
    }
    return false;
}

static void transfer_free(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    free(transfer);
}

static bool prepare(struct transfer *transfer, const struct curl_request *request)
{
    return transfer->easy != NULL && set_callbacks(transfer) &&
           set_rules(transfer->easy, request) && set_method(transfer->easy, request) &&
           set_headers(transfer, request) &&
           curl_easy_setopt(transfer->easy, CURLOPT_URL, request->url) == CURLE_OK;
}

static void *transfer_start(void *owner, const struct curl_request *request,
                            char ret_problem[CURL_MODULE_PROBLEM])
{
    struct pool *pool = owner;
    const char *problem = "its address has characters that none may have";
    struct transfer *transfer = is_no_address(request->url) ? NULL : calloc(1, sizeof(*transfer));
    if (transfer != NULL) {
        transfer->pool = pool;
        transfer->request = *request;
        transfer->easy = curl_easy_init();
        if (prepare(transfer, request) &&
            curl_multi_add_handle(pool->multi, transfer->easy) == CURLM_OK)
            return transfer;
        transfer_free(transfer);
        problem = "it cannot be made";
    }
    memcpy(ret_problem, problem, strlen(problem) + 1);
    return NULL;
}

static void transfer_resume(void *owner)
{
    struct transfer *transfer = owner;
    struct pool *pool = transfer->pool;
    if (transfer->is_resuming)
        return;
    transfer->is_resuming = true;
    transfer->next_resuming = pool->resuming;
    pool->resuming = transfer;
    pool->due_ms = now_ms();
}

static uint64_t transfer_sent_bytes(void *owner)
{
    const struct transfer *transfer = owner;
    curl_off_t sent = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &sent); /* a good handle */
    return (uint64_t)sent;
}

static void forget_resuming(struct transfer *transfer)
{
    struct transfer **link = &transfer->pool->resuming;
    while (*link != NULL && *link != transfer)
        link = &(*link)->next_resuming;
    if (*link != NULL)
        *link = transfer->next_resuming;
}

static void transfer_stop(void *owner)
{
    struct transfer *transfer = owner;
    forget_resuming(transfer);
    (void)curl_multi_remove_handle(transfer->pool->multi, transfer->easy); /* maybe it was */
    transfer_free(transfer);
}

__attribute__((visibility("default"))) const struct curl_module curl_module = {
    .version = CURL_MODULE_VERSION,
    .open = pool_open,
    .close = pool_close,
    .fd = pool_fd,
    .timeout_ms = pool_timeout_ms,
    .run = pool_run,
    .start = transfer_start,
    .resume = transfer_resume,
    .sent_bytes = transfer_sent_bytes,
    .stop = transfer_stop,
};
