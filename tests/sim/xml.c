/* xml.c: reads small XML texts. */
#include "xml.h"

#include <stdint.h>
#include <string.h>

void xml_begin(struct xml *xml, const char *text, size_t size)
{
    memset(xml, 0, sizeof *xml);
    xml->at = text;
    xml->end = text + size;
}

bool xml_is(struct xml_piece piece, const char *name)
{
    return piece.size == strlen(name) && memcmp(piece.begin, name, piece.size) == 0;
}

/* ---- characters ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Whether it may be in a name; the event log's names are ASCII. */
static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':';
}

/* Whether XML 1.0 allows it as a Char. */
static bool is_char(uint32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xD7FF) ||
           (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

/* Reads one UTF-8 character; returns its length in bytes, or 0 if there is none. */
static size_t take_utf8(const char *at, const char *end, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)at;
    unsigned char first = bytes[0];
    size_t length = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length == 0 || first > 0xF4 || (size_t)(end - at) < length) {
        return 0;
    }
    uint32_t value = length == 1 ? first : first & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0u) != 0x80u) {
            return 0;
        }
        value = value << 6 | (bytes[i] & 0x3Fu);
    }
    *out = value;
    return value >= least[length] && is_char(value) ? length : 0;
}

static bool take_numeric(const char *at, const char *end, uint32_t *out)
{
    unsigned base = 10;
    uint32_t value = 0;
    if (at < end && *at == 'x') {
        base = 16;
        at++;
    }
    if (at == end || end - at > 8) {
        return false;
    }
    for (; at < end; at++) {
        unsigned digit = *at >= '0' && *at <= '9'   ? (unsigned)(*at - '0')
                         : *at >= 'a' && *at <= 'f' ? (unsigned)(*at - 'a') + 10
                         : *at >= 'A' && *at <= 'F' ? (unsigned)(*at - 'A') + 10
                                                    : 99;
        if (digit >= base) {
            return false;
        }
        value = value * base + digit; /* eight digits fit into `value` */
    }
    *out = value;
    return is_char(value);
}

/* Reads one entity; returns its length in bytes, or 0 if it is not a known one. */
static size_t take_entity(const char *at, const char *end, uint32_t *out)
{
    static const struct {
        const char *name;
        char is;
    } entities[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    enum { LONGEST = 12 };
    size_t most = (size_t)(end - at) < LONGEST ? (size_t)(end - at) : LONGEST;
    const char *stop = memchr(at, ';', most);
    if (stop == NULL) {
        return 0;
    }
    struct xml_piece name = {at + 1, (size_t)(stop - at) - 1};
    size_t length = (size_t)(stop - at) + 1;
    if (name.size > 0 && *name.begin == '#') {
        return take_numeric(name.begin + 1, stop, out) ? length : 0;
    }
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (xml_is(name, entities[i].name)) {
            *out = (unsigned char)entities[i].is;
            return length;
        }
    }
    return 0;
}

static size_t take_any(const char *at, const char *end, uint32_t *out)
{
    return *at == '&' ? take_entity(at, end, out) : take_utf8(at, end, out);
}

/* Reads text up to `stop`, `other`, or the end; false: it is not well-formed. */
static bool take_text(struct xml *xml, char stop, char other, struct xml_piece *out)
{
    uint32_t c;
    out->begin = xml->at;
    while (xml->at < xml->end && *xml->at != stop && *xml->at != other) {
        size_t length = take_any(xml->at, xml->end, &c);
        if (length == 0) {
            return false;
        }
        xml->at += length;
    }
    out->size = (size_t)(xml->at - out->begin);
    return true;
}

static size_t put_utf8(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80u | (c & 0x3Fu));
        c >>= 6;
    }
    out[0] = (char)((0xF00u >> length & 0xFFu) | c);
    return length;
}

void xml_text(struct xml_piece piece, char *out, size_t room, size_t characters)
{
    const char *at = piece.begin, *end = piece.size == 0 ? at : piece.begin + piece.size;
    size_t size = 0;
    for (; at < end && characters > 0; characters--) {
        uint32_t c;
        char bytes[4];
        size_t length = take_any(at, end, &c);
        size_t more = length == 0 ? room : put_utf8(bytes, c < ' ' ? ' ' : c);
        if (size + more >= room) {
            break;
        }
        memcpy(out + size, bytes, more);
        size += more;
        at += length;
    }
    out[size] = '\0';
}

/* ---- markup ---- */

static void skip_space(struct xml *xml)
{
    while (xml->at < xml->end && is_space(*xml->at)) {
        xml->at++;
    }
}

static bool skip(struct xml *xml, const char *text)
{
    size_t size = strlen(text);
    if ((size_t)(xml->end - xml->at) < size || memcmp(xml->at, text, size) != 0) {
        return false;
    }
    xml->at += size;
    return true;
}

static bool take_name(struct xml *xml, struct xml_piece *out)
{
    out->begin = xml->at;
    while (xml->at < xml->end && is_name(*xml->at)) {
        xml->at++;
    }
    out->size = (size_t)(xml->at - out->begin);
    return out->size > 0;
}

