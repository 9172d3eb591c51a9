/* label.h: cleans texts that one client gives and others see. Pure function. */
#ifndef MSIWATCH_SERVICE_LABEL_H
#define MSIWATCH_SERVICE_LABEL_H

#include <stddef.h>
#include <yyjson.h>

/* Copies the valid UTF-8 of a string, up to `characters` of it and never a part of one; NULL is "".
 * Leaves out what would control a terminal or mislead a reader (control characters, line ends,
 * marks that change the direction of writing). `out` has 4 bytes per character, and one more. */
void label_read(yyjson_val *value, size_t characters, char *out);

#endif
