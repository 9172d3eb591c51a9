/* label.h: texts that clients give and others are shown. Pure function. */
#ifndef MSIWATCH_SERVICE_LABEL_H
#define MSIWATCH_SERVICE_LABEL_H

#include <stddef.h>

/* Copies UTF-8 that is whole, up to `characters` of it, never part of one. What would steer a
 * terminal or a reader's eye (control characters, ends of lines, marks that turn the direction of
 * writing) is left out. `out` has 4 bytes a character and one more. */
void label_clean(const char *text, size_t size, size_t characters, char *out);

#endif