/* Reads name = "value" after at least one space. */
static bool take_attribute(struct xml *xml, struct xml_piece *name, struct xml_piece *value)
{
    if (!take_name(xml, name)) {
        return false;
    }
    skip_space(xml);
    if (!skip(xml, "=")) {
        return false;
    }
    skip_space(xml);
    char quote = xml->at < xml->end ? *xml->at : '\0';
    if (quote != '"' && quote != '\'') {
        return false;
    }
    xml->at++;
    if (!take_text(xml, quote, '<', value) || xml->at == xml->end || *xml->at != quote) {
        return false;
    }
    xml->at++;
    return true;
}

/* Reads what follows the name, up to `>`, `/>` or `?>`. */
static bool take_attributes(struct xml *xml)
{
    xml->attributes.begin = xml->at;
    for (;;) {
        struct xml_piece name, value;
        const char *before = xml->at;
        skip_space(xml);
        char c = xml->at < xml->end ? *xml->at : '\0';
        if (c == '>' || c == '/' || c == '?') {
            xml->attributes.size = (size_t)(before - xml->attributes.begin);
            return true;
        }
        if (xml->at == before || !take_attribute(xml, &name, &value)) {
            return false;
        }
    }
}

bool xml_attribute(const struct xml *xml, const char *name, struct xml_piece *value)
{
    struct xml part = {.at = xml->attributes.begin,
                       .end = xml->attributes.begin + xml->attributes.size};
    struct xml_piece found;
    while (part.at < part.end) {
        skip_space(&part);
        if (!take_attribute(&part, &found, value)) {
            return false;
        }
        if (xml_is(found, name)) {
            return true;
        }
    }
    return false;
}

/* Skips a comment, or the declaration at the beginning; `xml->at` is after "<!" or "<?". */
static bool skip_comment(struct xml *xml)
{
    struct xml_piece text;
    if (!skip(xml, "--")) {
        return false; /* a DTD, or CDATA */
    }
    while (take_text(xml, '-', '&', &text)) {
        if (skip(xml, "-->")) {
            return true;
        }
        if (xml->at == xml->end || skip(xml, "--")) {
            return false;
        }
        xml->at++;
    }
    return false;
}

static bool skip_declaration(struct xml *xml)
{
    struct xml_piece name;
    return take_name(xml, &name) && xml_is(name, "xml") && take_attributes(xml) && skip(xml, "?>");
}

static enum xml_step fail(struct xml *xml)
{
    xml->failed = true;
    return XML_MALFORMED;
}

static enum xml_step open_element(struct xml *xml)
{
    if (xml->done || xml->depth == XML_DEPTH || !take_name(xml, &xml->name) ||
        !take_attributes(xml)) {
        return fail(xml);
    }
    xml->closes = skip(xml, "/");
    if (!skip(xml, ">")) {
        return fail(xml);
    }
    xml->open[xml->depth++] = xml->name;
    return XML_OPEN;
}

static enum xml_step close_element(struct xml *xml, struct xml_piece name)
{
    struct xml_piece open = xml->depth == 0 ? (struct xml_piece){"", 0} : xml->open[xml->depth - 1];
    if (open.size == 0 || open.size != name.size ||
        memcmp(open.begin, name.begin, name.size) != 0) {
        return fail(xml);
    }
    xml->name = name;
    xml->depth--;
    xml->done = xml->depth == 0;
    return XML_CLOSE;
}

static enum xml_step close_tag(struct xml *xml)
{
    struct xml_piece name;
    if (!take_name(xml, &name)) {
        return fail(xml);
    }
    skip_space(xml);
    return skip(xml, ">") ? close_element(xml, name) : fail(xml);
}

/* Whether text is allowed here: any within an element, only spaces outside. */
static bool text_fits(const struct xml *xml)
{
    for (size_t i = 0; xml->depth == 0 && i < xml->text.size; i++) {
        if (!is_space(xml->text.begin[i])) {
            return false;
        }
    }
    return true;
}

enum xml_step xml_next(struct xml *xml)
{
    if (xml->closes) {
        xml->closes = false;
        return close_element(xml, xml->name);
    }
    bool first = !xml->failed && xml->depth == 0 && !xml->done;
    while (!xml->failed && xml->at < xml->end) {
        if (*xml->at != '<') {
            if (!take_text(xml, '<', '<', &xml->text) || !text_fits(xml)) {
                return fail(xml);
            }
            if (xml->depth > 0) {
                return XML_TEXT;
            }
        } else if (skip(xml, "</")) {
            return close_tag(xml);
        } else if (skip(xml, "<!")) {
            if (!skip_comment(xml)) {
                return fail(xml);
            }
        } else if (skip(xml, "<?")) {
            if (!first || !skip_declaration(xml)) {
                return fail(xml);
            }
        } else {
            xml->at++;
            return open_element(xml);
        }
        first = false;
    }
    return !xml->failed && xml->done ? XML_END : fail(xml);
}
