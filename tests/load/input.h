/* input.h: waits for the first byte, or the end, of standard input.
 *
 * By a thread: libuv cannot read every kind of standard input that Wine and Windows hand over.
 */
#ifndef MSIWATCH_TESTS_INPUT_H
#define MSIWATCH_TESTS_INPUT_H

#include <uv.h>

/* `came` is called once, on the loop, unless input_stop is called first; which must be called
 * before the loop ends. Once a process. 0 or a negative libuv code. */
int input_start(uv_loop_t *loop, void (*came)(void));
void input_stop(void);

#endif
