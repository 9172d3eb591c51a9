/* xml.h: a reader of small XML texts that come from outside: one step after another, nothing
 * allocated, nothing kept.
 *
 * What Windows' event log renders, and no more: elements, attributes, text, the five entities and
 * numeric ones, comments, and an XML declaration in front. A DTD, a CDATA section, any other
 * processing instruction or entity, a tag that does not fit, and text that is not UTF-8 of
 * characters that XML allows end the reading. Namespaces are not looked at. Pure, any thread.
 */
#ifndef MSIWATCH_TESTS_XML_H
#define MSIWATCH_TESTS_XML_H

#include <stdbool.h>
#include <stddef.h>

enum { XML_DEPTH = 16 };

/* A piece of the text, as it stands there, entities and all. */
struct xml_piece {
    const char *begin;
    size_t size;
};

enum xml_step {
    XML_OPEN,      /* an element begins: `name`; xml_attribute gives its attributes */
    XML_TEXT,      /* text within it: `text` */
    XML_CLOSE,     /* it ends: `name` */
    XML_END,       /* the outermost one has ended, and nothing follows it */
    XML_MALFORMED, /* for good */
};

struct xml {
    const char *at, *end;
    struct xml_piece name, text, attributes;
    struct xml_piece open[XML_DEPTH]; /* the elements that have begun */
    unsigned depth; /* how many: after XML_OPEN and before XML_CLOSE the element counts */
    bool closes;    /* the last XML_OPEN was of an empty element */
    bool done;      /* the outermost has ended */
    bool failed;
};

/* The text must stay. */
void xml_begin(struct xml *xml, const char *text, size_t size);

enum xml_step xml_next(struct xml *xml);

bool xml_is(struct xml_piece piece, const char *name);

/* The value of an attribute of the element that has just begun; false if it has none. */
bool xml_attribute(const struct xml *xml, const char *name, struct xml_piece *value);

/* A piece with its entities resolved, as a string of at most `characters` characters and `room` - 1
 * bytes; the rest is cut off, never inside a character. Characters below a space become spaces. */
void xml_text(struct xml_piece piece, char *out, size_t room, size_t characters);

#endif
