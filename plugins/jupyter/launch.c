#include "plugins/jupyter/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/path.h"
#include "server/base/error.h"
#include "server/base/id.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

#define FOLDER_TEMPLATE "/tmp/actiond-kernel-XXXXXX"
#define SOCKET_NAME     "k"
#define KEY_BYTES       32
#define USER_BYTES      65536 /* of its line in the table of users */
/* Images of the V0 server have its package here, and its kernels can import it. */
#define PACKAGE_FOLDER "/openhands/code"

static struct str find_path(const char *const *env)
{
    for (size_t i = 0; env != NULL && env[i] != NULL; i++) {
        const struct str entry = str_from(env[i]);
        if (str_starts_with(entry, STR("PATH=")))
            return str_skip(entry, sizeof("PATH=") - 1);
    }
    return STR("/usr/local/bin:/usr/bin:/bin");
}

/* Heap memory, or NULL. */
static char *find_program(struct str folders, struct str name)
{
    for (struct str folder; str_next(&folders, ':', &folder);) {
        if (!str_starts_with(folder, STR("/")))
            continue;
        scoped_free char *base = mem_strndup(folder.data, folder.len);
        scoped_free char *path = path_join(base, name);
        struct stat status;
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0)
            return take_pointer(&path);
    }
    return NULL;
}

static bool choose_python(const struct jupyter_launch_options *options,
                          struct jupyter_launch *launch, struct error *error)
{
    const struct str folders = find_path(options->env);
    if (str_is_set(options->python))
        launch->python = mem_strndup(options->python.data, options->python.len);
    if (launch->python == NULL)
        launch->python = find_program(folders, STR("python"));
    if (launch->python == NULL)
        launch->python = find_program(folders, STR("python3"));
    return launch->python != NULL ||
           error_set(error, ERROR_UNAVAILABLE, "no python and no python3 in '%.*s'",
                     STR_ARG(folders));
}

/* The folder of another user is his: his kernel puts its sockets there. */
static bool hand_over(const struct jupyter_launch *launch, struct error *error)
{
    struct passwd entry;
    struct passwd *found = NULL;
    if (launch->user == NULL)
        return true;
    scoped_free char *text = mem_alloc(USER_BYTES);
    (void)getpwnam_r(launch->user, &entry, text, USER_BYTES, &found); /* NULL says the same */
    if (found == NULL)
        return error_set(error, ERROR_NOT_FOUND, "there is no user '%s'", launch->user);
    static const char *const names[] = {".", "connection.json", "ready"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (fchownat(launch->folder_fd, names[i], found->pw_uid, found->pw_gid,
                     AT_SYMLINK_NOFOLLOW) != 0)
            return error_set_errno(error, errno, "cannot give '%s' to '%s'", launch->folder,
                                   launch->user);
    }
    return true;
}

static bool make_folder(struct jupyter_launch *launch, struct error *error)
{
    scoped_free char *folder = mem_strdup(FOLDER_TEMPLATE);
    if (mkdtemp(folder) == NULL)
        return error_set_errno(error, errno, "cannot make a folder in '/tmp'");
    launch->folder = take_pointer(&folder);
    launch->folder_fd = open(launch->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (launch->folder_fd < 0)
        return error_set_errno(error, errno, "cannot open '%s'", launch->folder);
    return true;
}

static bool make_ready(struct jupyter_launch *launch, struct error *error)
{
    if (mkfifoat(launch->folder_fd, "ready", 0600) == 0)
        launch->ready_fd =
            openat(launch->folder_fd, "ready", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    return launch->ready_fd >= 0 ||
           error_set_errno(error, errno, "cannot make '%s/ready'", launch->folder);
}

static void make_key(struct jupyter_launch *launch)
{
    unsigned char bytes[KEY_BYTES];
    id_random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        buf_printf(&launch->key, "%02x", bytes[i]);
}

static void print_connection(const struct jupyter_launch *launch, struct buf *out)
{
    scoped_free char *sockets = path_join(launch->folder, STR(SOCKET_NAME));
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string(&w, "transport", STR("ipc"));
    jsonw_cstr(&w, "ip", sockets);
    jsonw_int(&w, "shell_port", JUPYTER_SHELL);
    jsonw_int(&w, "iopub_port", JUPYTER_BROADCAST);
    jsonw_int(&w, "stdin_port", 3);
    jsonw_int(&w, "control_port", 4);
    jsonw_int(&w, "hb_port", 5);
    jsonw_string(&w, "key", buf_str(&launch->key));
    jsonw_string(&w, "signature_scheme", STR("hmac-sha256"));
    jsonw_end(&w);
}

static bool write_connection(const struct jupyter_launch *launch, struct error *error)
{
    scoped_buf struct buf json = {0};
    print_connection(launch, &json);
    scoped_fd int fd = openat(launch->folder_fd, "connection.json",
                              O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || write(fd, json.data, json.len) != (ssize_t)json.len)
        return error_set_errno(error, errno, "cannot write '%s/connection.json'", launch->folder);
    return true;
}

static void add_word(struct jupyter_launch *launch, size_t *count, const char *word)
{
    assert(*count + 1 < JUPYTER_LAUNCH_WORDS_MAX);
    launch->argv[(*count)++] = word;
}

static void quote(struct str word, struct buf *out)
{
    buf_append_byte(out, '\'');
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] == '\'')
            buf_append(out, STR("'\\''"));
        else
            buf_append_byte(out, word.data[i]);
    }
    buf_append_byte(out, '\'');
}

