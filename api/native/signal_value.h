#ifndef API_NATIVE_SIGNAL_VALUE_H
#define API_NATIVE_SIGNAL_VALUE_H

/*
 * A signal as clients write it in JSON: its number, or its name with or without SIG in front, in
 * capitals ("INT", "SIGINT", 2).
 */

struct doc_value;

/* 0 when there is no such signal. */
int signal_value(const struct doc_value *value);

#endif
