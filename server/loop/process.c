#include "server/loop/process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/loop/child_signal.h"
#include "server/loop/descendants.h"
#include "server/loop/loop.h"
#include "server/loop/process_table.h"
#include "server/loop/spawn.h"

/*
 * At each SIGCHLD wait4 is asked for any child until it has none. A pid in the map is a process of
 * ours, every other one an orphan that was handed to us.
 *
 * A worker's child may be reaped before the worker has put it into the map. So while any spawn is
 * under way, an unknown end is kept as "early"; the worker looks there under the same lock.
 *
 * Closing rests on one fact: a subreaper that has no child left has no descendant left. So wait4
 * saying ECHILD is the end, whatever /proc showed.
 */

struct ending {
    pid_t pid;
    int status;
    struct rusage usage;
};

struct process {
    struct processes *processes;
    pid_t pid;
    uint64_t started_us;
    process_exit_fn on_exit;
    void (*on_stop)(void *owner);
    void *owner;
    bool has_ended; /* the pid may be somebody else's by now */
    struct ending ending;
};

struct processes {
    struct loop *loop;
    struct child_signal *child_signal;
    int null_fd;
    atomic_size_t running; /* in by_pid, to be read without the lock */
    atomic_uint_fast64_t orphans_reaped;
    pthread_mutex_t lock; /* guards the next four */
    struct map by_pid;
    struct map early;
    size_t spawning;
    bool is_closing;
    bool is_closed;
    struct descendants *ending; /* not NULL while closing */
    void (*on_closed)(void *owner);
    void *owner;
};

static struct id key_of(pid_t pid)
{
    return map_key_number((uint64_t)pid);
}

static int64_t microseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static struct process_exit describe(const struct process *process)
{
    const struct ending *ending = &process->ending;
    const int signal = WIFSIGNALED(ending->status) ? WTERMSIG(ending->status) : 0;
    return (struct process_exit){
        .code = signal != 0 ? -signal : WEXITSTATUS(ending->status),
        .signal = signal,
        .has_dumped_core = signal != 0 && WCOREDUMP(ending->status),
        .user_us = microseconds(ending->usage.ru_utime),
        .system_us = microseconds(ending->usage.ru_stime),
        .peak_rss_bytes = (int64_t)ending->usage.ru_maxrss * 1024,
        .wall_us = (int64_t)(clock_monotonic_us() - process->started_us),
    };
}

static void finish(struct process *process)
{
    const struct process_exit exit = describe(process);
    const process_exit_fn on_exit = process->on_exit;
    process->has_ended = true;
    /* The owner may still use the process in on_exit, so it is freed afterwards. */
    if (on_exit != NULL)
        on_exit(process->owner, &exit);
    free(process);
}

/* With the lock held, both. */
static void add_process(struct processes *processes, struct process *process)
{
    map_set(&processes->by_pid, key_of(process->pid), process);
    atomic_store(&processes->running, processes->by_pid.count);
}

static void remove_process(struct processes *processes, const struct process *process)
{
    map_remove(&processes->by_pid, key_of(process->pid));
    atomic_store(&processes->running, processes->by_pid.count);
}

/* With the lock held: keeps the end for a worker that has not come back yet. */
static void keep_early(struct processes *processes, const struct ending *ending)
{
    struct ending *kept = map_find(&processes->early, key_of(ending->pid));
    if (kept == NULL) {
        kept = mem_alloc(sizeof(*kept));
        map_set(&processes->early, key_of(ending->pid), kept);
    }
    *kept = *ending;
}

/* With the lock held: nobody who could ask for them is left. */
static void drop_early(struct processes *processes)
{
    atomic_fetch_add(&processes->orphans_reaped, processes->early.count);
    size_t cursor = 0;
    for (struct ending *kept; (kept = map_next(&processes->early, &cursor)) != NULL;)
        free(kept);
    map_fini(&processes->early);
}

/* With the lock held: the process that ended or was stopped, or NULL when it was an orphan. */
static struct process *settle(struct processes *processes, const struct ending *ending)
{
    const bool is_stop = WIFSTOPPED(ending->status);
    struct process *process = map_find(&processes->by_pid, key_of(ending->pid));
    if (process != NULL) {
        if (!is_stop)
            remove_process(processes, process);
        process->ending = *ending;
    } else if (is_stop) {
        return NULL;
    } else if (processes->spawning > 0) {
        keep_early(processes, ending);
    } else {
        atomic_fetch_add(&processes->orphans_reaped, 1);
    }
    return process;
}

