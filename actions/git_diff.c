#include "actions/git_diff.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/git.h"
#include "actions/git_base.h"
#include "actions/git_commits.h"
#include "actions/git_text.h"
#include "actions/path.h"
#include "actions/path_missing.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

struct place {
    char *path;       /* absolute and resolved */
    struct buf root;  /* of the repository */
    struct str inner; /* the path below root; "." for root itself */
    struct arena arena;
};

void git_diff_fini(struct git_diff *diff)
{
    buf_fini(&diff->original);
    buf_fini(&diff->modified);
    *diff = (struct git_diff){0};
}

static void place_fini(struct place *place)
{
    free(place->path);
    buf_fini(&place->root);
    arena_fini(&place->arena);
}

static bool too_large(struct error *error, uint64_t size)
{
    return error_set(error, ERROR_INVALID,
                     "File too large for git diff: %" PRIu64 " bytes (max: %zu bytes)", size,
                     GIT_DIFF_MAX_BYTES);
}

static bool does_not_exist(struct error *error, const struct place *place)
{
    return error_set(error, ERROR_INVALID, "File does not exist: %s", place->path);
}

/* False when no directory above holds a `.git`. */
static bool find_repository(struct place *place)
{
    const struct str path = str_from(place->path);
    if (!git_find_root(path, &place->root))
        return false;
    const size_t skip = place->root.len == 1 ? 1 : place->root.len + 1;
    place->inner = path.len < skip ? STR(".") : str_skip(path, skip);
    if (place->inner.len == 0)
        place->inner = STR(".");
    return true;
}

/* "<revision>:<path>" */
static const char *spec_of(struct place *place, struct str revision)
{
    return arena_printf(&place->arena, "%.*s:%.*s", STR_ARG(revision), STR_ARG(place->inner)).data;
}

/* The questions about one side: what it is, how large, and its text. */
struct side {
    const char *type_args[4];
    const char *size_args[4];
    const char *show_args[4];
    struct git_call type;
    struct git_call size;
    struct git_call show;
};

static void side_init(struct side *side, struct place *place, struct str revision)
{
    const char *const spec = spec_of(place, revision);
    const char *const directory = place->root.data;
    *side = (struct side){
        .type_args = {"cat-file", "-t", spec},
        .size_args = {"cat-file", "-s", spec},
        .show_args = {"show", spec},
    };
    side->type.command = (struct git_command){.cwd = directory, .args = side->type_args};
    side->size.command = (struct git_command){.cwd = directory, .args = side->size_args};
    side->show.command = (struct git_command){.cwd = directory, .args = side->show_args};
}

static void side_fini(struct side *side)
{
    git_call_fini(&side->type);
    git_call_fini(&side->size);
    git_call_fini(&side->show);
}

static uint64_t side_bytes(const struct side *side)
{
    uint64_t size = 0;
    if (!side->size.is_ok ||
        !str_to_u64(str_trim(buf_str(&side->size.result.out)), 0, UINT64_MAX, &size))
        return 0;
    return size;
}

static void take_lines(struct buf *out, struct str raw)
{
    scoped_buf struct buf text = {0};
    utf8_repair(&text, raw);
    git_text_join_lines(out, buf_str(&text));
}

static void take_trimmed(struct buf *out, struct str raw)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf unified = {0};
    utf8_repair(&text, raw);
    git_text_unify_lines(&unified, buf_str(&text));
    buf_append(out, utf8_trim(buf_str(&unified)));
}

/* The side's text, empty when the revision does not have it. */
static bool take_original(struct side *side, struct git_diff *diff, struct error *error)
{
    if (side->show.is_ok)
        take_lines(&diff->original, buf_str(&side->show.result.out));
    else if (!git_has_refused(&side->show.result))
        return error_set(error, side->show.error.code, "%s", side->show.error.text);
    return true;
}

/* The file is gone from the disk: a deletion when the base has it. */
static bool diff_deleted(struct git *git, struct place *place, struct str base,
                         struct git_diff *diff, struct error *error)
{
    struct side side;
    side_init(&side, place, base);
    git_run_all(git, (struct git_call *const[]){&side.type, &side.size, &side.show}, 3);
    const bool is_file =
        side.type.is_ok && str_equal(str_trim(buf_str(&side.type.result.out)), STR("blob"));
    bool is_ok;
    if (!is_file)
        is_ok = does_not_exist(error, place);
    else if (side_bytes(&side) > GIT_DIFF_MAX_BYTES)
        is_ok = too_large(error, side_bytes(&side));
    else
        is_ok = take_original(&side, diff, error);
    side_fini(&side);
    return is_ok;
}

