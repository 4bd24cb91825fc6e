/*
 * Lower case beyond ASCII comes from the C library's C.UTF-8 locale, opened per sort and only when
 * a name needs it. Where that locale is missing only ASCII is folded.
 */
#include "actions/file_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <unistd.h>
#include <wctype.h>

#include "server/base/mem.h"
#include "server/base/utf8.h"

static bool is_dot(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static enum file_kind kind_of(int directory_fd, const struct dirent *entry)
{
    if (entry->d_type != DT_UNKNOWN)
        return file_kind_of_dirent(entry->d_type);
    struct stat status;
    if (fstatat(directory_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return FILE_KIND_UNKNOWN;
    return file_kind_of_mode(status.st_mode);
}

static void add(struct file_names *names, struct str name, enum file_kind kind)
{
    if (names->count == FILE_NAMES_MAX) {
        names->is_truncated = true;
        return;
    }
    if (names->count == names->capacity) {
        names->capacity = names->capacity == 0 ? 32 : names->capacity * 2;
        names->items = mem_resize(names->items, names->capacity * sizeof(names->items[0]));
    }
    names->items[names->count++] = (struct file_name){
        .offset = (uint32_t)names->bytes.len,
        .len = (uint32_t)name.len,
        .kind = kind,
    };
    buf_append(&names->bytes, name);
    buf_append_byte(&names->bytes, '\0');
}

static bool read_all(struct file_names *names, DIR *directory, file_names_filter_fn keeps,
                     const void *owner)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL)
            return errno == 0;
        if (is_dot(entry->d_name))
            continue;
        const struct str name = str_from(entry->d_name);
        const enum file_kind kind = kind_of(dirfd(directory), entry);
        if (keeps == NULL || keeps(owner, name, kind))
            add(names, name, kind);
    }
}

bool file_names_read(struct file_names *names, int directory_fd, file_names_filter_fn keeps,
                     const void *owner)
{
    const int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (directory == NULL) {
        if (fd >= 0)
            (void)close(fd); /* the error of fdopendir is the one to report */
        return false;
    }
    buf_init(&names->bytes, (FILE_NAMES_MAX + 1) * (NAME_MAX + 1));
    const bool is_read = read_all(names, directory, keeps, owner);
    const int saved = errno;
    (void)closedir(directory); /* only read from */
    errno = saved;
    return is_read;
}

void file_names_fini(struct file_names *names)
{
    buf_fini(&names->bytes);
    free(names->items);
    *names = (struct file_names){0};
}

struct str file_names_at(const struct file_names *names, size_t index)
{
    const struct file_name *item = &names->items[index];
    return str_span(names->bytes.data + item->offset, item->len);
}

static int compare_bytes(const void *a, const void *b, void *owner)
{
    const char *bytes = owner;
    const struct file_name *left = a;
    const struct file_name *right = b;
    return str_compare(str_span(bytes + left->offset, left->len),
                       str_span(bytes + right->offset, right->len));
}

void file_names_sort(struct file_names *names)
{
    if (names->count > 1)
        qsort_r(names->items, names->count, sizeof(names->items[0]), compare_bytes,
                names->bytes.data);
}

static bool is_ascii(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

static void lower_ascii(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.data[i];
        buf_append_byte(out, byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte);
    }
}

static void lower_unicode(struct buf *out, struct str text, locale_t locale)
{
    while (text.len > 0) {
        unsigned code_point;
        bool is_valid;
        const size_t taken = utf8_step(text, &code_point, &is_valid);
        if (is_valid)
            utf8_append(out, (unsigned)towlower_l((wint_t)code_point, locale));
        else
            buf_append(out, str_slice(text, 0, taken));
        text = str_skip(text, taken);
    }
}

static void lower_with(struct buf *out, struct str text, locale_t *locale)
{
    if (!is_ascii(text) && *locale == (locale_t)0)
        *locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (is_ascii(text) || *locale == (locale_t)0)
        lower_ascii(out, text);
    else
        lower_unicode(out, text, *locale);
}

void file_names_lower(struct buf *out, struct str text)
{
    locale_t locale = (locale_t)0;
    lower_with(out, text, &locale);
    if (locale != (locale_t)0)
        freelocale(locale);
}

/* A name beside its lower-case form, while sorting. */
struct folded {
    struct file_name name;
    size_t offset;
    size_t len;
};

struct fold_bytes {
    const char *exact;
    const char *lower;
};

static int compare_folded(const void *a, const void *b, void *owner)
{
    const struct fold_bytes *bytes = owner;
    const struct folded *left = a;
    const struct folded *right = b;
    const int order = str_compare(str_span(bytes->lower + left->offset, left->len),
                                  str_span(bytes->lower + right->offset, right->len));
    if (order != 0)
        return order;
    return str_compare(str_span(bytes->exact + left->name.offset, left->name.len),
                       str_span(bytes->exact + right->name.offset, right->name.len));
}

void file_names_sort_nocase(struct file_names *names)
{
    if (names->count < 2)
        return;
    scoped_buf struct buf lower;
    buf_init(&lower, (FILE_NAMES_MAX + 1) * (NAME_MAX + 1) * 2);
    scoped_free struct folded *folded = mem_zero(names->count, sizeof(*folded));
    locale_t locale = (locale_t)0;
    for (size_t i = 0; i < names->count; i++) {
        folded[i] = (struct folded){.name = names->items[i], .offset = lower.len};
        lower_with(&lower, file_names_at(names, i), &locale);
        folded[i].len = lower.len - folded[i].offset;
    }
    if (locale != (locale_t)0)
        freelocale(locale);
    struct fold_bytes bytes = {.exact = names->bytes.data, .lower = lower.data};
    qsort_r(folded, names->count, sizeof(*folded), compare_folded, &bytes);
    for (size_t i = 0; i < names->count; i++)
        names->items[i] = folded[i].name;
}
