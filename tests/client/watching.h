/* watching.h: what the service says in the tests of `msiwatch watch`. */
#ifndef MSIWATCH_TESTS_WATCHING_H
#define MSIWATCH_TESTS_WATCHING_H

/* The Event's members in the protocol's order; `to` includes the reasons. */
#define EVENT_OF(seq, from, to, reasons)                                                           \
    "{'seq':" seq ",'kind':'transition','at':'2026-11-22T10:41:07.123Z','from':'" from             \
    "','to':'" to "','reasons':[" reasons "],'after_ms':53211}"
#define EVENT(seq, from, to, reasons)                                                              \
    "{$R,'method':'event','params':{'subscription':7,'event':" EVENT_OF(seq, from, to, reasons) "}}"
#define TURNS_BUSY(seq) EVENT(seq, "idle", "busy", "'mutex'")
#define TURNS_IDLE(seq) EVENT(seq, "busy", "idle", "")
#define SUBSCRIBED "{$R,'id':$I,'result':$SUB}"
#define SUBSCRIBED_BUSY                                                                            \
    "{$R,'id':$I,'result':{'subscription':7,'journal':'$J','reset':false,'status':$BUSY}}"
#define RESET_REPLY                                                                                \
    "{$R,'id':$I,'result':{'subscription':7,'journal':'$K','reset':true,'status':$BUSY}}"
#define STOPPING "{$R,'method':'closing','params':{'reason':'shutdown'}}"

/* What msiwatch prints for them. */
#define NOW_LINE                                                                                   \
    "2026-11-22 10:41:19.123Z  idle                       since 2026-11-22 10:41:07Z (12 s)\n"
#define BUSY_LINE "2026-11-22 10:41:07.123Z  busy     mutex             after 53 s idle\n"
#define IDLE_LINE "2026-11-22 10:41:07.123Z  idle                       after 53 s busy\n"

#endif
