/* shutdown.c: ends the service: the last transition, clients and the listener, the sensors, the
 * journal. */
#include "rooms.h"

#include "api/turns.h"
#include "base/log.h"

/* How long a stop waits until the disk has the last transition, so that every client receives
 * it. */
#define FLUSH_MS 700u

static void close_handles(struct service *service)
{
    monitor_stop(service->monitor);
    uv_close((uv_handle_t *)&service->flush_late, NULL);
    uv_close((uv_handle_t *)&service->turns_timer, NULL);
    shares_close(&service->shares);
    uv_close((uv_handle_t *)&service->wake, NULL);
}

static void on_textfile_stopped(void *arg)
{
    struct service *service = arg;
    close_handles(service);
}

static void on_journal_stopped(void *arg)
{
    struct service *service = arg;
    textfile_stop(service->textfile, on_textfile_stopped, service);
}

static void free_sampler(struct service *service)
{
    if (!sampler_free(service->sampler)) {
        service->sensors_hang = true;
        log_line(service->log, LOG_ERROR,
                 "a sensor hangs: not waiting for its thread, which ends with the process");
    }
    service->sampler = NULL;
}

static void close_when_empty(struct service *service)
{
    if (service->server_stopped && service->listener_closed) {
        uv_mutex_lock(&service->lock);
        service->gone = true;
        uv_mutex_unlock(&service->lock);
        sampler_read_gauges(service->sampler, &service->gauges);
        free_sampler(service);
        journal_stop(service->journal, on_journal_stopped, service);
    }
}

static void on_server_stopped(void *arg)
{
    struct service *service = arg;
    service->server_stopped = true;
    close_when_empty(service);
}

void shutdown_listener_closed(void *arg)
{
    struct service *service = arg;
    service->listener = NULL;
    service->listener_closed = true;
    close_when_empty(service);
}

static void on_flushed(void *arg)
{
    struct service *service = arg;
    if (!service->flushed) {
        service->flushed = true;
        uv_timer_stop(&service->flush_late);
        rpc_server_stop(&service->server, on_server_stopped, service);
    }
}

static void on_flush_late(uv_timer_t *timer)
{
    on_flushed(timer->data);
}

void shutdown_begin(struct service *service)
{
    if (service->stopping) {
        return;
    }
    service->stopping = true;
    log_line(service->log, LOG_INFO, "stopping");
    monitor_end(service->monitor);
    listener_close(service->listener, shutdown_listener_closed, service);
    uv_timer_start(&service->flush_late, on_flush_late, FLUSH_MS, 0);
    journal_flush(service->journal, on_flushed, service);
}

/* Also releases a service whose creation failed halfway. The loop's handles are closed, or were
 * never opened. */
void shutdown_release(struct service *service)
{
    free_sampler(service);
    if (!service->sensors_hang) {
        install_log_free(service->install_log);
    }
    rpc_server_release(&service->server);
    turns_end_all(&service->api);
    api_release(&service->api);
    monitor_free(service->monitor);
    journal_free(service->journal);
}

void shutdown_unready(struct service *service)
{
    if (service->textfile != NULL) {
        textfile_stop(service->textfile, NULL, NULL);
    }
    close_handles(service);
    if (service->journal != NULL) {
        journal_stop(service->journal, NULL, NULL);
    }
    uv_run(&service->loop,
           UV_RUN_DEFAULT); /* runs until the closed handles and the journal's threads have ended */
    shutdown_release(service);
}
