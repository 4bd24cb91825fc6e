#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/*
 * Functions that are compile errors here, because each has a safer form in this tree: str and buf
 * for text, str_to_u64 and friends for numbers, clock for time, process for children.
 * Included by str.h, so every file sees it after the system headers it needs.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#pragma GCC poison strcpy strncpy strcat strncat sprintf vsprintf strtok strtok_r atoi atol atoll
#pragma GCC poison localtime gmtime ctime asctime gets tmpnam mktemp usleep

#endif
