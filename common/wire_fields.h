/* wire_fields.h: an object of the protocol as a table of its members, which says where in a struct
 * each is kept: the writer and the reader use the same one.
 *
 * The writer builds into a document that the caller owns; the reader takes what a peer sent: a
 * member that is missing or of the wrong type is not known. Pure functions.
 */
#ifndef MSIWATCH_COMMON_WIRE_FIELDS_H
#define MSIWATCH_COMMON_WIRE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <yyjson.h>

enum wire_kind {
    WIRE_UINT,    /* uint32_t or uint64_t, by its size */
    WIRE_SINT,    /* int64_t */
    WIRE_COUNT,   /* int32_t; below zero: not known */
    WIRE_BOOL,    /* bool */
    WIRE_TEXT,    /* char[], UTF-8; "": not known */
    WIRE_TIME,    /* int64_t, wall */
    WIRE_WORD,    /* an enum; `of` is its struct words */
    WIRE_CLASS,   /* bool: "background" or "normal" */
    WIRE_TRUST,   /* enum install_trust: true, false or not known */
    WIRE_REASONS, /* a set of REASON_*, as an array of words */
    WIRE_CHAIN,   /* struct chain, as an array of processes; `of` is a process' table */
    WIRE_STARTER, /* of a struct chain, who began it, from `first` on; only written */
    WIRE_OBJECT,  /* a struct of its own, or this one; `of` is its table */
    WIRE_POINTED, /* the same behind a pointer; NULL: not known; only written */
    WIRE_SOURCE,  /* the word that `of` is; only written */
    WIRE_INLINE,  /* the members of the table `of`, in this object */
};

enum wire_when {
    WIRE_ALWAYS,    /* null when it is not known */
    WIRE_OR_NULL,   /* likewise, and zero means that */
    WIRE_OR_ABSENT, /* likewise, and it is left out then */
};

struct wire_field {
    const char *name; /* NULL ends a table */
    enum wire_kind kind;
    size_t at, size; /* where it is in the struct */
    const void *of;
    enum wire_when when;
    size_t known; /* WIRE_KNOWN: a bool that says so, or, of a WIRE_BOOL, a text; 0: none */
    bool (*is_known)(const void *whole); /* instead, by the whole struct, when it is written */
    bool required;                       /* without it the reader fails */
    unsigned first; /* WIRE_STARTER; WIRE_WORD: the value when it is none of the words */
};

/* For the tables: a member's place; and the place of what says whether it is known. */
#define WIRE_AT(type, member)                                                                      \
    .at = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)
#define WIRE_KNOWN(type, member) .known = offsetof(struct type, member) + 1

/* Adds the members. False when memory is out. */
bool wire_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct wire_field *fields,
              const void *from);

/* An object with them; NULL when memory is out. */
yyjson_mut_val *wire_object(yyjson_mut_doc *doc, const struct wire_field *fields, const void *from);

/* Reads them into a struct that was zeroed. False when a required one is not as it should be; what
 * follows it was not read then. */
bool wire_get(yyjson_val *object, const struct wire_field *fields, void *to);

#endif
