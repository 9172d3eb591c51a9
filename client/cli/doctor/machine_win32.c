/* machine_win32.c: reads the machine for the doctor. */
#include "cli/base/console.h"
#include "common/win32/installer_key.h"
#include "cli/doctor/machine.h"
#include "common/win32/msiserver.h"
#include "common/win32/mutex.h"

#include <stdlib.h>
#include <string.h>

enum { REOPEN_MS = 900 }; /* then handles are reopened: what they name may have been deleted */

struct machine {
    struct owner owner;
    SC_HANDLE manager, service;
    uint64_t service_ms; /* when the handle was opened */
    HKEY key;
    uint64_t key_ms;
    HANDLE changed; /* the key has changed; manual reset */
    bool subscribed;
    uint64_t ticks_a_second;
};

uint32_t machine_new(struct machine **out)
{
    struct machine *machine = calloc(1, sizeof *machine);
    LARGE_INTEGER frequency;
    if (machine == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    machine->changed = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (machine->changed == NULL) {
        uint32_t error = GetLastError();
        free(machine);
        return error;
    }
    QueryPerformanceFrequency(&frequency);
    machine->ticks_a_second = (uint64_t)frequency.QuadPart;
    *out = machine;
    return ERROR_SUCCESS;
}

/* ---- msiserver ---- */

static void close_service(struct machine *machine)
{
    if (machine->service != NULL) {
        CloseServiceHandle(machine->service);
        machine->service = NULL;
    }
}

static DWORD open_service(struct machine *machine, uint64_t now_ms)
{
    if (machine->service != NULL && now_ms - machine->service_ms >= REOPEN_MS) {
        close_service(machine);
    }
    if (machine->manager == NULL) {
        machine->manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
        if (machine->manager == NULL) {
            return GetLastError();
        }
    }
    if (machine->service == NULL) {
        machine->service = OpenServiceW(machine->manager, MSISERVER_NAME, SERVICE_QUERY_STATUS);
        machine->service_ms = now_ms;
    }
    return machine->service == NULL ? GetLastError() : ERROR_SUCCESS;
}

static void look_at_msiserver(struct machine *machine, struct sight *sight)
{
    SERVICE_STATUS_PROCESS status;
    DWORD size;
    DWORD error = open_service(machine, sight->seen.mono_ms);
    if (error == ERROR_SUCCESS && !QueryServiceStatusEx(machine->service, SC_STATUS_PROCESS_INFO,
                                                        (BYTE *)&status, sizeof status, &size)) {
        error = GetLastError();
        close_service(machine);
    }
    sight->msiserver_error = error;
    msiserver_see(error, &status, &sight->seen);
}

/* ---- the registry ---- */

static void close_key(struct machine *machine)
{
    if (machine->key != NULL) {
        RegCloseKey(machine->key); /* this sets the event if we are subscribed */
        machine->key = NULL;
    }
    ResetEvent(machine->changed);
    machine->subscribed = false;
}

/* Opens the key and subscribes to it. Subscribe first and query second, so that no change is
 * missed. */
static LSTATUS prepare_key(struct machine *machine, struct sight *sight)
{
    LSTATUS error = ERROR_SUCCESS;
    if (machine->subscribed && WaitForSingleObject(machine->changed, 0) == WAIT_OBJECT_0) {
        sight->key_changed = true;
        ResetEvent(machine->changed);
        machine->subscribed = false;
    }
    if (machine->key != NULL && sight->seen.mono_ms - machine->key_ms >= REOPEN_MS) {
        close_key(machine); /* if the key was deleted, the handle is useless */
    }
    if (machine->key == NULL) {
        error = installer_key_open(&machine->key);
        machine->key_ms = sight->seen.mono_ms;
    }
    if (error == ERROR_SUCCESS && !machine->subscribed) {
        error = installer_key_notify(machine->key, machine->changed);
        machine->subscribed = error == ERROR_SUCCESS;
    }
    return error;
}

static void look_at_registry(struct machine *machine, struct sight *sight)
{
    LSTATUS error = prepare_key(machine, sight);
    if (error == ERROR_SUCCESS) {
        error = installer_key_in_progress(machine->key, &sight->seen.in_progress);
    }
    sight->key_exists = error == ERROR_SUCCESS;
    sight->seen.registry_known = error == ERROR_SUCCESS || installer_key_is_absent(error);
    if (error != ERROR_SUCCESS) {
        close_key(machine);
        sight->seen.in_progress = false;
    }
    sight->registry_error = sight->seen.registry_known ? ERROR_SUCCESS : (uint32_t)error;
}

/* ---- all of it ---- */

static uint64_t ticks(void)
{
    LARGE_INTEGER count;
    QueryPerformanceCounter(&count);
    return (uint64_t)count.QuadPart;
}

void machine_look(struct machine *machine, struct sight *sight, uint64_t *cost_us)
{
    uint64_t begun = ticks();
    memset(sight, 0, sizeof *sight);
    sight->seen.mono_ms = console_now();
    sight->seen.wall_ms = console_wall();
    sight->seen.ui_clients = -1;
    const char *what;
    sight->mutex_error = mutex_look(&sight->seen, &machine->owner, &what);
    look_at_msiserver(machine, sight);
    look_at_registry(machine, sight);
    *cost_us = (ticks() - begun) * 1000000 / machine->ticks_a_second;
}

void machine_free(struct machine *machine)
{
    if (machine == NULL) {
        return;
    }
    close_key(machine);
    close_service(machine);
    if (machine->manager != NULL) {
        CloseServiceHandle(machine->manager);
    }
    CloseHandle(machine->changed);
    free(machine);
}
