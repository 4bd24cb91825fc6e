#include "server/http/static_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/http/file_reply.h"
#include "server/http/mime.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/loop/work.h"

struct static_files {
    int root_fd;
};

struct lookup {
    struct http_request *request;
    int root_fd; /* of its own, so that the directory may be closed meanwhile */
    char *name;
    int fd; /* -1: not to be served */
    struct stat status;
};

static int open_beneath(int root_fd, const char *name, struct stat *ret_status)
{
    const struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    scoped_fd int fd = (int)syscall(SYS_openat2, root_fd, name, &how, sizeof(how));
    if (fd < 0 || fstat(fd, ret_status) != 0 || !S_ISREG(ret_status->st_mode))
        return -1;
    return take_fd(&fd);
}

bool static_files_open(struct str directory, struct static_files **ret_files, struct error *error)
{
    scoped_free char *path = mem_strndup(directory.data, directory.len);
    const int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(error, errno, "static files in '%s'", path);
    struct static_files *files = mem_zero(1, sizeof(*files));
    files->root_fd = fd;
    *ret_files = files;
    return true;
}

void static_files_close(struct static_files *files)
{
    if (files == NULL)
        return;
    fd_close(&files->root_fd);
    free(files);
}

bool static_files_has(const struct static_files *files, const char *name)
{
    struct stat status;
    scoped_fd int fd = open_beneath(files->root_fd, name, &status);
    return fd >= 0;
}

/* On a worker thread. */
static void look_up(void *job)
{
    struct lookup *lookup = job;
    lookup->fd = open_beneath(lookup->root_fd, lookup->name, &lookup->status);
}

static void on_looked_up(void *job, bool is_cancelled)
{
    struct lookup *lookup = job;
    if (is_cancelled || lookup->fd < 0) {
        reply_detail(lookup->request, 404, STR("Not Found"));
    } else {
        const struct stat *status = &lookup->status;
        reply_file(lookup->request, &(struct file_reply_options){
                                        .fd = lookup->fd,
                                        .size = (uint64_t)status->st_size,
                                        .modified_us = (int64_t)status->st_mtim.tv_sec * 1000000 +
                                                       status->st_mtim.tv_nsec / 1000,
                                        .content_type = mime_type(str_from(lookup->name)),
                                        .is_conditional = true,
                                    });
    }
    fd_close(&lookup->root_fd);
    free(lookup->name);
    free(lookup);
}

void static_files_reply(struct static_files *files, struct http_request *request, struct str name)
{
    while (str_starts_with(name, STR("/")))
        name = str_skip(name, 1);
    const int root_fd = fcntl(files->root_fd, F_DUPFD_CLOEXEC, 0);
    if (root_fd < 0 || str_is_empty(name) || str_has_byte(name, '\0')) {
        int unused = root_fd;
        fd_close(&unused);
        reply_detail(request, 404, STR("Not Found"));
        return;
    }
    struct lookup *lookup = mem_zero(1, sizeof(*lookup));
    *lookup = (struct lookup){
        .request = request,
        .root_fd = root_fd,
        .name = mem_strndup(name.data, name.len),
        .fd = -1,
    };
    (void)work_start(http_request_loop(request), look_up, on_looked_up, lookup);
}