/* wait4 and the look into the map are one step: a worker cannot begin a spawn in between. */
static pid_t reap_one(struct processes *processes, struct process **ret_process)
{
    struct ending ending;
    pthread_mutex_lock(&processes->lock);
    ending.pid = wait4(-1, &ending.status, WNOHANG | WUNTRACED, &ending.usage);
    *ret_process = ending.pid > 0 ? settle(processes, &ending) : NULL;
    pthread_mutex_unlock(&processes->lock);
    return ending.pid;
}

static void tell(struct process *process)
{
    if (!WIFSTOPPED(process->ending.status))
        finish(process);
    else if (process->on_stop != NULL)
        process->on_stop(process->owner);
}

/* False when no child at all is left. */
static bool reap(struct processes *processes)
{
    for (;;) {
        struct process *process;
        const pid_t pid = reap_one(processes, &process);
        if (pid <= 0)
            return pid == 0 || errno == EINTR;
        if (process != NULL)
            tell(process);
    }
}

/* The loop has something to wait for as long as a process runs or the end is near. */
static void update_awaited(struct processes *processes)
{
    child_signal_set_awaited(processes->child_signal,
                             processes_running(processes) > 0 || processes->ending != NULL);
}

static void look(void *owner);

static void free_processes(void *owner)
{
    struct processes *processes = owner;
    fd_close(&processes->null_fd);
    map_fini(&processes->by_pid);
    pthread_mutex_lock(&processes->lock);
    drop_early(processes);
    pthread_mutex_unlock(&processes->lock);
    pthread_mutex_destroy(&processes->lock);
    free(processes);
}

bool processes_open(struct loop *loop, struct processes **ret_processes, struct error *error)
{
    loop_assert_owner(loop);
    scoped_fd int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd < 0)
        return error_set_errno(error, errno, "open '/dev/null'");
    scoped_free struct processes *processes = mem_zero(1, sizeof(*processes));
    if (!child_signal_open(loop, look, processes, &processes->child_signal, error))
        return false;
    processes->loop = loop;
    processes->null_fd = take_fd(&null_fd);
    pthread_mutex_init(&processes->lock, NULL);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        log_warn("process.no_subreaper", "errno=%d orphans=left_to_init", errno);
    loop_on_close(loop, free_processes, processes);
    loop_defer(loop, look, processes); /* children from before this program was executed */
    *ret_processes = take_pointer(&processes);
    return true;
}

static bool begin_spawn(struct processes *processes, struct error *error)
{
    pthread_mutex_lock(&processes->lock);
    const bool is_open = !processes->is_closing;
    processes->spawning += is_open ? 1 : 0;
    pthread_mutex_unlock(&processes->lock);
    return is_open || error_set(error, ERROR_UNAVAILABLE, "the server is stopping its processes");
}

static void finish_early(void *owner)
{
    finish(owner);
}

/* With the lock held: true when the process has been reaped already. The pid of an early end may
 * have been used again since; then our child still exists. */
