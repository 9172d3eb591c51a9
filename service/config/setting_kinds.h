/* setting_kinds.h: how each kind of setting is read, printed and described; one row a kind. Pure
 * functions. */
#ifndef MSIWATCH_SERVICE_SETTING_KINDS_H
#define MSIWATCH_SERVICE_SETTING_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_TEXT 512
#define SETTINGS_NAME 32 /* of an option or a value in the registry, with the final zero */

/* How a value is written: on the command line, and in the registry. */
enum setting_kinds {
    SETTING_TEXT,     /* REG_SZ */
    SETTING_PIPE,     /* REG_SZ, in the registry a pipe's name (pipe/pipe_name.h) */
    SETTING_FOLDER,   /* REG_SZ, in the registry an absolute path */
    SETTING_TEXTFILE, /* REG_SZ, "off" or an absolute path that ends in .prom */
    SETTING_NUMBER,   /* REG_DWORD or REG_QWORD */
    SETTING_SWITCH,   /* on|off; REG_DWORD 1 or 0 */
    SETTING_WORD,     /* one of `takes`, an enum in that order; REG_SZ */
};

struct setting {
    const char *name; /* the option's, without dashes */
    enum setting_kinds kind;
    size_t offset;                /* in struct settings */
    uint32_t least, most, preset; /* of numbers; preset also of words and switches */
    const char *takes, *help;
    const char *title; /* a line for people who choose from a list */
    bool next_start;   /* a new value waits for the service's next start */
};

/* A value as the registry holds one. */
struct settings_value {
    char name[SETTINGS_NAME]; /* UTF-8, cut */
    enum settings_value_type { VALUE_NUMBER, VALUE_TEXT, VALUE_OTHER } type;
    uint64_t number;
    char text[SETTINGS_TEXT + 1]; /* UTF-8, cut: then it is longer than any setting takes */
};

/* `to` and `from` are the setting's member in struct settings. */
struct setting_kind {
    const char *types; /* of the registry that it takes, in the registry's words */
    size_t size;       /* of the member, in bytes */
    bool any_text;     /* a message need not repeat the value: hardly any would be wrong */
    /* The value it has when nothing sets it. */
    void (*preset)(const struct setting *setting, void *to);
    /* Reads the text of an option. False, and nothing changed, if it does not fit. */
    bool (*parse)(const struct setting *setting, void *to, const char *text);
    /* Reads a value of the registry. Likewise. */
    bool (*take)(const struct setting *setting, void *to, const struct settings_value *value);
    /* As it would be given as an option. */
    void (*print)(const struct setting *setting, const void *from, char *out, size_t size);
    /* What it takes, for a message. */
    void (*takes)(const struct setting *setting, char *out, size_t size);
};

const struct setting_kind *setting_kind(enum setting_kinds kind);

/* Whether a path names the same file wherever it is used: from a drive's root, or a share's. */
bool settings_path_is_absolute(const char *path);

#endif
