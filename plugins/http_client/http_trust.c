#include "plugins/http_client/http_trust.h"

#include <stddef.h>
#include <unistd.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

static const char *const names[] = {"SSL_CERT_FILE=", "REQUESTS_CA_BUNDLE=", "CURL_CA_BUNDLE="};

/* Debian and Arch, Fedora and its kin, SUSE, Alpine. */
static const char *const places[] = {"/etc/ssl/certs/ca-certificates.crt",
                                     "/etc/pki/tls/certs/ca-bundle.crt",
                                     "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                     "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

static const char *find_variable(const char *const *env, const char *name_and_equals)
{
    const struct str name = str_from(name_and_equals);
    for (; env != NULL && *env != NULL; env++) {
        if (str_starts_with(str_from(*env), name) && (*env)[name.len] != '\0')
            return *env + name.len;
    }
    return NULL;
}

const char *http_trust_find(const char *const *env)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *file = find_variable(env, names[i]);
        if (file != NULL)
            return file;
    }
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        if (access(places[i], R_OK) == 0)
            return places[i];
    }
    return NULL;
}
