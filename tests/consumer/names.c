/* names.c: functions of a caller's that happen to be called as some of the library's inner ones:
 * the program is linked, and the library calls its own. */
#include <stdlib.h>

#define MINE(name)                                                                                 \
    void name(void);                                                                               \
    void name(void)                                                                                \
    {                                                                                              \
        abort();                                                                                   \
    }
MINE(rpc_call)
MINE(lines_next)
MINE(time_parse)
MINE(time_format)
MINE(transport_connect)
MINE(client_begin)
MINE(struct_give)
MINE(wire_status_read)
MINE(yyjson_read_opts)
MINE(yyjson_val_write_opts)
