/* hostile.h: texts that other programs may have written, each dangerous for some output. There is
 * one list for all outputs, because a text that is dangerous for one must be harmless in every
 * output. */
#ifndef MSIWATCH_TESTS_HOSTILE_H
#define MSIWATCH_TESTS_HOSTILE_H

static const char *const hostile[] = {
    "=cmd|' /C calc'!A0",
    "+1+cmd",
    "-1+cmd",
    "@SUM(1)",
    "=1,\"2\"",
    "\"=1", /* spreadsheets */
    "\x1b[2J\x1b]0;title\x07",
    "a\rb\nc",
    "\b\b\b",
    "\x7f",
    ("\xc2\x9b"
     "31m"), /* terminals */
    ("\xe2\x80\xae"
     "exe.txt"),
    "\xe2\x80\xa8line",
    "\xe2\x81\xa6isolate", /* marks that change the direction of writing */
    "<script>alert(1)</script>",
    "\" onload=\"alert(1)",
    "'><img src=x>",
    "&lt;b&gt;", /* HTML */
    "%1 %%1 %%4096",
    "%n%t", /* Event Viewer */
    "a\"} 1\nmsiwatch_up 0",
    "\\", /* Prometheus, JSON */
    "`$(calc)",
    "$env:PATH; calc",
    "'; calc; '", /* PowerShell */
    "\xff\xfe",
    "\xc0\xaf",
    "\xed\xa0\x80",
    "\xf0\x9f\x98", /* not UTF-8 */
};
enum { HOSTILE = sizeof hostile / sizeof hostile[0] };

#endif
