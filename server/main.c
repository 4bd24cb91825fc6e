#include <fcntl.h>
#include <signal.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif
#endif

#include "plugins/jupyter/editor_service.h"
#include "server/app.h"
#include "server/auth/child_env.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/config/argv.h"
#include "server/config/config.h"
#include "server/probe.h"

static bool wants_probe(int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--probe") == 0)
            return true;
    }
    return false;
}

/* A caller may have closed the first three descriptors; a socket in their place would be written to
 * by whatever prints. open takes the lowest free number. */
static void fill_standard_streams(void)
{
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = open("/dev/null", O_RDWR);
    fd_close(&fd);
}

/* A death by signal skips what a sanitizer does at exit. */
static void look_for_leaks(void)
{
#ifdef __has_feature
#if __has_feature(address_sanitizer)
    __lsan_do_leak_check();
#endif
#endif
}

/* The shell is told what ended the server. To PID 1 a signal's default effect does not happen. */
static int end_by(int number)
{
    look_for_leaks();
    (void)signal(number, SIG_DFL); /* cannot fail: the signal was received */
    (void)raise(number);           /* comes back in PID 1 only */
    return 128 + number;
}

/* Everything that must not reach children is copied and wiped before the first part is built. */
static int serve(int argc, char *const *argv, struct config *config)
{
    struct app *app;
    struct error error;
    struct child_env *child_env = child_env_new((const char *const *)environ);
    child_env_wipe_process();
    int number = 0;
    const bool is_open = app_open(config, child_env, &app, &error);
    if (is_open) {
        number = app_run(app);
        app_close(app);
    } else {
        (void)fprintf(stderr, "%s: error: %s\n", argv_program(argc, argv), error.text);
    }
    child_env_free(child_env);
    config_free(config);
    return number > 0 ? end_by(number) : 1;
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    if (wants_probe(argc, argv))
        return probe_run(argc, argv);
    if (argc == 2 && strcmp(argv[1], "--editor") == 0)
        return editor_service_run();
    struct config *config = NULL;
    const struct config_input input = {
        .argc = argc, .argv = argv, .environment = (const char *const *)environ};
    switch (config_load(&input, &config)) {
    case CONFIG_RUN:
        return serve(argc, argv, config);
    case CONFIG_CHECK_BROWSER:
        (void)printf("Browser check failed: this server has no browser\n");
        return 1;
    case CONFIG_EXIT_OK:
        return 0;
    case CONFIG_EXIT_USAGE:
        return 2;
    case CONFIG_EXIT_ERROR:
        break;
    }
    return 1;
}
