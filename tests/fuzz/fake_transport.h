/* fake_transport.h: a transport whose peer is a script, in the place of transport_posix.c.
 *
 * The script is what the peer sends, whatever it is asked, with three bytes that mean something:
 *   0x1e  the connection ends here; the next one goes on behind it
 *   0x1d  nothing comes in time: the read ends with CODE_TIMEOUT
 *   0x1c  the next write is not taken: CODE_LOST
 * One transport at a time.
 */
#ifndef MSIWATCH_TESTS_FAKE_TRANSPORT_H
#define MSIWATCH_TESTS_FAKE_TRANSPORT_H

#include <stddef.h>

/* `bytes` stay the caller's. `chance` seeds the sizes of the pieces that are read. */
void fake_transport_script(const char *bytes, size_t size, unsigned chance);

#endif
