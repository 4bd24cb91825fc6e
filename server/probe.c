#include "server/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/mem.h"
#include "server/base/str.h"

#define PROBE_WORDS_MAX   256
#define PROBE_CMDLINE_MAX 65536

struct target {
    const char *host;
    const char *port;
};

static void read_option(const char *name, const char *word, const char *next,
                        const char **ret_value)
{
    const size_t len = strlen(name);
    if (strcmp(word, name) == 0 && next != NULL)
        *ret_value = next;
    else if (strncmp(word, name, len) == 0 && word[len] == '=')
        *ret_value = word + len + 1;
}

static void read_words(char *const *words, size_t count, struct target *target)
{
    for (size_t i = 0; i < count; i++) {
        const char *next = i + 1 < count ? words[i + 1] : NULL;
        read_option("--port", words[i], next, &target->port);
        read_option("--host", words[i], next, &target->host);
    }
}

/* The words of PID 1's command line; `text` keeps them. */
static size_t read_first_process(char *text, char **words)
{
    scoped_fd int fd = open("/proc/1/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const ssize_t len = read(fd, text, PROBE_CMDLINE_MAX - 1);
    if (len <= 0)
        return 0;
    text[len] = '\0';
    size_t count = 0;
    for (char *word = text; word < text + len && count < PROBE_WORDS_MAX; word += strlen(word) + 1)
        words[count++] = word;
    return count;
}

static int connect_to(const struct target *target)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    if (getaddrinfo(target->host, target->port, &hints, &found) != 0 || found == NULL) {
        errno = EINVAL;
        return -1;
    }
    scoped_fd int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval limit = {.tv_sec = PROBE_TIMEOUT_MS / 1000};
    const bool is_connected = fd >= 0 &&
                              setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
                              setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
                              connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    return is_connected ? take_fd(&fd) : -1;
}

static bool ask_health(int fd)
{
    static const char question[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n"
                                   "Connection: close\r\n\r\n";
    static const char wanted[] = "HTTP/1.1 200";
    char answer[sizeof(wanted) - 1];
    if (send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(question) - 1)
        return false;
    return recv(fd, answer, sizeof(answer), MSG_WAITALL) == (ssize_t)sizeof(answer) &&
           memcmp(answer, wanted, sizeof(answer)) == 0;
}

int probe_run(int argc, char **argv)
{
    scoped_free char *text = mem_zero(1, PROBE_CMDLINE_MAX);
    char *words[PROBE_WORDS_MAX];
    struct target target = {0};
    read_words(words, read_first_process(text, words), &target);
    read_words(argv, (size_t)argc, &target);
    if (target.port == NULL)
        target.port = "8000";
    if (target.host == NULL || strcmp(target.host, "0.0.0.0") == 0 ||
        strcmp(target.host, "localhost") == 0 || strcmp(target.host, "::") == 0 ||
        strcmp(target.host, "[::]") == 0)
        target.host = "127.0.0.1";
    scoped_fd int fd = connect_to(&target);
    if (fd >= 0 && ask_health(fd))
        return 0;
    (void)fprintf(stderr, "actiond: no healthy server at %s port %s: %s\n", target.host,
                  target.port, errno == 0 ? "unexpected answer" : strerrordesc_np(errno));
    return 1;
}
