/*
 * Writers do not take the lock: an owner that renews in time is never replaced, and one that does
 * not sees by the file's number (a replacement is another file) that it no longer is one.
 */
#include "agent/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

#define FILE_NAME      "owner_lease.json"
#define TEMPORARY_NAME "owner_lease.tmp"
#define LOCK_NAME      ".owner_lease.lock"
#define MAX_BYTES      4096

/* What the file says; everything is in the arena. */
struct content {
    struct arena arena;
    struct str owner;
    struct str host;
    int64_t generation;
    int64_t pid; /* 0: not given */
    double expires_at;
};

static struct str host_name(char *buffer, size_t size)
{
    if (gethostname(buffer, size - 1) != 0)
        return STR("");
    buffer[size - 1] = '\0';
    return str_from(buffer);
}

static double now_seconds(void)
{
    return (double)clock_wall_us() / 1e6;
}

/* --- the file --- */

static int open_in(const char *directory, const char *name, int flags)
{
    scoped_buf struct buf path = {0};
    buf_printf(&path, "%s/%s", directory, name);
    return open(path.data, flags | O_CLOEXEC, 0600);
}

static const struct doc_value *member(const struct doc_value *object, const char *name,
                                      enum doc_kind kind)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == kind ? value : NULL;
}

static bool parse(const struct doc_value *root, struct content *ret_content)
{
    if (doc_kind(root) != DOC_OBJECT)
        return false;
    const struct doc_value *owner = member(root, "owner_instance_id", DOC_STRING);
    const struct doc_value *generation = member(root, "generation", DOC_INT);
    const struct doc_value *expires = doc_find(root, STR("expires_at"));
    const struct doc_value *host = member(root, "owner_host", DOC_STRING);
    const struct doc_value *pid = member(root, "owner_pid", DOC_INT);
    if (owner == NULL || generation == NULL || expires == NULL ||
        (doc_kind(expires) != DOC_INT && doc_kind(expires) != DOC_DOUBLE))
        return false;
    ret_content->owner = arena_copy(&ret_content->arena, doc_string(owner));
    if (host != NULL)
        ret_content->host = arena_copy(&ret_content->arena, doc_string(host));
    ret_content->generation = doc_int(generation);
    ret_content->pid = pid == NULL ? 0 : doc_int(pid);
    ret_content->expires_at = doc_double(expires);
    return true;
}

/* False: there is none, or it is not readable, which is the same as none. */
static bool read_content(const char *directory, struct content *ret_content)
{
    char text[MAX_BYTES];
    scoped_fd int fd = open_in(directory, FILE_NAME, O_RDONLY);
    const ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text));
    if (got <= 0)
        return false;
    struct doc_error why;
    struct doc *doc = doc_parse(str_span(text, (size_t)got), &why);
    const bool is_read = doc != NULL && parse(doc_root(doc), ret_content);
    doc_free(doc);
    return is_read;
}

static void print(const struct lease *lease, struct buf *out)
{
    char host[256];
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "owner_instance_id", id_hex(lease->owner).text);
    jsonw_int(&w, "generation", lease->generation);
    jsonw_double(&w, "expires_at", now_seconds() + lease->ttl_seconds);
    jsonw_string(&w, "owner_host", host_name(host, sizeof(host)));
    jsonw_int(&w, "owner_pid", getpid());
    jsonw_end(&w);
}

static bool rename_in(const char *directory, const char *from, const char *to)
{
    scoped_buf struct buf old_path = {0};
    scoped_buf struct buf new_path = {0};
    buf_printf(&old_path, "%s/%s", directory, from);
    buf_printf(&new_path, "%s/%s", directory, to);
    return rename(old_path.data, new_path.data) == 0;
}

static int64_t time_ns(const struct stat *status)
{
    return status->st_mtim.tv_sec * INT64_C(1000000000) + status->st_mtim.tv_nsec;
}

