/* show_installs.h: shows installations to people, as CSV and as JSON. Pure functions that add to a
 * text; text from outside is made harmless. */
#ifndef MSIWATCH_CLI_SHOW_INSTALLS_H
#define MSIWATCH_CLI_SHOW_INSTALLS_H

#include "cli/base/installs.h"
#include "cli/base/text.h"
#include "cli/base/time_text.h"

/* "Example 1.2.3", "example.msi and 2 more", or nothing. */
void show_installation_name(struct text *out, const struct installs *installs,
                            const struct installation *one);

/* "success", "failed 1603", "refused 1618" (another one was running), "running", "lost"; "-" if it
 * is not known. */
void show_installation_result(struct text *out, const struct installation *one);

/* The header of the columns, and a line for each installation. */
void show_installs_head(struct text *out);
void show_installation(struct text *out, const struct installs *installs,
                       const struct installation *one, when_offset *offset);

void show_installs_csv_head(struct text *out);
void show_installation_csv(struct text *out, const struct installs *installs,
                           const struct installation *one);

/* An object with the columns of the CSV; what is not known is null. */
void show_installation_json(struct text *out, const struct installs *installs,
                            const struct installation *one);

#endif
