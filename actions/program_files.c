#include "actions/program_files.h"

#include <dlfcn.h>
#include <unistd.h>

#include "actions/path.h"
#include "server/base/mem.h"

/* The path of the running executable, or NULL. */
static char *executable(void)
{
    scoped_free char *path = mem_zero(1, PATH_MAX_BYTES + 1);
    return readlink("/proc/self/exe", path, PATH_MAX_BYTES) < 0 ? NULL : take_pointer(&path);
}

static char *program_folder(void)
{
    scoped_free char *program = executable();
    return program == NULL ? NULL : path_parent(program);
}

static const void *load_from(const char *folder, const char *part, const char *symbol,
                             unsigned version)
{
    scoped_free char *path = path_join(folder, str_from(part));
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return NULL;
    const unsigned *table = dlsym(library, symbol);
    if (table != NULL && *table == version)
        return table;
    (void)dlclose(library); /* of another version of this program */
    return NULL;
}

const void *program_files_load(const char *part, const char *symbol, unsigned version)
{
    const void *table = NULL;
    scoped_free char *folder = program_folder();
    if (folder != NULL) {
        scoped_free char *beside = path_join(folder, STR("../lib/actiond"));
        table = load_from(folder, part, symbol, version);
        if (table == NULL)
            table = load_from(beside, part, symbol, version);
    }
    if (table == NULL)
        table = load_from("/usr/local/lib/actiond", part, symbol, version);
    return table == NULL ? load_from("/usr/lib/actiond", part, symbol, version) : table;
}

static char *shared_in(const char *base, struct str relative)
{
    scoped_free char *folder = path_join(base, STR("share/actiond"));
    scoped_free char *path = path_join(folder, relative);
    return access(path, R_OK) == 0 ? take_pointer(&path) : NULL;
}

char *program_files_shared(struct str relative)
{
    char *path = NULL;
    scoped_free char *folder = program_folder();
    if (folder != NULL) {
        scoped_free char *parent = path_parent(folder);
        path = shared_in(folder, relative);
        if (path == NULL)
            path = shared_in(parent, relative);
    }
    if (path == NULL)
        path = shared_in("/usr/local", relative);
    return path == NULL ? shared_in("/usr", relative) : path;
}

char *program_files_self(void)
{
    scoped_free char *program = executable();
    if (program == NULL || !str_starts_with(path_name(program), STR("ld-")))
        return take_pointer(&program);
    scoped_free char *folder = path_parent(program);
    scoped_free char *above = path_parent(folder);
    return path_join(above, STR("actiond"));
}
