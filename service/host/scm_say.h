/* scm_say.h: says why an action on the service failed. Windows only; any thread. */
#ifndef MSIWATCH_SERVICE_SCM_SAY_H
#define MSIWATCH_SERVICE_SCM_SAY_H

/* Writes to stderr why an action on the service failed, and returns the error. */
unsigned long scm_say(unsigned long error, const char *what);

#endif
