/* keys.c: what the keys mean, on every system. */
#include "cli/top/keys.h"

#include <stddef.h>

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
