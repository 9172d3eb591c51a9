/* install.c: reads what the protocol says about an installation. */
#include "cli/base/install.h"

#include "common/utf8.h"

#include <stdio.h>
#include <string.h>

bool install_from(struct told_install *install, yyjson_val *root)
{
    bool known = wire_event_read_install(root, &install->is);
    yyjson_val *object = yyjson_obj_get(root, "install");
    yyjson_val *starter = known ? yyjson_obj_get(object, "started_by")
                                : yyjson_obj_get(yyjson_obj_get(root, "mutex"), "owner_started_by");
    const char *image = yyjson_get_str(yyjson_obj_get(starter, "image"));
    install->ended = yyjson_is_str(yyjson_obj_get(object, "result"));
    utf8_copy(install->started_by, sizeof install->started_by,
              image == NULL ? "" : file_name(image));
    return known;
}

bool install_read(struct told_install *install, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    bool found = install_from(install, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    return found;
}

bool install_names_period(const struct install *install)
{
    return install->trusted != TRUST_NO && install->result != RESULT_COLLISION;
}

const char *install_doing(const struct install *install)
{
    switch (install->action) {
    case ACTION_REMOVE:
        return "removing";
    case ACTION_CHANGE:
        return "changing";
    case ACTION_UPDATE:
        return "updating";
    default:
        return "installing";
    }
}

void install_name(const struct install *install, char name[MSIWATCH_TEXT_SIZE])
{
    bool product = install->product[0] != '\0', version = product && install->version[0] != '\0';
    char whole[MSIWATCH_STRING_BYTES + MSIWATCH_VERSION_BYTES + 1];
    snprintf(whole, sizeof whole, "%s%s%s",
             product ? install->product : file_name(install->package), version ? " " : "",
             version ? install->version : "");
    utf8_copy(name, MSIWATCH_TEXT_SIZE, whole);
}
