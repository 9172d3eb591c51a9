/* xml.h: reads small XML texts from outside, one step at a time; allocates nothing, keeps nothing.
 *
 * It reads what Windows' event log renders, and no more: elements, attributes, text, the five
 * entities and numeric ones, comments, and an XML declaration at the beginning. The reading ends at
 * a DTD, a CDATA section, any other processing instruction or entity, a tag that does not match, or
 * text that is not UTF-8 or contains characters that XML does not allow. Namespaces are ignored.
 * Pure, any thread.
 */
#ifndef MSIWATCH_TESTS_XML_H
#define MSIWATCH_TESTS_XML_H

#include <stdbool.h>
#include <stddef.h>

enum { XML_DEPTH = 16 };

/* A piece of the text as it is, with its entities. */
struct xml_piece {
    const char *begin;
    size_t size;
};

enum xml_step {
    XML_OPEN,      /* an element begins: `name`; xml_attribute returns its attributes */
    XML_TEXT,      /* text inside it: `text` */
    XML_CLOSE,     /* it ends: `name` */
    XML_END,       /* the outermost element has ended, and nothing follows it */
    XML_MALFORMED, /* the text is not valid; every further step returns this */
};

struct xml {
    const char *at, *end;
    struct xml_piece name, text, attributes;
    struct xml_piece open[XML_DEPTH]; /* the elements that have begun */
    unsigned depth; /* how many: after XML_OPEN and before XML_CLOSE, the element counts */
    bool closes;    /* the last XML_OPEN was an empty element */
    bool done;      /* the outermost element has ended */
    bool failed;
};

/* The text must stay valid. */
void xml_begin(struct xml *xml, const char *text, size_t size);

enum xml_step xml_next(struct xml *xml);

bool xml_is(struct xml_piece piece, const char *name);

/* The value of an attribute of the element that has just begun; false: it has no such attribute. */
bool xml_attribute(const struct xml *xml, const char *name, struct xml_piece *value);

/* Copies a piece with its entities resolved, as a string of at most `characters` characters and
 * `room` - 1 bytes; the rest is cut, never inside a character. Control characters become spaces. */
void xml_text(struct xml_piece piece, char *out, size_t room, size_t characters);

#endif