static bool write_content(struct lease *lease, struct error *error)
{
    scoped_buf struct buf text = {0};
    struct stat status;
    print(lease, &text);
    scoped_fd int fd = open_in(lease->directory, TEMPORARY_NAME, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len || fstat(fd, &status) != 0 ||
        !rename_in(lease->directory, TEMPORARY_NAME, FILE_NAME))
        return error_set_errno(error, errno, "write the lease of '%s'", lease->directory);
    lease->inode = status.st_ino;
    lease->written_ns = time_ns(&status);
    return true;
}

/* Until the descriptor is closed. */
static bool lock(const char *directory, int *ret_fd, struct error *error)
{
    const int fd = open_in(directory, LOCK_NAME, O_RDWR | O_CREAT);
    if (fd < 0)
        return error_set_errno(error, errno, "lock '%s'", directory);
    while (flock(fd, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        const int reason = errno;
        close(fd);
        return error_set_errno(error, reason, "lock '%s'", directory);
    }
    *ret_fd = fd;
    return true;
}

/* --- owners --- */

static bool is_owner(const struct content *content, struct id owner)
{
    return str_equal(content->owner, str_from(id_hex(owner).text));
}

/* Only of this host can it be known. */
static bool is_dead(const struct content *content)
{
    char host[256];
    if (content->pid <= 0 || content->pid > INT32_MAX || content->pid == getpid() ||
        str_is_empty(content->host) || !str_equal(content->host, host_name(host, sizeof(host))))
        return false;
    return kill((pid_t)content->pid, 0) != 0 && errno == ESRCH;
}

/* Decides the generation of the new lease. */
static bool take_over(struct lease *lease, struct error *error)
{
    struct content content = {0};
    bool is_free = true;
    lease->generation = 1;
    if (read_content(lease->directory, &content)) {
        const bool is_ours = is_owner(&content, lease->owner);
        is_free = is_ours || content.expires_at <= now_seconds() || is_dead(&content);
        lease->generation = is_ours ? content.generation : content.generation + 1;
    }
    arena_fini(&content.arena);
    return is_free ||
           error_set(error, ERROR_CONFLICT, "'%s' is in use by another server", lease->directory);
}

bool lease_claim(const struct lease_options *options, struct lease *ret_lease, struct error *error)
{
    if (options->ttl_seconds <= 0) {
        *ret_lease = (struct lease){0};
        return true;
    }
    scoped_fd int fd = -1;
    struct lease lease = {.directory = mem_strdup(options->directory),
                          .owner = options->owner,
                          .ttl_seconds = options->ttl_seconds};
    if (lock(lease.directory, &fd, error) && take_over(&lease, error) &&
        write_content(&lease, error)) {
        *ret_lease = lease;
        return true;
    }
    free(lease.directory);
    return false;
}

static bool is_ours(const struct lease *lease)
{
    struct content content = {0};
    const bool is_same = read_content(lease->directory, &content) &&
                         is_owner(&content, lease->owner) &&
                         content.generation == lease->generation;
    arena_fini(&content.arena);
    return is_same;
}

bool lease_renew(struct lease *lease, struct error *error)
{
    if (lease->directory == NULL)
        return true;
    scoped_fd int fd = -1;
    if (!lock(lease->directory, &fd, error))
        return false;
    if (!is_ours(lease))
        return error_set(error, ERROR_GONE, "another server has taken over '%s'", lease->directory);
    return write_content(lease, error);
}

bool lease_is_held(const struct lease *lease)
{
    struct stat status;
    scoped_buf struct buf path = {0};
    if (lease->directory == NULL)
        return true;
    buf_printf(&path, "%s/%s", lease->directory, FILE_NAME);
    return stat(path.data, &status) == 0 && status.st_ino == lease->inode &&
           time_ns(&status) == lease->written_ns;
}

void lease_release(struct lease *lease)
{
    struct error ignored; /* what cannot be given up expires */
    scoped_fd int fd = -1;
    scoped_buf struct buf path = {0};
    if (lease->directory == NULL)
        return;
    buf_printf(&path, "%s/%s", lease->directory, FILE_NAME);
    if (lock(lease->directory, &fd, &ignored) && is_ours(lease))
        (void)unlink(path.data); /* what cannot be given up expires */
    free(lease->directory);
    lease->directory = NULL;
}
