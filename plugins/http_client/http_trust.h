#ifndef PLUGINS_HTTP_CLIENT_HTTP_TRUST_H
#define PLUGINS_HTTP_CLIENT_HTTP_TRUST_H

/*
 * The certificates of those whom servers are trusted by: a file that the environment names
 * (SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, in this order) or that the distribution keeps
 * in one of the known places. A file that the environment names counts even when it is not there,
 * so that a mistake shows.
 *
 * Looks at the disk, not into the files.
 */

/* NULL: there is none, and no server can be trusted. Borrowed from the environment given, or
 * static. */
const char *http_trust_find(const char *const *env);

#endif
