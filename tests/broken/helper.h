/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library that foreign-create depends on. */
#pragma once

int  broken_helper_touch (void);
int *create              (void);
