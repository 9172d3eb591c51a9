/* uuid.h: names for journals. Any thread. */
#ifndef MSIWATCH_SERVICE_UUID_H
#define MSIWATCH_SERVICE_UUID_H

/* A random uuid as text. Never fails: a system without random numbers gets one of its clocks. */
void uuid_make(char id[37]);

#endif
