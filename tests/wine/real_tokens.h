/* real_tokens.h: the pipe, opened with tokens that only Windows makes: those of nobody known, of a
 * packaged app, of a network logon; and over the network. What this system cannot make is skipped,
 * saying so: under Wine all of it, which enforces no access rights on pipes, either.
 */
#ifndef MSIWATCH_TESTS_REAL_TOKENS_H
#define MSIWATCH_TESTS_REAL_TOKENS_H

/* The program's own `open PIPE`: opens it as a client and ends with 0 or the error. */
#define REAL_TOKENS_VERB "open"
int real_tokens_open(const char *pipe);

/* With the service running. */
void real_nobody_known_is_denied(void **state);
void real_packaged_app_is_denied(void **state);

/* Twenty kinds, of this process's own token (token_kinds.c). */
void real_kinds_of_tokens_open_it_or_are_denied(void **state);

/* As the user whom the environment's MSIWATCH_TEST_USER and MSIWATCH_TEST_PASSWORD name: a local
 * one, made for this (windows.yml). */
void real_network_logon_is_served(void **state);
void real_remote_client_is_refused(void **state);

#endif
