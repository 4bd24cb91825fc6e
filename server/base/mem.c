#include "server/base/mem.h"

#include <stdarg.h>
#include <unistd.h>

#include "server/base/str.h"

#define ARENA_BLOCK_BYTES 4096

NORETURN static void out_of_memory(void)
{
    static const char text[] = "actiond: out of memory\n";
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1); /* nothing is left to do if this fails */
    abort();
}

void *mem_alloc(size_t size)
{
    void *memory = malloc(size == 0 ? 1 : size);
    if (memory == NULL)
        out_of_memory();
    return memory;
}

void *mem_zero(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    if (memory == NULL)
        out_of_memory();
    return memory;
}

void *mem_resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size == 0 ? 1 : size);
    if (resized == NULL)
        out_of_memory();
    return resized;
}

char *mem_strdup(const char *text)
{
    return mem_strndup(text, strlen(text));
}

char *mem_strndup(const char *text, size_t len)
{
    char *copy = mem_alloc(len + 1);
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void mem_free_scoped(void *pointer_to_pointer)
{
    void *memory;
    memcpy(&memory, pointer_to_pointer, sizeof(memory)); /* the type behind it is unknown */
    free(memory);
}

void fd_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* nothing can be done about a failing close */
    *fd = -1;
}

void fd_close_scoped(const int *fd)
{
    int copy = *fd;
    fd_close(&copy);
}

int take_fd(int *fd)
{
    const int taken = *fd;
    *fd = -1;
    return taken;
}

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    _Alignas(max_align_t) char bytes[];
};

void arena_fini(struct arena *arena)
{
    struct arena_block *block = arena->head;
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    *arena = (struct arena){0};
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    assert(size < SIZE_MAX - align);
    size = (size + align - 1) & ~(align - 1);
    struct arena_block *block = arena->head;
    if (block == NULL || block->size - block->used < size) {
        const size_t block_size = size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES;
        block = mem_alloc(sizeof(*block) + block_size);
        *block = (struct arena_block){.next = arena->head, .size = block_size};
        arena->head = block;
    }
    void *memory = block->bytes + block->used;
    block->used += size;
    arena->used_bytes += size;
    return memory;
}

void *arena_zero(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        out_of_memory();
    void *memory = arena_alloc(arena, total);
    memset(memory, 0, total);
    return memory;
}

const char *arena_cstr(struct arena *arena, struct str text)
{
    return arena_copy(arena, text).data;
}

struct str arena_copy(struct arena *arena, struct str text)
{
    char *copy = arena_alloc(arena, text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return str_span(copy, text.len);
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1);
    (void)vsnprintf(text, (size_t)len + 1, format, again); /* sized above */
    va_end(again);
    return str_span(text, (size_t)len);
}
