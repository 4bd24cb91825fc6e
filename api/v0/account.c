#include "api/v0/account.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "actions/file_walk.h"
#include "api/v0/environment.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/process_run.h"

/*
 * The tables of users and groups are read as the files they are; `id` is asked about a user they
 * do not have, because it knows the system's other sources too. The functions of the C library for
 * both would load those sources into the server.
 */

#define MAX_TABLE_BYTES ((size_t)4 << 20)
#define SUDOERS_LINE    "%sudo ALL=(ALL) NOPASSWD:ALL\n"

enum {
    FIELD_NAME,
    FIELD_PASSWORD,
    FIELD_ID,
    FIELD_GROUP,
    FIELD_REMARK,
    FIELD_HOME,
    FIELD_SHELL
};
#define FIELD_COUNT 7

static bool read_table(const char *path, struct buf *out)
{
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    buf_init(out, MAX_TABLE_BYTES);
    for (;;) {
        char *room = buf_reserve(out, 4096);
        const ssize_t got = room == NULL ? -1 : read(fd, room, 4096);
        if (got <= 0)
            return got == 0;
        out->len += (size_t)got;
    }
}

/* The row whose field has this value; a group's row has four fields, the others are empty then. */
static bool find_row(const struct buf *table, int field, struct str value,
                     struct str ret_fields[FIELD_COUNT])
{
    struct str rest = buf_str(table);
    struct str line;
    while (str_next(&rest, '\n', &line)) {
        struct str fields[FIELD_COUNT] = {{0}};
        for (int i = 0; i < FIELD_COUNT && str_next(&line, ':', &fields[i]); i++)
            continue;
        if (!str_equal(fields[field], value))
            continue;
        memcpy(ret_fields, fields, sizeof(fields));
        return true;
    }
    return false;
}

bool v0_account_find(struct str username, struct v0_account *ret_account)
{
    scoped_buf struct buf table = {0};
    struct str fields[FIELD_COUNT];
    uint64_t uid;
    if (!read_table("/etc/passwd", &table) || !find_row(&table, FIELD_NAME, username, fields) ||
        !str_to_u64(fields[FIELD_ID], 0, UINT32_MAX - 1, &uid))
        return false;
    *ret_account = (struct v0_account){
        .uid = (uid_t)uid,
        .login_uid = (uid_t)uid,
        .home = mem_strndup(fields[FIELD_HOME].data, fields[FIELD_HOME].len),
        .shell = mem_strndup(fields[FIELD_SHELL].data, fields[FIELD_SHELL].len),
    };
    return true;
}

char *v0_account_name(uid_t uid)
{
    scoped_buf struct buf table = {0};
    scoped_buf struct buf number = {0};
    struct str fields[FIELD_COUNT];
    buf_printf(&number, "%u", (unsigned)uid);
    if (!read_table("/etc/passwd", &table) || !find_row(&table, FIELD_ID, buf_str(&number), fields))
        return NULL;
    return mem_strndup(fields[FIELD_NAME].data, fields[FIELD_NAME].len);
}

void v0_account_fini(struct v0_account *account)
{
    free(take_pointer(&account->home));
    free(take_pointer(&account->shell));
}

/* Runs a helper to its end; false when it did not exit by itself with a code. */
static bool run(const struct v0_account_options *options, const char *const *argv,
                struct process_run_result *result, struct error *error)
{
    const struct process_run_options run_options = {
        .argv = argv,
        .env = options->env,
        .cwd = "/",
    };
    return process_run(options->processes, &run_options, result, error);
}

enum lookup {
    LOOKUP_FOUND,
    LOOKUP_MISSING,
    LOOKUP_FAILED
};

static enum lookup ask_id(const struct v0_account_options *options, const char *username,
                          uid_t *ret_uid, struct error *error)
{
    const char *const argv[] = {"id", "-u", "--", username, NULL};
    struct process_run_result result = {0};
    enum lookup lookup = LOOKUP_FAILED;
    uint64_t uid = 0;
    if (!run(options, argv, &result, error)) {
        (void)error_wrap(error, "user '%s'", username); /* is false */
    } else if (result.exit.code == 1) {
        lookup = LOOKUP_MISSING;
    } else if (result.exit.code == 0 &&
               str_to_u64(str_trim(buf_str(&result.out)), 0, UINT32_MAX - 1, &uid)) {
        *ret_uid = (uid_t)uid;
        lookup = LOOKUP_FOUND;
    } else {
        (void)error_set(error, ERROR_INTERNAL, "'id -u %s' ended with %d: %.*s", username,
                        result.exit.code, STR_ARG(str_trim(buf_str(&result.err)))); /* is false */
    }
    process_run_fini(&result);
    return lookup;
}

static bool add_sudoer(struct error *error)
{
    const struct str line = STR(SUDOERS_LINE);
    scoped_fd int fd = open("/etc/sudoers", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0440);
    if (fd < 0 || write(fd, line.data, line.len) != (ssize_t)line.len)
        return error_set_errno(error, errno, "Failed to add sudoer: /etc/sudoers");
    return true;
}

