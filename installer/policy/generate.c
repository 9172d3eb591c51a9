/* generate.c: msiwatch-policy, which writes what is said of the settings elsewhere than in the
 * code, from their one table (service/config/settings.c).
 *
 *   msiwatch-policy admx      MsiWatch.admx, the group policy template
 *   msiwatch-policy adml      en-US/MsiWatch.adml, its texts
 *   msiwatch-policy markdown  settings.md, the list for people
 * Formats: Microsoft's "Group Policy ADMX Syntax Reference Guide" and "ADMX schema".
 */
#include "config/layers.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SCHEMA "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"

/* Text between tags or in an attribute. */
static void put(const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", stdout);
            break;
        case '>':
            fputs("&gt;", stdout);
            break;
        case '&':
            fputs("&amp;", stdout);
            break;
        case '"':
            fputs("&quot;", stdout);
            break;
        default:
            putchar(*text);
        }
    }
}

static const struct setting *next_setting(size_t *n)
{
    return settings_at((*n)++);
}

static bool has_words(const struct setting *setting)
{
    return setting->kind == SETTING_WORD;
}

/* The words of "a|b,c|d", one a call; false behind the last. */
static bool next_word(const char **at, char word[64])
{
    size_t length = strcspn(*at, "|");
    if (length == 0 || length >= 64) {
        return false;
    }
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length + ((*at)[length] == '|');
    return true;
}

/* What a word is called in names of strings: "mutex,msiserver" is mutex_msiserver. */
static void word_id(char *word)
{
    for (; *word != '\0'; word++) {
        *word = *word == ',' ? '_' : *word;
    }
}

/* ---- admx ---- */

static void put_words(const struct setting *setting, const char *name)
{
    const char *at = setting->takes;
    char word[64], id[64];
    printf("        <enum id=\"%s_Value\" valueName=\"%s\" required=\"true\">\n", name, name);
    while (next_word(&at, word)) {
        snprintf(id, sizeof id, "%s", word);
        word_id(id);
        printf("          <item displayName=\"$(string.%s_%s)\">\n"
               "            <value><string>",
               name, id);
        put(word);
        printf("</string></value>\n"
               "          </item>\n");
    }
    printf("        </enum>\n");
}

static void put_policy(const struct setting *setting)
{
    char name[SETTINGS_NAME];
    settings_value_name(setting, name);
    printf("    <policy name=\"%s\" class=\"Machine\" displayName=\"$(string.%s)\"\n"
           "            explainText=\"$(string.%s_Help)\"",
           name, name, name);
    if (setting->kind != SETTING_SWITCH) {
        printf(" presentation=\"$(presentation.%s)\"", name);
    }
    printf("\n            key=\"SOFTWARE\\Policies\\MsiWatch\"");
    if (setting->kind == SETTING_SWITCH) {
        printf(" valueName=\"%s\"", name);
    }
    printf(">\n"
           "      <parentCategory ref=\"MsiWatch\"/>\n"
           "      <supportedOn ref=\"SUPPORTED_MsiWatch\"/>\n");
    if (setting->kind == SETTING_SWITCH) {
        printf("      <enabledValue><decimal value=\"1\"/></enabledValue>\n"
               "      <disabledValue><decimal value=\"0\"/></disabledValue>\n");
    } else {
        printf("      <elements>\n");
        if (setting->kind == SETTING_NUMBER) {
            printf("        <decimal id=\"%s_Value\" valueName=\"%s\" required=\"true\" "
                   "minValue=\"%u\" maxValue=\"%u\"/>\n",
                   name, name, (unsigned)setting->least, (unsigned)setting->most);
        } else if (has_words(setting)) {
            put_words(setting, name);
        } else {
            printf("        <text id=\"%s_Value\" valueName=\"%s\" required=\"true\" "
                   "maxLength=\"%d\"/>\n",
                   name, name, SETTINGS_TEXT - 1);
        }
        printf("      </elements>\n");
    }
    printf("    </policy>\n");
}

static void put_head(const char *root)
{
    printf("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
           "<!-- Made by msiwatch-policy from service/config/settings.c: change that instead. -->\n"
           "<%s xmlns=\"" SCHEMA "\" revision=\"1.0\" schemaVersion=\"1.0\">\n",
           root);
}

static void write_admx(void)
{
    const struct setting *setting;
    put_head("policyDefinitions");
    printf("  <policyNamespaces>\n"
           "    <target prefix=\"msiwatch\" namespace=\"MsiWatch.Policies\"/>\n"
           "  </policyNamespaces>\n"
           "  <resources minRequiredRevision=\"1.0\"/>\n"
           "  <supportedOn>\n"
           "    <definitions>\n"
           "      <definition name=\"SUPPORTED_MsiWatch\" "
           "displayName=\"$(string.SUPPORTED_MsiWatch)\"/>\n"
           "    </definitions>\n"
           "  </supportedOn>\n"
           "  <categories>\n"
           "    <category name=\"MsiWatch\" displayName=\"$(string.MsiWatch)\"/>\n"
           "  </categories>\n"
           "  <policies>\n");
    for (size_t n = 0; (setting = next_setting(&n)) != NULL;) {
        put_policy(setting);
    }
    printf("  </policies>\n"
           "</policyDefinitions>\n");
}

/* ---- adml ---- */

static void put_string(const char *id, const char *suffix, const char *text)
{
    printf("      <string id=\"%s%s\">", id, suffix);
    put(text);
    printf("</string>\n");
}

