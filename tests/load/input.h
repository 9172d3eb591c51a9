/* input.h: waits for the first byte, or the end, of standard input.
 *
 * It uses a thread, because libuv cannot read every kind of standard input that Wine and Windows
 * give a program.
 */
#ifndef MSIWATCH_TESTS_INPUT_H
#define MSIWATCH_TESTS_INPUT_H

#include <uv.h>

/* Calls `came` once, on the loop, unless input_stop is called first. input_stop must be called
 * before the loop ends. Once per process. 0 or a negative libuv code. */
int input_start(uv_loop_t *loop, void (*came)(void));
void input_stop(void);

#endif