static bool take_early(struct process *process)
{
    struct map *early = &process->processes->early;
    struct ending *kept = map_find(early, key_of(process->pid));
    if (kept == NULL)
        return false;
    siginfo_t info;
    if (waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        return false;
    process->ending = *kept;
    map_remove(early, key_of(process->pid));
    free(kept);
    return true;
}

/* `process` is NULL when the spawn failed. */
static void end_spawn(struct processes *processes, struct process *process)
{
    pthread_mutex_lock(&processes->lock);
    const bool is_over = process != NULL && take_early(process);
    if (process != NULL && !is_over)
        add_process(processes, process);
    if (process != NULL && !is_over && processes->is_closing)
        (void)kill(-process->pid, SIGKILL); /* it was not there when the others were told */
    if (--processes->spawning == 0)
        drop_early(processes);
    const bool is_awaited = processes->is_closing;
    pthread_mutex_unlock(&processes->lock);
    if (is_over)
        loop_post(processes->loop, finish_early, process);
    if (is_awaited)
        loop_post(processes->loop, look, processes);
}

static struct process *spawn(struct processes *processes, const struct process_options *options,
                             struct error *error)
{
    assert(options->argv[0] != NULL);
    if (!begin_spawn(processes, error))
        return NULL;
    struct process *process = mem_alloc(sizeof(*process));
    *process = (struct process){
        .processes = processes,
        .started_us = clock_monotonic_us(),
        .on_exit = options->on_exit,
        .on_stop = options->on_stop,
        .owner = options->owner,
    };
    if (spawn_child(options, processes->null_fd, &process->pid, error))
        return process;
    free(process);
    end_spawn(processes, NULL);
    return NULL;
}

bool process_spawn(struct processes *processes, const struct process_options *options,
                   struct process **ret_process, struct error *error)
{
    loop_assert_owner(processes->loop);
    struct process *process = spawn(processes, options, error);
    if (process == NULL)
        return false;
    end_spawn(processes, process); /* its end is seen by this thread alone, so it is still there */
    update_awaited(processes);
    *ret_process = process;
    return true;
}

bool process_spawn_from_worker(struct processes *processes, const struct process_options *options,
                               pid_t *ret_pid, struct error *error)
{
    assert(!loop_is_owner(processes->loop));
    assert(options->on_exit != NULL);
    struct process *process = spawn(processes, options, error);
    if (process == NULL)
        return false;
    *ret_pid = process->pid;
    end_spawn(processes, process);
    return true;
}

pid_t process_pid(const struct process *process)
{
    return process->pid;
}

bool process_signal_group(struct process *process, int signal)
{
    return process_group_signal(process->pid, signal);
}

bool process_signal(struct process *process, int signal)
{
    return !process->has_ended && kill(process->pid, signal) == 0;
}

void process_forget(struct process *process)
{
    loop_assert_owner(process->processes->loop);
    process->on_exit = NULL;
    process->on_stop = NULL;
}

size_t processes_running(const struct processes *processes)
{
    return atomic_load(&processes->running);
}

uint64_t processes_orphans_reaped(const struct processes *processes)
{
    return atomic_load(&processes->orphans_reaped);
}

bool process_group_signal(pid_t group, int signal)
{
    assert(group > 1);
    return kill(-group, signal) == 0;
}

bool process_group_is_alive(pid_t group)
{
    assert(group > 1);
    if (kill(-group, 0) != 0 && errno == ESRCH)
        return false;
    return process_table_group_is_alive(group);
}

static void on_signal_closed(void *owner)
{
    const struct processes *processes = owner;
    if (processes->on_closed != NULL)
        processes->on_closed(processes->owner);
}

static void finish_closing(struct processes *processes)
{
    processes->is_closed = true;
    descendants_close(processes->ending);
    processes->ending = NULL;
    child_signal_close(processes->child_signal, on_signal_closed);
}

/* With the lock held: any process of the map, or NULL. */
static struct process *take_any(struct processes *processes)
{
    size_t cursor = 0;
    struct process *process = map_next(&processes->by_pid, &cursor);
    if (process != NULL)
        remove_process(processes, process);
    return process;
}

/* Whoever waits for a process that cannot be killed hears that it was. */
static void abandon(struct processes *processes)
{
    if (processes_running(processes) > 0)
        log_error("process.unkillable", "count=%zu", processes_running(processes));
    for (;;) {
        pthread_mutex_lock(&processes->lock);
        struct process *process = take_any(processes);
        pthread_mutex_unlock(&processes->lock);
        if (process == NULL)
            return;
        process->ending.status = SIGKILL;
        finish(process);
    }
}

static void give_up(void *owner)
{
    abandon(owner);
    finish_closing(owner);
}

static bool is_spawning(struct processes *processes)
{
    pthread_mutex_lock(&processes->lock);
    const bool is_spawning = processes->spawning > 0;
    pthread_mutex_unlock(&processes->lock);
    return is_spawning;
}

/* After SIGCHLD, and whenever an end may have gone unseen. */
static void look(void *owner)
{
    struct processes *processes = owner;
    const bool has_children = reap(processes);
    if (processes->is_closed) {
        abandon(processes); /* what a worker was still spawning when we gave up */
        return;
    }
    update_awaited(processes);
    if (processes->ending == NULL)
        return;
    if (has_children || is_spawning(processes))
        descendants_look_again(processes->ending);
    else
        finish_closing(processes);
}

void processes_close(struct processes *processes, uint64_t grace_ms, void (*on_closed)(void *owner),
                     void *owner)
{
    loop_assert_owner(processes->loop);
    assert(processes->ending == NULL && !processes->is_closed);
    pthread_mutex_lock(&processes->lock);
    processes->is_closing = true;
    pthread_mutex_unlock(&processes->lock);
    processes->on_closed = on_closed;
    processes->owner = owner;
    processes->ending = descendants_end(processes->loop, grace_ms, give_up, processes);
    update_awaited(processes);
    loop_defer(processes->loop, look, processes); /* perhaps there is nothing to wait for */
}