static void put_help(const struct setting *setting, const char *name)
{
    printf("      <string id=\"%s_Help\">", name);
    putchar(toupper((unsigned char)setting->help[0]));
    put(setting->help + 1);
    printf(".\n\n");
    if (setting->kind == SETTING_NUMBER) {
        printf("A whole number from %u to %u. If not configured: %u, or what the machine's "
               "own settings say.",
               (unsigned)setting->least, (unsigned)setting->most, (unsigned)setting->preset);
    } else {
        printf("It takes ");
        put(setting->takes);
        printf(". If not configured: what the machine's own settings say, or else the default.");
    }
    printf("\n\n%s</string>\n", setting->next_start
                                    ? "Takes effect when the service MsiWatch starts next."
                                    : "Takes effect at once.");
}

static void put_presentation(const struct setting *setting)
{
    char name[SETTINGS_NAME];
    settings_value_name(setting, name);
    if (setting->kind == SETTING_SWITCH) {
        return;
    }
    printf("      <presentation id=\"%s\">\n", name);
    if (setting->kind == SETTING_NUMBER) {
        printf("        <decimalTextBox refId=\"%s_Value\" defaultValue=\"%u\">", name,
               (unsigned)setting->preset);
        put(setting->takes);
        printf("</decimalTextBox>\n");
    } else if (has_words(setting)) {
        printf("        <dropdownList refId=\"%s_Value\" noSort=\"true\" defaultItem=\"%u\">", name,
               (unsigned)setting->preset);
        put(setting->title);
        printf("</dropdownList>\n");
    } else {
        printf("        <textBox refId=\"%s_Value\">\n          <label>", name);
        put(setting->takes);
        printf("</label>\n        </textBox>\n");
    }
    printf("      </presentation>\n");
}

static void put_word_strings(const struct setting *setting, const char *name)
{
    const char *at = setting->takes;
    char word[64], id[64];
    while (has_words(setting) && next_word(&at, word)) {
        snprintf(id, sizeof id, "%s", word);
        word_id(id);
        printf("      <string id=\"%s_%s\">", name, id);
        put(word);
        printf("</string>\n");
    }
}

static void write_adml(void)
{
    const struct setting *setting;
    put_head("policyDefinitionResources");
    printf("  <displayName>MsiWatch</displayName>\n"
           "  <description>The settings of the service MsiWatch, which knows whether Windows "
           "Installer is busy.</description>\n"
           "  <resources>\n"
           "    <stringTable>\n");
    put_string("MsiWatch", "", "MsiWatch");
    put_string("SUPPORTED_MsiWatch", "", "MsiWatch 0.1.0 and later");
    for (size_t n = 0; (setting = next_setting(&n)) != NULL;) {
        char name[SETTINGS_NAME];
        settings_value_name(setting, name);
        put_string(name, "", setting->title);
        put_help(setting, name);
        put_word_strings(setting, name);
    }
    printf("    </stringTable>\n"
           "    <presentationTable>\n");
    for (size_t n = 0; (setting = next_setting(&n)) != NULL;) {
        put_presentation(setting);
    }
    printf("    </presentationTable>\n"
           "  </resources>\n"
           "</policyDefinitionResources>\n");
}

/* ---- markdown ---- */

static const char *registry_type(const struct setting *setting)
{
    return setting->kind == SETTING_NUMBER   ? "REG_DWORD, REG_QWORD"
           : setting->kind == SETTING_SWITCH ? "REG_DWORD 1, 0"
                                             : "REG_SZ";
}

/* A cell of a table, in which | has to be escaped. */
static void put_cell(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            putchar('\\');
        }
        putchar(*text);
    }
}

static void put_range(const struct setting *setting)
{
    struct settings presets;
    char preset[SETTINGS_TEXT];
    settings_init(&presets);
    settings_text(setting, &presets, preset, sizeof preset);
    if (setting->kind == SETTING_NUMBER) {
        printf("%u to %u ", (unsigned)setting->least, (unsigned)setting->most);
    }
    put_cell(setting->takes);
    printf(" | %s |", preset[0] == '\0' ? "the product's own" : preset);
}

static void write_markdown(void)
{
    const struct setting *setting;
    printf(
        "# Settings\n"
        "<!-- Made by msiwatch-policy from service/config/settings.c: change that instead. -->\n"
        "Every setting is an option of `msiwatchd run` and `msiwatchd install`, and a value in "
        "the registry. From the weakest to the strongest: the default, `%s`, the options that "
        "`msiwatchd install` was given, `%s`, the options of `msiwatchd run`.\n\n"
        "A value of another type or out of range is rejected: the setting keeps its default, the "
        "log says why, and so does `msiwatch about`. `PipeSddl` is the exception: with a "
        "descriptor that is invalid or unsafe, the service does not start, and "
        "the event log says so, because the default would open the pipe to people somebody "
        "meant to keep out. A change in the registry takes effect "
        "within a second, unless the last column says that it waits for the next start.\n\n"
        "| value in the registry | type | option | takes | default | what it is | next start "
        "|\n|---|---|---|---|---|---|---|\n",
        layer_key(LAYER_MACHINE), layer_key(LAYER_POLICY));
    for (size_t n = 0; (setting = next_setting(&n)) != NULL;) {
        char name[SETTINGS_NAME];
        settings_value_name(setting, name);
        printf("| `%s` | %s | `--%s` | ", name, registry_type(setting), setting->name);
        put_range(setting);
        printf(" ");
        put_cell(setting->help);
        printf(" | %s |\n", setting->next_start ? "yes" : "");
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*write)(void);
    } forms[] = {{"admx", write_admx}, {"adml", write_adml}, {"markdown", write_markdown}};
    for (size_t i = 0; argc == 2 && i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(argv[1], forms[i].name) == 0) {
            forms[i].write();
            return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
        }
    }
    fprintf(stderr, "usage: msiwatch-policy admx|adml|markdown\n");
    return 87;
}
