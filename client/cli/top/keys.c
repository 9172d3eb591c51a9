/* keys.c: what the keys mean, on every system. */
#include "cli/top/keys.h"

#include <stddef.h>
#include <string.h>

#define CONTROL_L 12

unsigned keys_of_character(uint32_t character, int *rows)
{
    static const struct {
        char key;
        unsigned means;
        int rows;
    } keys[] = {{'q', TERMINAL_QUIT, 0},
                {'Q', TERMINAL_QUIT, 0},
                {CONTROL_L, TERMINAL_REPAINT, 0},
                {'?', TERMINAL_HELP, 0},
                {'h', TERMINAL_HOUR, 0},
                {'d', TERMINAL_DAY, 0},
                {'w', TERMINAL_WEEK, 0},
                {'c', TERMINAL_CHANGES, 0},
                {'j', TERMINAL_SCROLLED, 1},
                {'k', TERMINAL_SCROLLED, -1},
                {' ', TERMINAL_SCROLLED, KEYS_PAGE},
                {'b', TERMINAL_SCROLLED, -KEYS_PAGE}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (character == (uint32_t)keys[i].key) {
            *rows = keys[i].rows;
            return keys[i].means;
        }
    }
    return 0;
}

int keys_of_sequence(const char *sequence, unsigned *size)
{
    static const struct {
        const char *sent;
        int rows;
    } sequences[] = {{"[A", -1}, {"[B", 1},           {"OA", -1},
                     {"OB", 1},  {"[5~", -KEYS_PAGE}, {"[6~", KEYS_PAGE}};
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        size_t length = strlen(sequences[i].sent);
        if (strncmp(sequence, sequences[i].sent, length) == 0) {
            *size = (unsigned)length;
            return sequences[i].rows;
        }
    }
    *size = 0;
    return 0;
}
