/* wire_fields.h: describes an object of the protocol by a table of its members, which says where in
 * a struct each value is kept. The writer and the reader use the same table.
 *
 * The writer adds to a document that the caller owns. The reader gets JSON from the other side, so
 * it treats a member that is missing or has the wrong type as not known. Pure functions.
 */
#ifndef MSIWATCH_COMMON_WIRE_FIELDS_H
#define MSIWATCH_COMMON_WIRE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <yyjson.h>

enum wire_kind {
    WIRE_UINT,    /* uint32_t or uint64_t, by its size */
    WIRE_SINT,    /* int64_t */
    WIRE_COUNT,   /* int32_t; a negative number means not known */
    WIRE_BOOL,    /* bool */
    WIRE_TEXT,    /* char[], UTF-8; "": not known */
    WIRE_TIME,    /* int64_t, wall */
    WIRE_WORD,    /* an enum; `of` is its struct words */
    WIRE_CLASS,   /* bool: "background" or "normal" */
    WIRE_TRUST,   /* enum install_trust: true, false or not known */
    WIRE_REASONS, /* a set of REASON_*, as an array of words */
    WIRE_CHAIN,   /* struct chain, as an array of processes; `of` is a process' table */
    WIRE_STARTER, /* the process in a struct chain that started it, searched from `first` on; only
                     written */
    WIRE_OBJECT,  /* a struct inside this one, or this struct again; `of` is its table */
    WIRE_POINTED, /* the same, behind a pointer; NULL means not known; only written */
    WIRE_SOURCE,  /* always the word in `of`; only written */
    WIRE_INLINE,  /* the members of the table `of`, in this object */
};

enum wire_when {
    WIRE_ALWAYS,    /* null when it is not known */
    WIRE_OR_NULL,   /* null when it is not known or zero */
    WIRE_OR_ABSENT, /* left out when it is not known or zero */
};

struct wire_field {
    const char *name; /* NULL ends a table */
    enum wire_kind kind;
    size_t at, size; /* where it is in the struct */
    const void *of;
    enum wire_when when;
    size_t known; /* WIRE_KNOWN: the bool (for a WIRE_BOOL: the text) that says so; 0: none */
    bool (*is_known)(const void *whole); /* for the writer: decides by the whole struct instead */
    bool required;                       /* without it the reader fails */
    unsigned first; /* WIRE_STARTER: see there; WIRE_WORD: the value for an unknown word */
};

/* For the tables: where a member is, or a pointer to it, and where the member is that says whether
 * it is known. */
#define WIRE_AT(type, member)                                                                      \
    .at = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)
#define WIRE_POINTER_AT(type, member) .at = offsetof(struct type, member)
#define WIRE_KNOWN(type, member) .known = offsetof(struct type, member) + 1

/* Adds the members. Returns false if there is not enough memory. */
bool wire_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct wire_field *fields,
              const void *from);

/* Returns an object with the members, or NULL if there is not enough memory. */
yyjson_mut_val *wire_object(yyjson_mut_doc *doc, const struct wire_field *fields, const void *from);

/* Reads the members into a struct that was zeroed. Returns false if a required member is missing or
 * has the wrong type; the rest is read all the same. */
bool wire_get(yyjson_val *object, const struct wire_field *fields, void *to);

#endif
