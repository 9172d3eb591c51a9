/* install.c: reads what the protocol says about an installation. */
#include "cli/base/install.h"

#include "cli/base/show.h"
#include "common/utf8.h"
#include "common/wire_fields.h"

#include <stdio.h>
#include <string.h>
#include <yyjson.h>

static const struct wire_field starter_fields[] = {
    {"image", WIRE_TEXT, WIRE_AT(told_install, started_by)}, {0}};

static const struct wire_field owner_fields[] = {
    {"owner_started_by", WIRE_OBJECT, .of = starter_fields}, {0}};

static const struct wire_field told_fields[] = {
    {"product", WIRE_TEXT, WIRE_AT(told_install, product)},
    {"version", WIRE_TEXT, WIRE_AT(told_install, version)},
    {"package", WIRE_TEXT, WIRE_AT(told_install, package)},
    {"action", WIRE_TEXT, WIRE_AT(told_install, action)},
    {"result", WIRE_TEXT, WIRE_AT(told_install, result)},
    {"reboot", WIRE_TEXT, WIRE_AT(told_install, reboot)},
    {"product_code", WIRE_TEXT, WIRE_AT(told_install, product_code)},
    {"further", WIRE_UINT, WIRE_AT(told_install, further)},
    {"started_at", WIRE_TIME, WIRE_AT(told_install, started_at_ms)},
    {"status", WIRE_UINT, WIRE_AT(told_install, status), WIRE_KNOWN(told_install, status_known)},
    {"client_pid", WIRE_UINT, WIRE_AT(told_install, client_pid)},
    {"started_by", WIRE_OBJECT, .of = starter_fields},
    {0}};

bool install_from(struct told_install *install, yyjson_val *root)
{
    yyjson_val *value = yyjson_obj_get(root, "install"), *one;
    yyjson_arr_iter each = yyjson_arr_iter_with(yyjson_obj_get(value, "chain"));
    bool known = yyjson_is_obj(value);
    memset(install, 0, sizeof *install);
    wire_get(known ? value : yyjson_obj_get(root, "mutex"), known ? told_fields : owner_fields,
             install);
    show_keep_base_name(install->package);
    show_keep_base_name(install->started_by);
    install->untrusted = yyjson_is_false(yyjson_obj_get(value, "trusted"));
    while (install->chain_count < INSTALL_CHAIN && (one = yyjson_arr_iter_next(&each)) != NULL) {
        install->chain[install->chain_count++] = (uint32_t)yyjson_get_uint(
            yyjson_obj_get(one, "pid"));
    }
    return known;
}

bool install_read(struct told_install *install, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    bool found = install_from(install, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    return found;
}

bool install_names_period(const struct told_install *install)
{
    return !install->untrusted && strcmp(install->result, "collision") != 0;
}

const char *install_doing(const struct told_install *install)
{
    static const char *const words[][2] = {
        {"remove", "removing"}, {"change", "changing"}, {"update", "updating"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(install->action, words[i][0]) == 0) {
            return words[i][1];
        }
    }
    return "installing";
}

void install_name(const struct told_install *install, char name[MSIWATCH_TEXT_SIZE])
{
    const char *what = install->product[0] != '\0' ? install->product : install->package;
    bool versioned = install->product[0] != '\0' && install->version[0] != '\0';
    char whole[MSIWATCH_TEXT_SIZE + MSIWATCH_NAME_SIZE + 1];
    snprintf(whole, sizeof whole, "%s%s%s", what, versioned ? " " : "",
             versioned ? install->version : "");
    utf8_copy(name, MSIWATCH_TEXT_SIZE, whole);
}