/* Whatever cannot be read as UTF-8 text is empty. */
static void read_modified(const char *path, struct buf *out)
{
    struct stat status;
    scoped_fd int fd = -1;
    if (!path_open_file(path, &fd, &status, NULL))
        return;
    scoped_buf struct buf text = {0};
    while (text.len <= GIT_DIFF_MAX_BYTES) { /* it may have grown since it was measured */
        char *room = buf_reserve(&text, GIT_DIFF_MAX_BYTES + 1);
        const ssize_t count = read(fd, room, GIT_DIFF_MAX_BYTES + 1 - text.len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        text.len += (size_t)count;
        text.data[text.len] = '\0';
    }
    if (utf8_is_valid(buf_str(&text)))
        git_text_join_lines(out, buf_str(&text));
}

static bool diff_present(struct git *git, struct place *place, struct str base,
                         struct git_diff *diff, struct error *error)
{
    struct side side;
    side_init(&side, place, base);
    git_run_all(git, (struct git_call *const[]){&side.show}, 1);
    const bool is_ok = take_original(&side, diff, error);
    /* A git that has answered nothing yet may refuse the whole repository. */
    diff->is_repository = side.show.is_ok || git_is_repository(git, place->root.data);
    side_fini(&side);
    if (is_ok)
        read_modified(place->path, &diff->modified);
    return is_ok;
}

static bool diff_in_repository(struct git *git, struct place *place, struct str reference,
                               bool is_deleted, struct git_diff *diff, struct error *error)
{
    struct str base;
    diff->is_repository = true;
    if (!git_base_find(git, place->root.data, reference, &place->arena, &base, error))
        return false;
    return is_deleted ? diff_deleted(git, place, base, diff, error)
                      : diff_present(git, place, base, diff, error);
}

/* Something the repository's owner or layout keeps git from is no repository to clients. */
static bool forgive(struct git *git, const struct place *place, const struct error *failure,
                    struct git_diff *diff, struct error *error)
{
    if (failure->code == ERROR_CANCELLED || git_is_repository(git, place->root.data)) {
        *error = *failure;
        return false;
    }
    diff->is_repository = false;
    return true;
}

static bool measure(const struct place *place, bool *ret_is_deleted, struct error *error)
{
    struct stat status;
    *ret_is_deleted = false;
    if (stat(place->path, &status) != 0) {
        *ret_is_deleted = path_errno_is_absent(errno);
        if (*ret_is_deleted)
            return true;
        return error_set(error, ERROR_INVALID, "Cannot access file: %s", place->path);
    }
    if ((uint64_t)status.st_size > GIT_DIFF_MAX_BYTES)
        return too_large(error, (uint64_t)status.st_size);
    return true;
}

static bool diff_at(struct git *git, struct place *place, struct str reference,
                    struct git_diff *diff, struct error *error)
{
    bool is_deleted;
    if (!measure(place, &is_deleted, error))
        return false;
    if (!find_repository(place))
        return is_deleted ? does_not_exist(error, place) : true;
    struct error failure = {0};
    if (diff_in_repository(git, place, reference, is_deleted, diff, &failure))
        return true;
    return forgive(git, place, &failure, diff, error);
}

bool git_diff_file(struct git *git, struct str path, struct str reference, struct git_diff *diff,
                   struct error *error)
{
    struct place place = {0};
    if (!path_missing_resolve(path, &place.path, error))
        return false;
    const bool is_ok = diff_at(git, &place, reference, diff, error);
    place_fini(&place);
    return is_ok;
}

static bool take_pair(struct side *before, struct side *after, struct git_diff *diff,
                      struct error *error)
{
    struct side *const sides[] = {before, after};
    struct buf *const texts[] = {&diff->original, &diff->modified};
    for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
        if (sides[i]->size.error.code == ERROR_CANCELLED)
            return error_set(error, ERROR_CANCELLED, "%s", sides[i]->size.error.text);
        if (side_bytes(sides[i]) > GIT_DIFF_MAX_BYTES)
            return too_large(error, side_bytes(sides[i]));
        if (sides[i]->size.is_ok && sides[i]->show.is_ok)
            take_trimmed(texts[i], buf_str(&sides[i]->show.result.out));
    }
    return true;
}

static bool diff_commit_at(struct git *git, struct place *place, struct str commit,
                           struct git_diff *diff, struct error *error)
{
    struct git_commit_pair pair;
    if (!git_commits_resolve(git, place->root.data, commit, &place->arena, &pair, error))
        return false;
    struct side before;
    struct side after;
    side_init(&before, place, pair.parent);
    side_init(&after, place, pair.commit);
    git_run_all(
        git, (struct git_call *const[]){&before.size, &before.show, &after.size, &after.show}, 4);
    const bool is_ok = take_pair(&before, &after, diff, error);
    side_fini(&before);
    side_fini(&after);
    return is_ok;
}

bool git_diff_commit(struct git *git, struct str path, struct str commit, struct git_diff *diff,
                     struct error *error)
{
    struct place place = {0};
    struct error failure = {0};
    if (!path_missing_resolve(path, &place.path, error))
        return false;
    diff->is_repository = find_repository(&place);
    bool is_ok = true;
    if (diff->is_repository && !diff_commit_at(git, &place, commit, diff, &failure))
        is_ok = forgive(git, &place, &failure, diff, error);
    place_fini(&place);
    return is_ok;
}
