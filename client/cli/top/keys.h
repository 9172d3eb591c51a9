/* keys.h: what the keys mean, on every system. Pure. */
#ifndef MSIWATCH_CLI_KEYS_H
#define MSIWATCH_CLI_KEYS_H

#include <stdint.h>

/* What can happen at a terminal; a set of bits. */
enum {
    TERMINAL_QUIT = 1,      /* the key q, or the terminal is gone, or terminal_wake was called with
                             * this */
    TERMINAL_RESIZED = 2,   /* maybe: compare terminal_size */
    TERMINAL_REPAINT = 4,   /* Ctrl-L */
    TERMINAL_HELP = 8,      /* ? */
    TERMINAL_HOUR = 16,     /* h */
    TERMINAL_DAY = 32,      /* d */
    TERMINAL_WEEK = 64,     /* w */
    TERMINAL_CHANGES = 128, /* c */
    TERMINAL_SCROLLED = 256 /* terminal_scrolled says how far */
};

/* How many rows a page of the list has, on a screen of any size. */
#define KEYS_PAGE 10

/* What the character of a key means, as a set of TERMINAL_*. *rows: how far it scrolls down. */
unsigned keys_of_character(uint32_t character, int *rows);

#endif
