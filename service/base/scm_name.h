/* scm_name.h: the service's name in the service control manager. */
#ifndef MSIWATCH_SERVICE_SCM_NAME_H
#define MSIWATCH_SERVICE_SCM_NAME_H

#define SCM_NAME "MsiWatch"
#define SCM_NAME_WIDE L"MsiWatch"

#endif
