/* keys.h: which key means what, on every system. Pure. */
#ifndef MSIWATCH_CLI_KEYS_H
#define MSIWATCH_CLI_KEYS_H

#include <stdint.h>

/* What can happen at a terminal; a set. */
enum {
    TERMINAL_QUIT = 1,      /* the key q, or the terminal is gone, or what terminal_wake said */
    TERMINAL_RESIZED = 2,   /* perhaps; terminal_size says */
    TERMINAL_REPAINT = 4,   /* Ctrl-L */
    TERMINAL_HELP = 8,      /* ? */
    TERMINAL_HOUR = 16,     /* h */
    TERMINAL_DAY = 32,      /* d */
    TERMINAL_WEEK = 64,     /* w */
    TERMINAL_CHANGES = 128, /* c */
    TERMINAL_SCROLLED = 256 /* terminal_scrolled says how far */
};

/* A page of the list, whatever the screen's size. */
#define KEYS_PAGE 10

/* What the character of a key means, a set of TERMINAL_*; *rows: how far down it scrolls. */
unsigned keys_of_character(uint32_t character, int *rows);

/* How far the end of an escape sequence that a terminal sends scrolls down ("[A": the key up); 0:
 * it is none that does. *size: how many bytes it has. */
int keys_of_sequence(const char *sequence, unsigned *size);

#endif
