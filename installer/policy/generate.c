/* generate.c: msiwatch-policy, which writes the documents about the settings from their table
 * (service/config/settings.c).
 *
 *   msiwatch-policy admx      MsiWatch.admx, the group policy template
 *   msiwatch-policy adml      en-US/MsiWatch.adml, its texts
 *   msiwatch-policy markdown  settings.md, the list for people
 * Formats: Microsoft's "Group Policy ADMX Syntax Reference Guide" and "ADMX schema".
 */
#include "common/default_pipe.h"
#include "config/layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"

/* Prints text as XML, between tags or in an attribute. */
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

/* Copies the next word of "a|b,c|d" to `word`; false after the last. */
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

/* Changes a word for use in names of strings: "mutex,msiserver" becomes mutex_msiserver. */
static void word_id(char *word)
{
    for (; *word != '\0'; word++) {
        *word = *word == ',' ? '_' : *word;
    }
}

/* Returns the unit to print after a number, or "". */
static const char *unit(const struct setting *setting)
{
    static const struct {
        const char *takes, *unit;
    } units[] = {{"MS", " ms"},   {"S", " s"},         {"DAYS", " days"},
                 {"MIB", " MiB"}, {"BYTES", " bytes"}, {"N", ""}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(setting->takes, units[i].takes) == 0) {
            return units[i].unit;
        }
    }
    fprintf(stderr, "msiwatch-policy: no unit for %s\n", setting->takes);
    exit(1);
}

/* Prints the default for people: an empty text stands for what the service uses then. */
static void print_default(const struct setting *setting, char *out, size_t size)
{
    struct settings presets;
    settings_init(&presets);
    if (setting->kind == SETTING_PIPE) {
        snprintf(out, size, "%s", "\\\\.\\pipe\\" DEFAULT_PIPE);
    } else if (setting->kind == SETTING_FOLDER) {
        snprintf(out, size, "%s", "%ProgramData%\\MsiWatch");
    } else if (setting->kind == SETTING_TEXT) {
        snprintf(out, size, "the built-in descriptor");
    } else {
        settings_text(setting, &presets, out, size);
    }
    if (setting->kind == SETTING_NUMBER) {
        size_t length = strlen(out);
        snprintf(out + length, size - length, "%s", unit(setting));
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
           "<!-- Generated by msiwatch-policy from service/config/settings.c: change that instead. "
           "-->\n"
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
    char preset[SETTINGS_TEXT];
    print_default(setting, preset, sizeof preset);
    printf("      <string id=\"%s_Help\">", name);
    put(setting->help);
    printf("\n\n");
    if (setting->kind == SETTING_NUMBER) {
        printf("Allowed values: %u to %u%s. ", (unsigned)setting->least, (unsigned)setting->most,
               unit(setting));
    } else if (setting->kind == SETTING_SWITCH) {
        printf("Enabled means on, Disabled means off. ");
    } else if (setting->kind == SETTING_TEXTFILE) {
        printf("Allowed values: off, or an absolute path that ends in .prom. ");
    }
    printf("Default: ");
    put(preset);
    printf(". If this policy is not configured, the machine's own setting applies, or else the "
           "default.\n\n%s</string>\n",
           setting->next_start ? "A change takes effect the next time that the service starts."
                               : "A running service applies a change within a second.");
}

/* Prints the label of a field: what to enter, and in which unit. */
static void put_label(const struct setting *setting)
{
    put(setting->title);
    if (setting->kind == SETTING_NUMBER && unit(setting)[0] != '\0') {
        printf(" (%s)", unit(setting) + 1);
    }
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
        put_label(setting);
        printf("</decimalTextBox>\n");
    } else if (has_words(setting)) {
        printf("        <dropdownList refId=\"%s_Value\" noSort=\"true\" defaultItem=\"%u\">", name,
               (unsigned)setting->preset);
        put_label(setting);
        printf("</dropdownList>\n");
    } else {
        printf("        <textBox refId=\"%s_Value\">\n          <label>", name);
        put_label(setting);
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

/* Prints a cell of a table, in which | must be escaped. */
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
    char preset[SETTINGS_TEXT];
    print_default(setting, preset, sizeof preset);
    if (setting->kind == SETTING_NUMBER) {
        printf("%u to %u%s", (unsigned)setting->least, (unsigned)setting->most, unit(setting));
    } else {
        put_cell(setting->takes);
    }
    const char *quote = strchr(preset, '\\') != NULL ? "`" : "";
    printf(" | %s%s%s |", quote, preset, quote);
}

static void write_markdown(void)
{
    const struct setting *setting;
    printf(
        "# Settings\n"
        "<!-- Generated by msiwatch-policy from service/config/settings.c: change that instead. "
        "-->\n"
        "Every setting is an option of `msiwatchd run` and `msiwatchd install`, and a value in "
        "the registry. The service reads them from these sources; each overrides those before "
        "it:\n\n"
        "1. the default\n"
        "2. `%s`\n"
        "3. the options given to `msiwatchd install`\n"
        "4. `%s`\n"
        "5. the options of `msiwatchd run`\n\n"
        "If a value in the registry has the wrong type or is out of range, the service uses the "
        "default; its log and `msiwatch about` say why. `PipeSddl` is an exception: if the "
        "descriptor is invalid or unsafe, the service does not start, and says so in the event "
        "log, because the default could open the pipe to people who were meant to be kept out.\n\n"
        "A change in the registry takes effect within a second. If the last column says \"yes\", "
        "it takes effect at the next start of the service.\n\n"
        "| value in the registry | type | option | allowed values | default | meaning | next start "
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
