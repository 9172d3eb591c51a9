/* registry_win32.c: reads settings from the registry, and watches them. */
#include "config/registry_win32.h"

#include "common/utf8.h"
#include "common/win32/wide.h"
#include "base/win32_error.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <windows.h>

static const wchar_t *const keys[LAYER_COUNT] = {
    [LAYER_MACHINE] = L"SOFTWARE\\MsiWatch",
    [LAYER_POLICY] = L"SOFTWARE\\Policies\\MsiWatch",
};

enum {
    NAME_UNITS = 16384, /* the longest name of a value in Windows */
    /* How many bytes of a value's data are read: more than any setting accepts. */
    DATA_BYTES = (SETTINGS_TEXT + 1) * sizeof(wchar_t),
    SETTLE_MS = 100, /* changes within this time are read together */
    LOOK_MS = 60000, /* the keys are opened again this often, in case a change was not signalled */
};

/* ---- a value ---- */

/* A text in the registry need not end with a zero. */
static void take_text(struct settings_value *out, const wchar_t *data, DWORD bytes)
{
    wchar_t text[SETTINGS_TEXT + 2];
    size_t units = bytes / sizeof *data;
    memcpy(text, data, units * sizeof *data);
    text[units] = L'\0';
    char *utf8 = wide_to_utf8(text);
    if (utf8 == NULL) {
        return; /* not valid text, so the type stays VALUE_OTHER */
    }
    out->type = VALUE_TEXT;
    utf8_copy(out->text, sizeof out->text, utf8);
    free(utf8);
}

static void take_data(struct settings_value *out, DWORD type, const BYTE *data, DWORD bytes)
{
    DWORD dword;
    out->type = VALUE_OTHER;
    if (type == REG_DWORD && bytes == sizeof dword) {
        memcpy(&dword, data, sizeof dword);
        out->type = VALUE_NUMBER;
        out->number = dword;
    } else if (type == REG_QWORD && bytes == sizeof out->number) {
        memcpy(&out->number, data, sizeof out->number);
        out->type = VALUE_NUMBER;
    } else if (type == REG_SZ) {
        take_text(out, (const wchar_t *)(const void *)data, bytes);
    }
}

static LSTATUS read_value(HKEY key, DWORD n, struct settings_value *out)
{
    union {
        BYTE bytes[DATA_BYTES];
        wchar_t units[SETTINGS_TEXT + 1];
    } data;
    wchar_t *name = malloc(NAME_UNITS * sizeof *name);
    if (name == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    DWORD name_units = NAME_UNITS, bytes = sizeof data, type = REG_NONE;
    memset(out, 0, sizeof *out);
    LSTATUS error = RegEnumValueW(key, n, name, &name_units, NULL, &type, data.bytes, &bytes);
    if (error == ERROR_MORE_DATA) { /* longer than any setting accepts */
        out->type = type == REG_SZ ? VALUE_TEXT : VALUE_OTHER;
        memset(out->text, '.', sizeof out->text - 1);
        error = ERROR_SUCCESS;
    } else if (error == ERROR_SUCCESS) {
        take_data(out, type, data.bytes, bytes);
    }
    if (error == ERROR_SUCCESS) {
        char *utf8 = wide_to_utf8(name);
        utf8_copy(out->name, sizeof out->name, utf8 != NULL ? utf8 : "?");
        free(utf8);
    }
    free(name);
    return error;
}

static int next(struct settings_source *self, enum layer layer, size_t n,
                struct settings_value *out, char *error, size_t error_size)
{
    HKEY key;
    (void)self;
    LSTATUS result = RegOpenKeyExW(HKEY_LOCAL_MACHINE, keys[layer], 0,
                                   KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);
    if (result == ERROR_SUCCESS) {
        result = read_value(key, (DWORD)n, out);
        RegCloseKey(key);
    }
    if (result == ERROR_FILE_NOT_FOUND || result == ERROR_NO_MORE_ITEMS ||
        result == ERROR_KEY_DELETED) {
        return 0;
    }
    if (result != ERROR_SUCCESS) {
        char words[WIN32_ERROR_WORDS];
        win32_error_words((DWORD)result, words, sizeof words);
        snprintf(error, error_size, "cannot be read: %s (error %ld)", words, (long)result);
        return win32_error_to_uv((DWORD)result);
    }
    return 1;
}

struct settings_source *registry_source(void)
{
    static struct settings_source source = {next};
    return &source;
}

/* ---- the watch ---- */

enum { EVENT_STOP, EVENT_AGAIN, EVENT_KEYS, EVENT_COUNT = EVENT_KEYS + LAYER_COUNT };

struct registry_watch {
    struct log *log;
    void (*changed)(void *arg);
    void *arg;
    HANDLE thread;
    HANDLE events[EVENT_COUNT]; /* all auto-reset */
    HKEY keys[LAYER_COUNT];     /* NULL if the key is not watched */
    LSTATUS last_error[LAYER_COUNT];
};

/* Opens the key, or, while it does not exist, the nearest existing key above it, where its creation
 * can be seen. *itself says whether it is the key. */
static LSTATUS open_nearest(const wchar_t *path, HKEY *key, bool *itself)
{
    wchar_t part[64];
    wcscpy_s(part, sizeof part / sizeof part[0], path);
    *itself = true;
    for (;;) {
        LSTATUS error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, part, 0, KEY_NOTIFY | KEY_WOW64_64KEY,
                                      key);
        wchar_t *last = wcsrchr(part, L'\\');
        if (error != ERROR_FILE_NOT_FOUND || last == NULL) {
            return error;
        }
        *last = L'\0';
        *itself = false;
    }
}