/* The kernel stays in the process group, so that it is reached by what is sent there. */
static void through_login(struct jupyter_launch *launch)
{
    scoped_buf struct buf command = {0};
    buf_append(&command, STR("cd / && { [ ! -d " PACKAGE_FOLDER " ] || export PYTHONPATH=\"" //
                             PACKAGE_FOLDER "${PYTHONPATH:+:$PYTHONPATH}\"; } && exec"));
    for (size_t i = 0; launch->argv[i] != NULL; i++) {
        buf_append_byte(&command, ' ');
        quote(str_from(launch->argv[i]), &command);
    }
    launch->command = mem_strndup(command.data, command.len);
    size_t count = 0;
    add_word(launch, &count, "su");
    add_word(launch, &count, "-");
    add_word(launch, &count, launch->user);
    add_word(launch, &count, "-s");
    add_word(launch, &count, "/bin/bash");
    add_word(launch, &count, "--session-command");
    add_word(launch, &count, launch->command);
    launch->argv[count] = NULL;
}

/* The kernel runs the lines it is given when its sockets listen. The pause it makes after each cell
 * is for clients that take the reply for the end. */
static void choose_words(struct jupyter_launch *launch)
{
    buf_printf(&launch->file, "%s/connection.json", launch->folder);
    buf_printf(&launch->code,
               "--IPKernelApp.exec_lines=print('1', file=open('%s/ready', 'w'), flush=True)",
               launch->folder);
    size_t count = 0;
    add_word(launch, &count, launch->python);
    add_word(launch, &count, "-m");
    add_word(launch, &count, "ipykernel_launcher");
    add_word(launch, &count, "-f");
    add_word(launch, &count, launch->file.data);
    add_word(launch, &count, "--IPythonKernel._execute_sleep=0");
    add_word(launch, &count, launch->code.data);
    launch->argv[count] = NULL;
    if (launch->user != NULL)
        through_login(launch);
}

bool jupyter_launch_prepare(const struct jupyter_launch_options *options,
                            struct jupyter_launch *launch, struct error *error)
{
    *launch = (struct jupyter_launch){.folder_fd = -1, .ready_fd = -1};
    if (options->user != NULL)
        launch->user = mem_strdup(options->user);
    if (!choose_python(options, launch, error) || !make_folder(launch, error) ||
        !make_ready(launch, error))
        return false;
    make_key(launch);
    if (!write_connection(launch, error) || !hand_over(launch, error))
        return false;
    choose_words(launch);
    return true;
}

void jupyter_launch_address(const struct jupyter_launch *launch, enum jupyter_channel channel,
                            struct buf *out)
{
    buf_printf(out, "ipc://%s/" SOCKET_NAME "-%d", launch->folder, (int)channel);
}

/* By the descriptor: the path may lead elsewhere by now, if the kernel's user wants it to. */
static void remove_folder(const struct jupyter_launch *launch)
{
    static const char *const names[] = {"connection.json", "ready",          SOCKET_NAME "-1",
                                        SOCKET_NAME "-2",  SOCKET_NAME "-3", SOCKET_NAME "-4",
                                        SOCKET_NAME "-5"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        (void)unlinkat(launch->folder_fd, names[i], 0); /* the kernel may have been first */
    (void)rmdir(launch->folder); /* stays when somebody has put something there */
}

void jupyter_launch_fini(struct jupyter_launch *launch)
{
    if (launch->folder != NULL) {
        remove_folder(launch);
        fd_close(&launch->folder_fd);
        fd_close(&launch->ready_fd);
    }
    free(launch->folder);
    free(launch->python);
    free(launch->user);
    free(launch->command);
    buf_fini(&launch->key);
    buf_fini(&launch->code);
    buf_fini(&launch->file);
    *launch = (struct jupyter_launch){.folder_fd = -1, .ready_fd = -1};
}