static bool add_user(const struct v0_account_options *options, const char *username,
                     struct error *error)
{
    scoped_buf struct buf home = {0};
    scoped_buf struct buf number = {0};
    buf_printf(&home, "/home/%s", username);
    buf_printf(&number, "%u", (unsigned)options->uid);
    const char *const argv[] = {"useradd",   "-rm",       "-d",   home.data, "-s",
                                "/bin/bash", "-g",        "root", "-G",      "sudo",
                                "-u",        number.data, "--",   username,  NULL};
    struct process_run_result result = {0};
    bool is_ok = run(options, argv, &result, error);
    if (is_ok && result.exit.code != 0)
        is_ok = error_set(error, ERROR_INTERNAL,
                          "Failed to create user `%s` with UID %u. Output: [%.*s]", username,
                          (unsigned)options->uid, STR_ARG(str_trim(buf_str(&result.err))));
    process_run_fini(&result);
    return is_ok;
}

static bool find_or_add(const struct v0_account_options *options, struct v0_account *account,
                        struct error *error)
{
    scoped_free char *username = mem_strndup(options->username.data, options->username.len);
    if (v0_account_find(options->username, account))
        return true;
    switch (ask_id(options, username, &account->uid, error)) {
    case LOOKUP_FOUND:
        account->login_uid = account->uid;
        return true;
    case LOOKUP_FAILED:
        return false;
    case LOOKUP_MISSING:
        break;
    }
    if (options->environment->is_local) {
        log_warn("v0.user_missing", "name=%s action=\"work as the server's own user\"", username);
        account->login_uid = geteuid();
        return true;
    }
    log_info("v0.user_added", "name=%s uid=%u", username, (unsigned)options->uid);
    if (!add_sudoer(error) || !add_user(options, username, error))
        return false;
    return v0_account_find(options->username, account) ||
           error_set(error, ERROR_INTERNAL, "user `%s` is missing after it was added", username);
}

/* What is made is for the group as well, whatever the server's umask. */
static void make_directories(const char *path)
{
    scoped_free char *part = mem_strdup(path);
    for (char *slash = part; slash != NULL;) {
        slash = strchr(slash + 1, '/');
        if (slash != NULL)
            *slash = '\0';
        if (mkdir(part, 0775) == 0)
            (void)chmod(part, 0775); /* the umask may have taken bits away */
        if (slash != NULL)
            *slash = '/';
    }
}

static gid_t group_of(struct str group)
{
    scoped_buf struct buf table = {0};
    struct str fields[FIELD_COUNT];
    uint64_t gid;
    if (read_table("/etc/group", &table) && find_row(&table, FIELD_NAME, group, fields))
        group = fields[FIELD_ID];
    return str_to_u64(group, 0, UINT32_MAX - 1, &gid) ? (gid_t)gid : (gid_t)-1;
}

/* Files that are the user's already keep their time of change. */
static void give(int directory, const char *name, uid_t uid, gid_t gid, int flags)
{
    struct stat status;
    if (fstatat(directory, name, &status, flags) != 0 ||
        (status.st_uid == uid && (gid == (gid_t)-1 || status.st_gid == gid)))
        return;
    (void)fchownat(directory, name, uid, gid, flags); /* as far as it goes */
}

static void give_tree(const char *root, uid_t uid, gid_t gid)
{
    const struct file_walk_options options = {.root = root, .is_confined = true};
    struct file_walk *walk;
    struct file_walk_entry entry;
    struct error ignored;
    give(AT_FDCWD, root, uid, gid, 0);
    if (!file_walk_open(&options, &walk, &ignored))
        return;
    while (file_walk_next(walk, &entry)) {
        scoped_free char *name = mem_strndup(entry.name.data, entry.name.len);
        give(file_walk_directory(walk), name, uid, gid, AT_SYMLINK_NOFOLLOW);
        if (entry.kind == FILE_KIND_DIRECTORY)
            (void)file_walk_enter(walk, 0); /* one that cannot be read stays as it is */
    }
    file_walk_close(walk);
}

static void prepare_directory(const struct v0_account_options *options, uid_t uid)
{
    struct stat status;
    make_directories(options->directory);
    if (options->only_makes_directory)
        return;
    if (geteuid() == 0)
        give_tree(options->directory, uid, group_of(options->environment->group));
    if (stat(options->directory, &status) == 0)
        (void)chmod(options->directory, (status.st_mode & 07777) | 0060); /* as far as it goes */
}

/* Of a server that runs as whoever started it. */
static bool is_left_alone(const struct v0_account_options *options)
{
    return str_equal(options->username, options->environment->user) &&
           !str_equal(options->username, STR("root")) &&
           !str_equal(options->username, STR("openhands"));
}

static bool prepare_user(const struct v0_account_options *options, struct v0_account *account,
                         struct error *error)
{
    const bool is_root = str_equal(options->username, STR("root"));
    if (!is_root && !find_or_add(options, account, error))
        return false;
    if (is_root) {
        (void)v0_account_find(options->username, account); /* root needs no entry */
        account->login_uid = 0;
        account->uid = options->uid;
    }
    prepare_directory(options, account->login_uid);
    return true;
}

bool v0_account_prepare(const struct v0_account_options *options, struct v0_account *ret_account,
                        struct error *error)
{
    struct v0_account account = {.uid = options->uid, .login_uid = geteuid()};
    if (options->only_makes_directory) {
        prepare_directory(options, options->uid);
    } else if (!is_left_alone(options) && !prepare_user(options, &account, error)) {
        v0_account_fini(&account);
        return false;
    }
    *ret_account = account;
    return true;
}
