/* uuid.h: makes ids for journals. Any thread. */
#ifndef MSIWATCH_SERVICE_UUID_H
#define MSIWATCH_SERVICE_UUID_H

/* Writes a random uuid as text. Never fails: if the system has no random numbers, the uuid is made
 * from its clocks. */
void uuid_make(char id[37]);

#endif
