/* fake_transport.h: replaces transport_posix.c with a transport whose other side is a script.
 *
 * The script is what the other side sends, whatever the client says, with three special bytes:
 *   0x1e  the connection ends here; the next one continues after it
 *   0x1d  nothing comes in time: the read ends with CODE_TIMEOUT
 *   0x1c  the next write fails: CODE_LOST
 * One transport at a time.
 */
#ifndef MSIWATCH_TESTS_FAKE_TRANSPORT_H
#define MSIWATCH_TESTS_FAKE_TRANSPORT_H

#include <stddef.h>

/* The caller owns `bytes`. `chance` is the seed for the sizes of the pieces that are read. */
void fake_transport_script(const char *bytes, size_t size, unsigned chance);

#endif
