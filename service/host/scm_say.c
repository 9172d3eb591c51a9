/* scm_say.c: says why an action on the service failed. */
#include "host/scm_say.h"

#include "base/win32_error.h"
#include "base/scm_name.h"

#include <stdio.h>
#include <windows.h>

unsigned long scm_say(unsigned long error, const char *what)
{
    switch (error) {
    case ERROR_SERVICE_DOES_NOT_EXIST:
        fprintf(stderr, "msiwatchd: " SCM_NAME " is not installed\n");
        return error;
    case ERROR_SERVICE_NOT_ACTIVE:
        fprintf(stderr, "msiwatchd: " SCM_NAME " is not running\n");
        return error;
    case ERROR_SERVICE_ALREADY_RUNNING:
        fprintf(stderr, "msiwatchd: " SCM_NAME " is already running\n");
        return error;
    default:
        return win32_error_say(error, "%s " SCM_NAME, what);
    }
}
