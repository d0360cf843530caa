/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's main() under another name, for tests that call it. */
#include "tests/trial.h"

#define main tcpwhy_main
#include "ui/main.c"
