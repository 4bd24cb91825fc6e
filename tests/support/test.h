#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

/*
 * cmocka, with the headers it wants in the order it wants them. Tests include only this for it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
