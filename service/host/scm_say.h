/* scm_say.h: why something was not done with the service. Windows only; any thread. */
#ifndef MSIWATCH_SERVICE_SCM_SAY_H
#define MSIWATCH_SERVICE_SCM_SAY_H

/* Says to stderr why something was not done with the service, and returns the error. */
unsigned long scm_say(unsigned long error, const char *what);

#endif
