#include "server/auth/keyring.h"

#include "server/base/mem.h"

struct key {
    char *text;
    size_t len;
};

struct keyring {
    struct key *keys;
    size_t count;
};

struct keyring *keyring_new(void)
{
    return mem_zero(1, sizeof(struct keyring));
}

void keyring_wipe(void *memory, size_t len)
{
    if (len > 0)
        explicit_bzero(memory, len);
}

static struct str key_str(const struct key *key)
{
    return str_span(key->text, key->len);
}

static void clear(struct keyring *keyring)
{
    for (size_t i = 0; i < keyring->count; i++) {
        keyring_wipe(keyring->keys[i].text, keyring->keys[i].len);
        free(keyring->keys[i].text);
    }
    free(keyring->keys);
    *keyring = (struct keyring){0};
}

void keyring_free(struct keyring *keyring)
{
    if (keyring == NULL)
        return;
    clear(keyring);
    free(keyring);
}

void keyring_set(struct keyring *keyring, const struct str *keys, size_t count)
{
    struct keyring next = {.keys = mem_zero(count, sizeof(struct key))};
    for (size_t i = 0; i < count; i++) {
        if (!str_is_empty(keys[i]))
            next.keys[next.count++] =
                (struct key){.text = mem_strndup(keys[i].data, keys[i].len), .len = keys[i].len};
    }
    clear(keyring);
    *keyring = next;
}

bool keyring_is_open(const struct keyring *keyring)
{
    return keyring->count == 0;
}

/* Looks at every key, so that the time does not tell which one was nearly right. */
bool keyring_accepts(const struct keyring *keyring, struct str key)
{
    if (keyring_is_open(keyring))
        return true;
    bool is_accepted = false;
    for (size_t i = 0; i < keyring->count; i++)
        is_accepted |= str_equal_constant_time(key_str(&keyring->keys[i]), key);
    return is_accepted && !str_is_empty(key);
}

struct str keyring_first(const struct keyring *keyring)
{
    return keyring_is_open(keyring) ? STR_NULL : key_str(&keyring->keys[0]);
}