static void subscribe(struct registry_watch *watch, enum layer layer)
{
    bool itself;
    if (watch->keys[layer] != NULL) {
        RegCloseKey(watch->keys[layer]); /* ends the old subscription */
        watch->keys[layer] = NULL;
    }
    LSTATUS error = open_nearest(keys[layer], &watch->keys[layer], &itself);
    if (error == ERROR_SUCCESS) {
        HANDLE event = watch->events[EVENT_KEYS + layer];
        ResetEvent(event); /* closing the previous key has set it */
        error = RegNotifyChangeKeyValue(watch->keys[layer], FALSE,
                                        itself ? REG_NOTIFY_CHANGE_LAST_SET | REG_NOTIFY_CHANGE_NAME
                                               : REG_NOTIFY_CHANGE_NAME,
                                        event, TRUE);
    } else {
        watch->keys[layer] = NULL;
    }
    if (error != ERROR_SUCCESS && error != watch->last_error[layer]) {
        log_win32(watch->log, LOG_WARN, (DWORD)error, "cannot watch %s for changes",
                  layer_key(layer));
    }
    watch->last_error[layer] = error;
}

static DWORD WINAPI run(void *arg)
{
    struct registry_watch *watch = arg;
    for (;;) {
        for (int layer = 0; layer < LAYER_COUNT; layer++) {
            subscribe(watch, (enum layer)layer);
        }
        /* Subscribe first, then read, so that no change is missed. This holds at the start, too: a
         * value may have changed since the settings were read. */
        watch->changed(watch->arg);
        DWORD which = WaitForMultipleObjects(EVENT_COUNT, watch->events, FALSE, LOOK_MS);
        if (which == WAIT_OBJECT_0 + EVENT_STOP || which == WAIT_FAILED) {
            return 0;
        }
        if (which != WAIT_TIMEOUT &&
            WaitForSingleObject(watch->events[EVENT_STOP], SETTLE_MS) != WAIT_TIMEOUT) {
            return 0;
        }
    }
}

struct registry_watch *registry_watch_new(struct log *log, void (*changed)(void *arg), void *arg)
{
    struct registry_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    watch->log = log;
    watch->changed = changed;
    watch->arg = arg;
    for (int i = 0; i < EVENT_COUNT; i++) {
        watch->events[i] = CreateEventW(NULL, FALSE, FALSE, NULL);
        if (watch->events[i] == NULL) {
            goto fail;
        }
    }
    watch->thread = CreateThread(NULL, 0, run, watch, 0, NULL);
    if (watch->thread != NULL) {
        return watch;
    }

fail:;
    DWORD error = GetLastError();
    registry_watch_free(watch);
    SetLastError(error);
    return NULL;
}

void registry_watch_free(struct registry_watch *watch)
{
    if (watch == NULL) {
        return;
    }
    if (watch->thread != NULL) {
        SetEvent(watch->events[EVENT_STOP]);
        WaitForSingleObject(watch->thread, INFINITE);
        CloseHandle(watch->thread);
    }
    for (int i = 0; i < LAYER_COUNT; i++) {
        if (watch->keys[i] != NULL) {
            RegCloseKey(watch->keys[i]);
        }
    }
    for (int i = 0; i < EVENT_COUNT; i++) {
        if (watch->events[i] != NULL) {
            CloseHandle(watch->events[i]);
        }
    }
    free(watch);
}

void registry_watch_again(struct registry_watch *watch)
{
    SetEvent(watch->events[EVENT_AGAIN]);
}
