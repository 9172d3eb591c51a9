/* real_tokens.h: opens the pipe with tokens that only Windows can make: of an unknown user, of a
 * packaged app, of a network logon; and over the network. What this system cannot make is skipped
 * with a message; under Wine that is all of it. Wine does not enforce access rights on pipes,
 * either. */
#ifndef MSIWATCH_TESTS_REAL_TOKENS_H
#define MSIWATCH_TESTS_REAL_TOKENS_H

/* The program's command `open PIPE`: opens it as a client and ends with 0 or the error. */
#define REAL_TOKENS_VERB "open"
int real_tokens_open(const char *pipe);

/* The service must be running. */
void real_nobody_known_is_denied(void **state);
void real_packaged_app_is_denied(void **state);

/* Twenty kinds of tokens that are made from this process's own token (token_kinds.c). */
void real_kinds_of_tokens_open_it_or_are_denied(void **state);

/* Runs as the user in the environment variables MSIWATCH_TEST_USER and MSIWATCH_TEST_PASSWORD: a
 * local user that was created for this (windows.yml). */
void real_network_logon_is_served(void **state);
void real_remote_client_is_refused(void **state);

#endif
